#include "fathom/data/table.hpp"

#include <cmath>

#include "fathom/base/rng.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

Table table_of(const std::string& text, const ReadOptions& options = {}) {
  return read_table(bytes_of(text), "file.csv", options);
}
Error refused(const std::string& text, const ReadOptions& options = {}) {
  return error_from([&] { table_of(text, options); });
}
std::vector<std::string> texts(const TableColumn& column, Index rows) {
  std::vector<std::string> result;
  for (Index row = 0; row < rows; ++row) result.push_back(column.text(row));
  return result;
}

TEST(Table, HoldsNumbersAndLevels) {
  const Table table = table_of("n,word,empty\n1.5,red,\n?,blue,NA\n3,,\n-2,red,nan\n");
  ASSERT_EQ(table.rows, 4);
  EXPECT_TRUE(table.columns[0].numeric);
  EXPECT_EQ(table.columns[0].missing, 1);
  EXPECT_EQ(texts(table.columns[0], 4), (std::vector<std::string>{"1.5", "", "3", "-2"}));
  EXPECT_FALSE(table.columns[1].numeric);
  EXPECT_EQ(table.columns[1].levels, (std::vector<std::int32_t>{0, 1, -1, 0}));
  EXPECT_EQ(table.columns[1].vocabulary, (std::vector<std::string>{"red", "blue"}));
  EXPECT_EQ(table.columns[2].missing, 4);
  EXPECT_EQ(table.lines, (std::vector<std::uint32_t>{2, 3, 4, 5}));
}

TEST(Table, NamesColumnsOnce) {
  const Table table = table_of(",a,a,\n1,2,3,4\n", {.header = "yes"});
  std::vector<std::string> names;
  for (const auto& column : table.columns) names.push_back(column.name);
  EXPECT_EQ(names, (std::vector<std::string>{"column_1", "a", "a_2", "column_4"}));
}

// The law of columns: whatever the mix of numbers and text, each value reads back as it was written, or counts as
// missing where it is text among many numbers.
TEST(Table, GivesBackEveryValue) {
  for (const Index odd_every : {0, 3, 10, 500}) {
    for (const Index first_odd : {0, 100, 5000}) {
      std::string text = "x,y\n";
      std::vector<std::string> wanted;
      Random random(static_cast<std::uint64_t>(odd_every * 7 + first_odd));
      Index odd = 0;
      constexpr Index rows = 9000;
      for (Index row = 0; row < rows; ++row) {
        const bool is_odd = odd_every > 0 && row >= first_odd && row % odd_every == 0;
        odd += is_odd ? 1 : 0;
        wanted.push_back(is_odd ? fmt::format("t{}", random.below(5)) : fmt::format("{}", random.below(100000)));
        text += wanted.back() + ",1\n";
      }
      const Table table = table_of(text);
      const TableColumn& column = table.columns[0];
      SCOPED_TRACE(fmt::format("every {} from {}", odd_every, first_odd));
      EXPECT_EQ(column.numeric, odd * 20 <= rows);
      EXPECT_EQ(column.odd_count, odd);
      EXPECT_EQ(column.missing, column.numeric ? odd : 0);
      Index wrong = 0;
      for (Index row = 0; row < rows; ++row) {
        const std::string& value = wanted[static_cast<std::size_t>(row)];
        wrong += column.text(row) == (column.numeric && value[0] == 't' ? "" : value) ? 0 : 1;
      }
      EXPECT_EQ(wrong, 0);
      EXPECT_EQ(table.notes.empty(), odd == 0 || !column.numeric);
      if (odd > 0) {
        EXPECT_EQ(column.odd.size(), 3u);
        EXPECT_EQ(wanted[static_cast<std::size_t>(column.odd[0].second - 2)], column.odd[0].first);
      }
    }
  }
}

TEST(Table, KeepsCodesAsTheyAreWritten) {
  const Table table = table_of("zip,n,id\n01234,1,10710025208886284288\n99999,01,7\n00001,2,3\n");
  EXPECT_EQ(texts(table.columns[0], 3), (std::vector<std::string>{"01234", "99999", "00001"}));
  EXPECT_TRUE(table.columns[1].numeric);
  EXPECT_EQ(table.columns[2].text(0), "10710025208886284288");
  EXPECT_EQ(table_of("a,b\n1.50,1\n2,1\n", {.as_text = {"a"}}).columns[0].text(0), "1.50");
}

