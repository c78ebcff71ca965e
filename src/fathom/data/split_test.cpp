#include "fathom/data/split.hpp"

#include <set>

#include "fathom/base/rng.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

// Columns: g (group), t (time, shuffled), d (dates), s (train, valid or test), and an id.
Table table_of(Index rows) {
  Random random(4, "split");
  std::string text = "g,t,d,s,id\n";
  for (Index row = 0; row < rows; ++row)
    text += fmt::format("g{},{},2020-{:02}-{:02},{},r{}\n", random.below(40), random.below(100000),
                        1 + random.below(12), 1 + random.below(28),
                        row % 5 == 0   ? "valid"
                        : row % 7 == 0 ? "test"
                                       : "train",
                        row);
  return read_table(bytes_of(text), "file.csv");
}

std::set<std::string> texts(const Table& table, const std::string& column, const std::vector<Index>& rows) {
  std::set<std::string> result;
  for (Index row : rows) result.insert(table.find(column)->text(row));
  return result;
}

std::vector<std::int32_t> rare_classes(Index rows) {
  std::vector<std::int32_t> strata;
  for (Index row = 0; row < rows; ++row) strata.push_back(row % 20 == 0 ? 1 : 0);
  return strata;
}

const std::vector<std::pair<SplitBy, std::string>> ways{
    {SplitBy::random, ""}, {SplitBy::stratified, ""}, {SplitBy::group, "g"}, {SplitBy::time, "t"},
    {SplitBy::time, "d"},  {SplitBy::hash, "id"},     {SplitBy::column, "s"}};

// Every way: each kept row in one part, sizes near the shares, the same again from the same seed.
TEST(Split, PartsAreDisjointCompleteAndRepeatable) {
  const Table table = table_of(2000);
  const auto strata = rare_classes(2000);
  std::vector<std::uint8_t> keep(2000, 1);
  for (std::size_t row = 0; row < keep.size(); row += 50) keep[row] = 0;
  for (const auto& [by, key] : ways) {
    const SplitOptions options{.by = by, .key = key, .train = 0.7, .valid = 0.2, .test = 0.1, .seed = 9};
    const Split split = make_split(table, options, strata, keep);
    EXPECT_EQ(split.part, make_split(table, options, strata, keep).part) << name_of(by);
    ASSERT_EQ(split.part.size(), 2000u);
    Index sizes[4] = {};
    for (std::size_t row = 0; row < 2000; ++row) {
      ++sizes[split.part[row]];
      EXPECT_EQ(split.part[row] == Split::left_out, keep[row] == 0) << name_of(by);
    }
    for (std::uint8_t part = 0; part < 3; ++part) {
      EXPECT_EQ(split.sizes[part], sizes[part]) << name_of(by);
      EXPECT_EQ(static_cast<Index>(split.rows(part).size()), sizes[part]);
    }
    if (by == SplitBy::column) continue;
    EXPECT_NEAR(static_cast<double>(sizes[0]), 0.7 * 1960,
                by == SplitBy::hash    ? 80
                : by == SplitBy::group ? 70
                                       : 2)
        << name_of(by);
    EXPECT_NEAR(static_cast<double>(sizes[1]), 0.2 * 1960,
                by == SplitBy::hash    ? 80
                : by == SplitBy::group ? 70
                                       : 2)
        << name_of(by);
    if (by == SplitBy::time) continue;
    SplitOptions other = options;
    other.seed = 10;
    EXPECT_NE(split.part, make_split(table, other, strata, keep).part) << name_of(by);
  }
}

TEST(Split, StrataKeepTheirShares) {
  const Table table = table_of(2000);
  const auto strata = rare_classes(2000);
  const Split split = make_split(table, {.by = SplitBy::stratified}, strata, {});
  for (std::uint8_t part = 0; part < 3; ++part) {
    Index rare = 0;
    for (Index row : split.rows(part)) rare += strata[static_cast<std::size_t>(row)];
    EXPECT_EQ(rare, split.sizes[part] / 20) << static_cast<int>(part);
  }
}

