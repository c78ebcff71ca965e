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
    EXPECT_EQ(info.kind, c.kind) << c.values[1] << ": " << info.reason.text;
    EXPECT_NE(info.reason.text.find(c.reason), std::string::npos) << c.values[1] << ": " << info.reason.text;
  }
}

TEST(Schema, CountsDatesThatNobodyCanRead) {
  const ColumnInfo info = inferred(made(100, [](Index i) {
    return i == 7 || i == 9 ? "2020-02-31" : i == 8 ? "" : fmt::format("2020-{:02}-{:02}", 1 + i % 12, 1 + i % 28);
  }));
  EXPECT_EQ(info.kind, ColumnKind::date);
  EXPECT_EQ(info.missing, 3);
  EXPECT_NE(info.reason.text.find("2 values are no dates and count as missing (\"2020-02-31\")"), std::string::npos)
      << info.reason.text;
}

TEST(Schema, SeesWhetherDaysComeFirst) {
  const auto dates = [](const char* pattern, Index days) {
    return made(100, [=](Index i) { return fmt::format(fmt::runtime(pattern), 1 + i % days, 1 + i % 12); });
  };
  const ColumnInfo days = inferred(dates("{0}/{1}/2020", 28)), months = inferred(dates("{1}/{0}/2020", 28)),
                   either = inferred(dates("{0}/{1}/2020", 11));
  EXPECT_EQ(days.missing + months.missing + either.missing, 0);
  EXPECT_NE(days.reason.text.find("February 1"), std::string::npos) << days.reason.text;
  EXPECT_EQ(months.reason.text.find("1/2/2011"), std::string::npos) << months.reason.text;
  EXPECT_NE(either.reason.text.find("do not show which"), std::string::npos) << either.reason.text;
}

TEST(Schema, TellsLargeWholeNumbersApart) {
  const auto ids = made(4000, [](Index i) { return fmt::format("{}", 138'000'000 + i); });
  EXPECT_EQ(inferred(ids).kind, ColumnKind::ignored);
  EXPECT_EQ(inferred(ids).reason.text, "unique in every row");
  const auto gaps = made(4000, [](Index i) { return fmt::format("{}", 1'380'000'000 + 3 * i); });
  EXPECT_EQ(inferred(gaps).distinct, 4000);
  const auto codes = made(400, [](Index i) { return fmt::format("{}", 1'380'000'000 + i % 30); });
  EXPECT_EQ(inferred(codes).reason.text, "30 values");
}

TEST(Schema, SaysWhatCommasMean) {
  const auto reason = [](const std::function<std::string(Index)>& make) {
    std::string text = "x;other;y\n";
    for (Index i = 0; i < 100; ++i) text += fmt::format("{};{};{}\n", make(i), i * i % 17, (i * 7 % 23) + 0.5);
    return infer_schema(read_table(bytes_of(text), "file.csv"), {.target = "y"}).inputs.front().reason.text;
  };
  EXPECT_EQ(reason([](Index i) { return fmt::format("{},25", i); }), "100 values; 3,141 is read as 3.141");
  EXPECT_EQ(reason([](Index i) { return fmt::format("{},250", i); }),
            "100 values; 3,141 is read as 3.141 (the values do not show which)");
  EXPECT_EQ(reason([](Index i) { return fmt::format("{},250{}", i, i == 50 ? ",000" : ""); }),
            "100 values; 3,141 is read as 3141");
  EXPECT_EQ(reason([](Index i) { return fmt::format("{}.25", i); }), "100 values");
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
  EXPECT_EQ(parse_date("31/1/2011", DateOrder::day_first), 1296432000);
  EXPECT_EQ(parse_date("2020-02-29"), 1582934400);
  for (const std::string bad :
       {"2020-02-31", "2021-02-29", "1900-02-29", "2011-04-31", "31/1/2011", "", "2011", "2011-13-01", "2011-01-32",
        "2011-01", "31.1.2011", "2011-01-31x", "2011-01-31 25:00", "12-12-12", "2011-01/31"})
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