TEST(Table, RefusesFilesThatAreNone) {
  const TestFolder folder;
  const Error absent = error_from([&] { read_table(folder.path() + "/none.csv"); });
  EXPECT_EQ(absent.code(), Code::data);
  EXPECT_NE(std::string(absent.what()).find("there is no file"), std::string::npos);
  EXPECT_NE(std::string(error_from([&] { read_table(folder.path()); }).what()).find("is a folder"), std::string::npos);
  for (const std::string empty : {"", "\xEF\xBB\xBF", "\n\n", "  \n"})
    EXPECT_STREQ(refused(empty).what(), "file.csv is empty") << empty;
  EXPECT_STREQ(refused("a,b,c\n").what(), "file.csv has column names but no rows");
  EXPECT_EQ(refused("a,b\n1,\"x\n").code(), Code::data);
}

TEST(Table, NamesTheLineOfARaggedRow) {
  const Error error = refused("a,b\n1,\"x\ny\r\nz\"\n2,w\n3\n");
  EXPECT_STREQ(error.what(), "file.csv line 6 has 1 fields, but line 1 has 2");
  EXPECT_EQ(error.where(), "file.csv:6");
  EXPECT_EQ(refused("a,b\n1,2\n1,2,3\n").where(), "file.csv:3");
}

TEST(Table, RefusesDamagedGzip) {
  const TestFolder folder;
  std::string text = "a,b\n";
  Random random(1);
  for (int i = 0; i < 60000; ++i) text += fmt::format("{},{}\n", random.below(1000000), i);
  const std::string packed = gzipped(text);
  EXPECT_EQ(read_table(folder.write("good.csv.gz", packed)).rows, 60000);
  EXPECT_EQ(read_table(folder.write("no_ending", packed)).rows, 60000);
  const Error cut = error_from([&] { read_table(folder.write("cut.csv.gz", packed.substr(0, packed.size() / 2))); });
  EXPECT_EQ(cut.code(), Code::data);
  EXPECT_NE(std::string(cut.what()).find("cut off"), std::string::npos) << cut.what();
  EXPECT_EQ(error_from([&] { read_table(folder.write("end.gz", packed.substr(0, packed.size() - 4))); }).code(),
            Code::data);
  for (std::size_t at : {packed.size() / 3, packed.size() / 2, packed.size() - 6}) {
    std::string damaged = packed;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    EXPECT_EQ(error_from([&] { read_table(folder.write("bad.csv.gz", damaged)); }).code(), Code::data) << at;
  }
}

TEST(Table, ReadsGb18030AndLatin1) {
  // 名,城 / 张三,北京 / 李四,上海 / 𠀀 in four bytes
  const std::string head = "\xC3\xFB,\xB3\xC7\n", zhang = "\xD5\xC5\xC8\xFD,\xB1\xB1\xBE\xA9\n",
                    four = "\x95\x32\x82\x36,x\n";
  for (const Encoding encoding : {Encoding::automatic, Encoding::gb18030}) {
    const Table table = table_of(head + zhang + four, {.encoding = encoding});
    EXPECT_EQ(table.encoding, Encoding::gb18030);
    EXPECT_EQ(table.columns[0].name, "名");
    EXPECT_EQ(table.columns[1].text(0), "北京");
    EXPECT_EQ(table.columns[0].text(1), "𠀀");
    EXPECT_EQ(table.notes.size(), encoding == Encoding::automatic ? 1u : 0u);
  }
  // Characters that are cut by the ends of blocks, at every offset.
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text = head + std::string(shift, 'x') + ",y\n";
    for (int i = 0; i < 40000; ++i) text += zhang;
    const Table table = table_of(text);
    ASSERT_EQ(table.rows, 40001);
    EXPECT_EQ(table.columns[0].vocabulary.size(), shift == 0 ? 1u : 2u);
    EXPECT_EQ(table.columns[1].text(40000), "北京");
  }
  // One line longer than what is looked at.
  std::string wide = "a,";
  for (int i = 0; i < 50000; ++i) wide += "\xB1\xB1";
  EXPECT_EQ(table_of("x,y\n" + wide + "\n").columns[1].text(0).size(), 150000u);
  const Table western = table_of("name,n\ncaf\xE9,1\nM\xFCller,2\n");
  EXPECT_EQ(western.encoding, Encoding::latin1);
  EXPECT_EQ(western.columns[0].text(1), "Müller");
  EXPECT_EQ(refused("a,b\n\xC4\xCF,1\n", {.encoding = Encoding::utf8}).where(), "file.csv:2:1");
  const Error late = refused("a,b\n" + [] {
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "abc,1\n";
    return text;
  }() + "\xC4\xCF\xBE\xA9,2\n");
  EXPECT_EQ(late.where(), "file.csv:20002:1");
  EXPECT_EQ(refused("a,b\nx,\xFF\n", {.encoding = Encoding::gb18030}).code(), Code::data);
  EXPECT_EQ(refused("a,b\nx,\x81", {.encoding = Encoding::gb18030}).code(), Code::data);
}