TEST(Split, GroupsStayTogether) {
  const Table table = table_of(2000);
  const Split split = make_split(table, {.by = SplitBy::group, .key = "g"}, {}, {});
  std::size_t groups = 0;
  std::set<std::string> all;
  for (std::uint8_t part = 0; part < 3; ++part) {
    const auto names = texts(table, "g", split.rows(part));
    groups += names.size();
    all.insert(names.begin(), names.end());
  }
  EXPECT_EQ(groups, all.size());
}

TEST(Split, TimeGoesForward) {
  const Table table = table_of(500);
  const Split split = make_split(table, {.by = SplitBy::time, .key = "d"}, {}, {});
  // ISO dates order as their texts do.
  const auto train = texts(table, "d", split.rows(0)), valid = texts(table, "d", split.rows(1)),
             test = texts(table, "d", split.rows(2));
  EXPECT_LE(*train.rbegin(), *valid.begin());
  EXPECT_LE(*valid.rbegin(), *test.begin());
  EXPECT_EQ(error_from([&] { make_split(table, {.by = SplitBy::time, .key = "g"}, {}, {}); }).code(), Code::data);
}

TEST(Split, AHashedRowKeepsItsPartWhenOthersCome) {
  const Table small = table_of(300), large = table_of(900);
  const SplitOptions options{.by = SplitBy::hash, .key = "id"};
  const Split before = make_split(small, options, {}, {}), after = make_split(large, options, {}, {});
  EXPECT_TRUE(std::equal(before.part.begin(), before.part.end(), after.part.begin()));
}

TEST(Split, AColumnSaysThePart) {
  const Table table = table_of(100);
  const Split split = make_split(table, {.by = SplitBy::column, .key = "s"}, {}, {});
  for (Index row = 0; row < 100; ++row)
    EXPECT_EQ(split.part[static_cast<std::size_t>(row)], row % 5 == 0 ? 1 : row % 7 == 0 ? 2 : 0);
  EXPECT_EQ(error_from([&] { make_split(table, {.by = SplitBy::column, .key = "g"}, {}, {}); }).code(), Code::data);
}

