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
