#include "fathom/data/csv.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "fathom/base/rng.hpp"

namespace fathom {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// Gives a text in small pieces: what a reader makes of it must not depend on where they end.
class Pieces final : public ByteSource {
 public:
  Pieces(std::string text, std::uint64_t seed) : text_(std::move(text)), random_(seed) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t count = std::min({size, text_.size() - at_, 1 + static_cast<std::size_t>(random_.below(5))});
    text_.copy(to, count, at_);
    at_ += count;
    return count;
  }

 private:
  std::string text_;
  Random random_;
  std::size_t at_ = 0;
};

Rows read_rows(std::unique_ptr<ByteSource> source, char delimiter, std::vector<std::size_t>* lines = nullptr) {
  CsvReader reader(std::move(source), "file.csv", delimiter);
  std::vector<CsvField> fields;
  Rows rows;
  while (reader.next(fields)) {
    auto& row = rows.emplace_back();
    for (const CsvField& field : fields) row.emplace_back(field.text);
    if (lines != nullptr) lines->push_back(reader.line());
  }
  return rows;
}
Rows read_rows(const std::string& text, char delimiter = ',') { return read_rows(bytes_of(text), delimiter); }

Error error_of(const std::string& text, char delimiter = ',') {
  try {
    read_rows(text, delimiter);
  } catch (const Error& error) {
    return error;
  }
  return Error(Code::bug, "nothing was refused");
}

// Writes as RFC 4180 says, with quotes where they are needed and here and there where they are not.
std::string write_field(const std::string& text, char delimiter, bool alone, Random& random) {
  const bool spaces = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  const bool needs = text.find_first_of("\"\r\n") != std::string::npos || text.find(delimiter) != std::string::npos ||
                     spaces || (alone && text.empty());
  if (!needs && random.below(4) != 0) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

TEST(Csv, ReadsBackWhatIsWritten) {
  const std::vector<std::string> parts = {
      "a", "7", "\"", "\"\"", ",", ";", "\t", "|", "\n", "\r\n", " ", "é", "水", "x\xF0\x9F\x98\x80", "-1.5e3"};
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Random random(seed, "csv");
    const char delimiter = std::string(",;\t|")[random.below(4)];
    const std::string newline = random.below(2) == 0 ? "\n" : "\r\n";
    const std::size_t columns = 1 + random.below(5), count = random.below(8);
    Rows rows;
    std::vector<std::size_t> lines;
    std::string text = random.below(3) == 0 ? "\xEF\xBB\xBF" : "";
    std::size_t line = 1;
    for (std::size_t row = 0; row < count; ++row) {
      auto& fields = rows.emplace_back();
      lines.push_back(line);
      for (std::size_t k = 0; k < columns; ++k) {
        std::string field;
        for (std::size_t n = random.below(5); n > 0; --n) field += parts[random.below(parts.size())];
        fields.push_back(field);
        text += (k > 0 ? std::string(1, delimiter) : "") + write_field(field, delimiter, columns == 1, random);
        line += static_cast<std::size_t>(std::count(field.begin(), field.end(), '\n'));
      }
      text += row + 1 < count || random.below(2) == 0 ? newline : "";
      ++line;
    }
    std::vector<std::size_t> got_lines;
    ASSERT_EQ(read_rows(bytes_of(text), delimiter, &got_lines), rows) << text;
    ASSERT_EQ(got_lines, lines) << text;
    ASSERT_EQ(read_rows(std::make_unique<Pieces>(text, seed), delimiter), rows) << text;
  }
}

TEST(Csv, ReadsRecordsAcrossBlocks) {
  std::string text;
  Rows rows;
  for (int i = 0; i < 3000; ++i) {
    rows.push_back({std::string(static_cast<std::size_t>(i % 700), 'x'), "line\nof " + std::to_string(i)});
    text += rows.back()[0] + ",\"" + rows.back()[1] + "\"\r\n";
  }
  EXPECT_EQ(read_rows(text), rows);
}

TEST(Csv, DropsSpacesOnlyOutsideOfQuotes) { EXPECT_EQ(read_rows("  a b , \" c \" ,\n"), (Rows{{"a b", " c ", ""}})); }
TEST(Csv, KeepsQuotesInsideOfAPlainField) {
  EXPECT_EQ(read_rows("5\"\" pipe,a\"b\"c\nx,y\n"), (Rows{{"5\"\" pipe", "a\"b\"c"}, {"x", "y"}}));
}
TEST(Csv, SkipsEmptyLinesAndNotEmptyFields) {
  EXPECT_EQ(read_rows("a\tb\n\n   \n\t\n1\t2\n", '\t'), (Rows{{"a", "b"}, {"", ""}, {"1", "2"}}));
  EXPECT_EQ(read_rows(std::string(200000, '\n') + "a\n"), (Rows{{"a"}}));
  EXPECT_TRUE(read_rows("").empty());
  EXPECT_TRUE(read_rows("\xEF\xBB\xBF").empty());
}