TEST(Table, RefusesUtf16AsText) {
  const Error error =
      refused(std::string("\xFF\xFE"
                          "a\0,\0b\0\n\0"
                          "1\0,\0"
                          "2\0\n\0",
                          18));
  EXPECT_NE(error.hint().find("UTF-16"), std::string::npos) << error.what();
}

TEST(Table, SuggestsTheColumnThatWasMeant) {
  const Table table = table_of("survived,\"age \",Fare\n1,2,3\n");
  EXPECT_NE(error_from([&] { table.need("Survived", "--target"); }).hint().find("did you mean --target \"survived\"?"),
            std::string::npos);
  EXPECT_NE(error_from([&] { table.need("age", "--target"); }).hint().find("\"age \" (with a space at the end)"),
            std::string::npos);
  EXPECT_EQ(error_from([&] { table.need("nothing like it", "--target"); }).hint(), "its columns: survived, age , Fare");
  EXPECT_EQ(closest_name("pric", {"size", "price", "prices"}), "price");
}

TEST(Table, ObeysOptions) {
  const Table table = table_of("1;-\n2;5\n", {.delimiter = ";", .header = "no", .missing = {"-"}});
  EXPECT_EQ(table.rows, 2);
  EXPECT_EQ(table.columns[1].missing, 1);
  EXPECT_EQ(table_of("1\t2\n3\t4\n", {.delimiter = "tab", .header = "yes"}).columns[1].name, "2");
}

TEST(Table, KeepsLargeNumbersExactly) {
  std::string text = "id,price\n";
  for (Index row = 0; row < 5000; ++row) text += fmt::format("{},{}.25\n", 1'380'000'000'000 + row, row);
  const Table table = table_of(text);
  EXPECT_EQ(table.columns[0].text(4321), "1380000004321");
  EXPECT_EQ(table.columns[0].number(4999), 1380000004999.0);
  EXPECT_TRUE(table.columns[1].exact.empty()) << "an f32 is enough";
  EXPECT_FALSE(table_of("id\n9007199254740993\n9007199254740992\n").columns[0].numeric) << "not even an f64 is";
}

TEST(Table, OneColumnKeepsItsBlankLines) {
  const Table table = table_of("x\n1\n\n2\n  \n");
  EXPECT_EQ(texts(table.columns[0], table.rows), (std::vector<std::string>{"1", "", "2", ""}));
  EXPECT_EQ(table.lines, (std::vector<std::uint32_t>{2, 3, 4, 5}));
  EXPECT_EQ(table_of("x,y\n1,2\n\n3,4\n").rows, 2);
}

TEST(Table, SuggestsByLettersAndNotByBytes) {
  EXPECT_EQ(closest_name("价格", {"城市", "评论", "价各"}), "价各");
  EXPECT_EQ(closest_name("价格", {"城市", "评论", "情感"}), "");
  EXPECT_EQ(closest_name("prise", {"price", "size"}), "price");
  EXPECT_EQ(closest_name("ab", {"xy"}), "");
}

TEST(Table, AHeaderOfYearsIsNamedWhenAColumnIsMissed) {
  const Table table = table_of("2019,2020,2021\n1,2,3\n4,5,6\n");
  EXPECT_NE(error_from([&] { table.need("2021", "--target"); }).hint().find("data.header = \"yes\""),
            std::string::npos);
}

TEST(Table, CommasAreDecimalWhereTheValuesSaySo) {
  const auto values = [](const std::string& text) {
    const Table table = table_of(text);
    std::vector<double> result;
    for (Index row = 0; row < table.rows; ++row) result.push_back(table.columns[0].number(row));
    return result;
  };
  EXPECT_EQ(values("x;y\n3,141;a\n2,5;b\n1.234,5;c\n"), (std::vector<double>{3.141f, 2.5, 1234.5}));
  EXPECT_EQ(values("x;y\n3,141;a\n2,718;b\n"), (std::vector<double>{3.141f, 2.718f}));
  EXPECT_EQ(values("x;y\n3,141;a\n2,500,000;b\n"), (std::vector<double>{3141, 2500000}));
  EXPECT_EQ(values("x\ty\n3,141\ta\n2,500.5\tb\n"), (std::vector<double>{3141, 2500.5}));
  EXPECT_EQ(values("x,y\n\"3,141\",a\n\"2,718\",b\n"), (std::vector<double>{3141, 2718}));
  // Once there are many, what the first showed holds.
  std::string text = "x;y\n";
  for (Index row = 0; row < 5000; ++row) text += fmt::format("{},{:03};a\n", row, row % 1000);
  EXPECT_EQ(values(text)[4321], static_cast<double>(4321.321f));
}

}  // namespace
}  // namespace fathom
