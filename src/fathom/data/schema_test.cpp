#include "fathom/data/schema.hpp"

#include "fathom/base/rng.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

// A table of one column x and a target that has something to learn.
Table column(const std::vector<std::string>& values) {
  std::string text = "x,other,y\n";
  for (std::size_t i = 0; i < values.size(); ++i)
    text += fmt::format("\"{}\",{},{}\n", values[i], i * i % 17, (i * 7 % 23) + 0.5);
  return read_table(bytes_of(text), "file.csv");
}

ColumnInfo inferred(const std::vector<std::string>& values, ColumnOptions options = {}) {
  SchemaOptions given{.target = "y"};
  if (options.kind) given.columns["x"] = options;
  return infer_schema(column(values), given).inputs.front();
}

std::vector<std::string> made(Index count, const std::function<std::string(Index)>& make) {
  std::vector<std::string> values;
  for (Index i = 0; i < count; ++i) values.push_back(make(i));
  return values;
}

TEST(Schema, SaysWhatAColumnIsAndWhy) {
  struct Case {
    std::vector<std::string> values;
    ColumnKind kind;
    std::string reason;
  };
  const std::vector<Case> cases{
      {made(100, [](Index i) { return fmt::format("{:.2f}", 0.37 * static_cast<double>(i % 60)); }), ColumnKind::number,
       "60 values"},
      {made(100, [](Index i) { return i % 3 == 0 ? "yes" : "no"; }), ColumnKind::binary, "yes / no"},
      {made(100, [](Index i) { return i % 3 == 0 ? "1" : "0"; }), ColumnKind::binary, "two values"},
      {made(100, [](Index i) { return fmt::format("城市{}", i % 9); }), ColumnKind::category, "9 values"},
      {made(100, [](Index i) { return fmt::format("2024-{:02}-{:02} 10:{:02}", 1 + i % 12, 1 + i % 28, i % 60); }),
       ColumnKind::date, "100 dates"},
      {made(100, [](Index i) { return fmt::format("the {} food was really not good at all", i); }), ColumnKind::text,
       "about"},
      {made(100, [](Index i) { return fmt::format("送餐很快味道不错下次还来{}", i); }), ColumnKind::text, "about"},
      {made(100, [](Index) { return "same"; }), ColumnKind::ignored, "the same in every row"},
      {made(100, [](Index) { return ""; }), ColumnKind::ignored, "every value is missing"},
      {made(100, [](Index i) { return fmt::format("{}", 1000 + i); }), ColumnKind::ignored, "unique in every row"},
      {made(100, [](Index i) { return fmt::format("ID{:05x}", i * 7919); }), ColumnKind::ignored,
       "unique in every row"},
      {made(100, [](Index i) { return i == 60 ? "unknown" : fmt::format("{}.5", i % 40); }), ColumnKind::number,
       "1 values are not numbers"},
  };
  for (const Case& c : cases) {
    const ColumnInfo info = inferred(c.values);
    EXPECT_EQ(info.kind, c.kind) << c.values[1] << ": " << info.reason;
    EXPECT_NE(info.reason.find(c.reason), std::string::npos) << c.values[1] << ": " << info.reason;
  }
}

TEST(Schema, CountsMissing) {
  const ColumnInfo info = inferred(made(100, [](Index i) { return i % 4 == 0 ? "?" : fmt::format("{}.5", i); }));
  EXPECT_EQ(info.missing, 25);
  EXPECT_EQ(info.distinct, 75);
}

TEST(Schema, TheUsersWordCounts) {
  const auto codes = made(100, [](Index i) { return fmt::format("{}", i % 7); });
  EXPECT_EQ(inferred(codes).kind, ColumnKind::number);
  EXPECT_EQ(inferred(codes, {.kind = ColumnKind::category}).kind, ColumnKind::category);
  EXPECT_EQ(inferred(codes, {.kind = ColumnKind::ignored}).kind, ColumnKind::ignored);
  const Error error = error_from([&] {
    inferred(made(100, [](Index i) { return i % 30 == 0 ? "~30" : fmt::format("{}", i); }),
             {.kind = ColumnKind::number});
  });
  EXPECT_STREQ(error.what(), "column \"x\" is set to number, but 4 of 100 values are not numbers");
  EXPECT_NE(error.where().find("file.csv:2 \"~30\""), std::string::npos) << error.where();
  EXPECT_NE(error.hint().find("missing = [\"~30\"]"), std::string::npos) << error.hint();
  EXPECT_EQ(error_from([&] { inferred(codes, {.kind = ColumnKind::date}); }).code(), Code::data);
}