TEST(Split, KeysAreReadExactly) {
  // Seconds since 1970 and ids: f32 would make 128 of them one.
  std::string text = "t,d,id,y\n";
  constexpr Index rows = 3000;
  for (Index row = 0; row < rows; ++row)
    text += fmt::format("{},{},{},1\n", 1'380'000'000 + (row * 7) % rows, 20'200'101 + (row * 7) % rows,
                        1'380'000'000 + row / 3);
  const Table table = read_table(bytes_of(text), "file.csv");
  const auto at = [](const std::vector<Index>& list, auto&& f) {
    std::vector<Index> values;
    for (Index row : list) values.push_back(f(row));
    std::sort(values.begin(), values.end());
    return values;
  };
  for (const std::string key : {"t", "d"}) {
    const Split time = make_split(table, {.by = SplitBy::time, .key = key}, {}, {});
    const auto order = [](Index row) { return (row * 7) % rows; };
    EXPECT_EQ(at(time.rows(0), order).back(), 2399) << key;
    EXPECT_EQ(at(time.rows(1), order).front(), 2400) << key;
    EXPECT_EQ(at(time.rows(1), order).back(), 2699) << key;
  }
  for (const SplitBy by : {SplitBy::group, SplitBy::hash}) {
    const Split split = make_split(table, {.by = by, .key = "id"}, {}, {});
    EXPECT_NEAR(static_cast<double>(split.sizes[0]), 2400, 100) << name_of(by);
    EXPECT_NEAR(static_cast<double>(split.sizes[1]), 300, 80) << name_of(by);
    for (Index row = 0; row < rows; row += 3) {
      const auto i = static_cast<std::size_t>(row);
      EXPECT_TRUE(split.part[i] == split.part[i + 1] && split.part[i] == split.part[i + 2]) << name_of(by) << row;
    }
  }
}

TEST(Split, AHashedKeyIsTheSameAmongNumbersAndAmongTexts) {
  std::string numbers = "k\n", texts = "k\n";
  for (Index row = 0; row < 300; ++row) {
    numbers += fmt::format("{}\n", 1'380'000'000 + row);
    texts += fmt::format("{}\n", 1'380'000'000 + row);
  }
  for (Index row = 0; row < 300; ++row) texts += fmt::format("word{}\n", row);
  const SplitOptions options{.by = SplitBy::hash, .key = "k"};
  const Split a = make_split(read_table(bytes_of(numbers), "a.csv"), options, {}, {}),
              b = make_split(read_table(bytes_of(texts), "b.csv"), options, {}, {});
  EXPECT_TRUE(std::equal(a.part.begin(), a.part.end(), b.part.begin()));
}

TEST(Split, SmallClassesShareTheRounding) {
  const Table table = table_of(1000);
  for (const Index classes : {250, 40, 333}) {
    std::vector<std::int32_t> strata;
    for (Index row = 0; row < 1000; ++row) strata.push_back(static_cast<std::int32_t>(row % classes));
    const Split split = make_split(table, {.by = SplitBy::stratified}, strata, {});
    EXPECT_EQ(split.sizes[0], 800) << classes;
    EXPECT_EQ(split.sizes[1], 100) << classes;
    EXPECT_EQ(split.part, make_split(table, {.by = SplitBy::stratified}, strata, {}).part);
    EXPECT_NE(split.part, make_split(table, {.by = SplitBy::stratified, .seed = 43}, strata, {}).part);
    std::set<std::int32_t> trained;
    for (Index row : split.rows(0)) trained.insert(strata[static_cast<std::size_t>(row)]);
    EXPECT_EQ(static_cast<Index>(trained.size()), classes) << "each class has a row to learn from";
  }
}

TEST(Split, TheTrainingPartIsNeverEmpty) {
  const Table table = read_table(bytes_of("s,y\nvalid,1\ntest,2\nvalid,3\n"), "file.csv");
  const Error error = error_from([&] { make_split(table, {.by = SplitBy::column, .key = "s"}, {}, {}); });
  EXPECT_EQ(error.code(), Code::data);
  EXPECT_STREQ(error.what(), "column \"s\" says \"train\" in no row: there is nothing to train on");
}

TEST(Split, AShareOfTheTrainingPartIsAPartOfALargerOne) {
  const Table table = table_of(500);
  for (const auto& [by, key] : ways) {
    const auto with = [&, by = by, key = key](double use) {
      return make_split(table, {.by = by, .key = key, .use = use}, {}, {});
    };
    const Split whole = with(1), most = with(0.6), little = with(0.1);
    EXPECT_EQ(most.sizes[0], std::llround(0.6 * static_cast<double>(whole.sizes[0])));
    EXPECT_EQ(with(1e-9).sizes[0], 1) << "never empty";
    for (std::size_t row = 0; row < whole.part.size(); ++row) {
      EXPECT_TRUE(whole.part[row] == 0 || most.part[row] == whole.part[row]);
      EXPECT_TRUE(most.part[row] != 0 || whole.part[row] == 0);
      EXPECT_TRUE(little.part[row] != 0 || most.part[row] == 0);
    }
    EXPECT_EQ(static_cast<Index>(little.rows(0).size()), little.sizes[0]);
  }
}

TEST(Split, RefusesWhatCannotBe) {
  const Table table = table_of(100), tiny = table_of(2);
  EXPECT_NE(error_from([&] { make_split(table, {.by = SplitBy::group, .key = "G1"}, {}, {}); }).hint().find("\"g\""),
            std::string::npos);
  EXPECT_EQ(error_from([&] { make_split(table, {.by = SplitBy::group}, {}, {}); }).code(), Code::config);
  EXPECT_EQ(error_from([&] { make_split(tiny, {}, {}, {}); }).code(), Code::data)
      << "a part that is asked for is empty";
  EXPECT_EQ(error_from([] { split_by("magic"); }).code(), Code::config);
}

}  // namespace
}  // namespace fathom