TEST(Csv, NamesTheLineOfAnUnclosedQuote) {
  const Error error = error_of("a,b\n\"x\ny\",2\n3,\"open\nand\nand\n");
  EXPECT_EQ(error.code(), Code::data);
  EXPECT_STREQ(error.what(), "file.csv line 4: a quote is never closed");
  EXPECT_EQ(error.where(), "file.csv:4");
}
TEST(Csv, NamesTheFieldWithTextBehindItsQuote) {
  EXPECT_STREQ(error_of("a,\"b\" c,d\n").what(), "file.csv line 1: text follows the closing quote of field 2");
}
TEST(Csv, RefusesNulBytes) {
  const Error error = error_of(std::string("a,b\n1,\0\n", 8));
  EXPECT_EQ(error.code(), Code::data);
  EXPECT_EQ(error.where(), "file.csv:2");
}
TEST(Csv, NamesTheByteThatIsNotUtf8) {
  const Error chinese = error_of("name,city\nx,\xC4\xCF\xBE\xA9\n");
  EXPECT_STREQ(chinese.what(), "file.csv is not UTF-8 (byte 0xC4 at line 2, column 3); it looks like GB18030");
  EXPECT_EQ(chinese.hint(), "add encoding = \"gb18030\" under [data], or pass --set data.encoding=gb18030");
  const Error western = error_of("a,b\n\"one\ntwo caf\xE9s\",2\n");
  EXPECT_STREQ(western.what(), "file.csv is not UTF-8 (byte 0xE9 at line 3, column 8); it looks like Latin-1");
  EXPECT_EQ(western.where(), "file.csv:3:8");
}

// One line of 100 MB, made while it is read.
class OneLine final : public ByteSource {
 public:
  explicit OneLine(std::size_t& given) : given_(given) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t count = std::min(size, (std::size_t{100} << 20) - given_);
    std::fill_n(to, count, 'x');
    given_ += count;
    return count;
  }

 private:
  std::size_t& given_;
};

TEST(Csv, RefusesALineWithoutEndEarly) {
  const auto start = std::chrono::steady_clock::now();
  std::size_t given = 0;
  try {
    read_rows(std::make_unique<OneLine>(given), ',');
    FAIL() << "a line of 100 MB was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::data);
    EXPECT_STREQ(error.what(), "file.csv line 1 is longer than 16 MB");
  }
  EXPECT_LE(given, CsvReader::longest_record + (std::size_t{2} << 20));
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), 1.0);
}

TEST(Csv, ParsesNumbersAndNothingElse) {
  for (const auto& [text, value] : std::vector<std::pair<std::string, double>>{{"12", 12},
                                                                               {"-1.5e3", -1500},
                                                                               {".5", .5},
                                                                               {"5.", 5},
                                                                               {"+7", 7},
                                                                               {"1,234.5", 1234.5},
                                                                               {"-1,234,567", -1234567},
                                                                               {"007", 7},
                                                                               {"1e-3", 0.001},
                                                                               {"0", 0},
                                                                               {"3.4e38", 3.4e38},
                                                                               {"1e-400", 0}}) {
    ASSERT_TRUE(parse_number(text).has_value()) << text;
    EXPECT_EQ(*parse_number(text), value) << text;
  }
  for (const std::string text : {"",    "-",        "+",       ".",    "e5",     "1e",     "inf",  "-inf", "nan",
                                 "NaN", "Infinity", "0x10",    "1 2",  "1,23",   "1,2345", ",123", "123,", "1,,234",
                                 "+-5", "--5",      "1.5,000", "1e39", "-1e400", "12a",    "１２"})
    EXPECT_FALSE(parse_number(text).has_value()) << text;
}
TEST(Csv, WritesNumbersThatReadBack) {
  Random random(3);
  for (int i = 0; i < 10000; ++i) {
    const auto x = static_cast<float>(random.normal() * std::pow(10.0, static_cast<double>(random.below(60)) - 30));
    EXPECT_EQ(static_cast<float>(parse_number(number_text(x)).value()), x);
  }
}

TEST(Csv, DetectsDelimiterAndHeader) {
  const auto check = [](const std::string& text, char delimiter, bool header) {
    const CsvDialect dialect = detect_dialect(text);
    EXPECT_EQ(dialect.delimiter, delimiter) << text;
    EXPECT_EQ(dialect.header, header) << text;
  };
  check("a,b\n1,2\n", ',', true);
  check("a;b\n1,5;2,5\n3,5;4,5\n", ';', true);
  check("a\tb c, d\n1\t2\n", '\t', true);
  check("a|b|c\n1|2|3\n", '|', true);
  check("1,2\n3,4\n", ',', false);
  check("red,small\nblue,large\nred,large\n", ',', false);
  check("name,size\nblue,large\nred,large\n", ',', true);
  check(",id,x\n0,1,2\n1,2,3\n", ',', true);
  check("\"a,b\",c\n\"1,2\",3\n", ',', true);
  check("word\n1\n2\n", ',', true);
  check("x,y,label\n1,2,x\n3,4,z\n", ',', true);  // numbers below its words, though one comes again
}

}  // namespace
}  // namespace fathom