Schema target_of(const std::vector<std::string>& values, SchemaOptions options = {}) {
  options.target = "x";
  return infer_schema(column(values), options);
}

TEST(Schema, TheTargetDecidesTheTask) {
  EXPECT_EQ(target_of(made(100, [](Index i) { return fmt::format("{}.25", i); })).task, Task::regression);
  EXPECT_EQ(target_of(made(100, [](Index i) { return i % 2 == 0 ? "好" : "坏"; })).task, Task::binary);
  EXPECT_EQ(target_of(made(100, [](Index i) { return fmt::format("{}", i % 2); })).task, Task::binary);
  EXPECT_EQ(target_of(made(100, [](Index i) { return fmt::format("{}", i % 5); })).task, Task::multiclass);
  EXPECT_EQ(
      target_of(made(100, [](Index i) { return fmt::format("{}", i % 5); }), {.target = {}, .task = Task::regression})
          .task,
      Task::regression);
  EXPECT_EQ(target_of(made(100, [](Index i) { return i % 2 == 0   ? "<=50K."
                                                     : i % 3 == 0 ? "<=50K"
                                                                  : ">50K"; }),
                      {.target = {}, .trim_labels = "."})
                .task,
            Task::binary);
}

TEST(Schema, RefusesTargetsThatTeachNothing) {
  const Error constant = error_from([] { target_of(made(100, [](Index) { return "5"; })); });
  EXPECT_STREQ(constant.what(), "the target \"x\" has one value, \"5\", in every row: there is nothing to learn");
  EXPECT_NE(std::string(error_from([] { target_of(made(100, [](Index) { return ""; })); }).what()).find("missing"),
            std::string::npos);
  EXPECT_NE(error_from([] {
              infer_schema(column({"1", "2"}), {.target = "X"});
            })
                .hint()
                .find("--target \"x\""),
            std::string::npos);
}

TEST(Schema, ReadsDates) {
  EXPECT_EQ(parse_date("1970-01-01"), 0);
  EXPECT_EQ(parse_date("1970-01-02T00:00:00Z"), 86400);
  EXPECT_EQ(parse_date("2000-03-01 12:30"), 951868800 + 45000);
  EXPECT_EQ(parse_date("2011-01-31 08:00:00+08:00"), 1296432000);
  EXPECT_EQ(parse_date("1/31/2011"), 1296432000);
  EXPECT_EQ(parse_date("2011/1/31"), 1296432000);
  for (const std::string bad : {"", "2011", "2011-13-01", "2011-01-32", "2011-01", "31.1.2011", "2011-01-31x",
                                "2011-01-31 25:00", "12-12-12", "2011-01/31"})
    EXPECT_FALSE(parse_date(bad).has_value()) << bad;
}

TEST(Schema, ReadsRealTables) {
  NEEDS_REAL_DATA("titanic/titanic_openml_1309.csv.gz");
  const Table table = read_table(real_data() + "/titanic/titanic_openml_1309.csv.gz");
  const Schema schema = infer_schema(table, {.target = "survived"});
  EXPECT_EQ(schema.task, Task::binary);
  std::map<std::string, ColumnKind> kinds;
  for (const ColumnInfo& info : schema.inputs) kinds[info.name] = info.kind;
  EXPECT_EQ(kinds.at("age"), ColumnKind::number);
  EXPECT_EQ(kinds.at("sex"), ColumnKind::binary);
  EXPECT_EQ(kinds.at("name"), ColumnKind::text);
  EXPECT_EQ(kinds.at("embarked"), ColumnKind::category);
}

}  // namespace
}  // namespace fathom
