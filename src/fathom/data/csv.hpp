// CSV and TSV, record by record: RFC 4180 quotes (with newlines inside), LF or CRLF, any of , ; tab | between fields.
//
// 1. A record is read from a stream: memory is one record, and one of more than `longest_record` bytes is refused.
// 2. Every error names the file and the line on which the record begins.
// 3. Spaces around a field without quotes are dropped; a field in quotes is kept as it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/data/bytes.hpp"

namespace fathom {

struct CsvDialect {
  char delimiter = ',';
  bool header = true;
};

struct CsvField {
  std::string_view text;  // valid until the next record
  bool quoted = false;
};

class CsvReader {
 public:
  static constexpr std::size_t longest_record = std::size_t{16} << 20;

  // `path` names the file in errors. A byte order mark is skipped.
  CsvReader(std::unique_ptr<ByteSource> source, std::string path, char delimiter);

  // Gives false at the end. A line of nothing, or of spaces, is skipped unless `keep_blank_lines` was called: then it
  // is a record of one empty field.
  bool next(std::vector<CsvField>& fields);
  void keep_blank_lines() { keep_blank_ = true; }
  // The line on which the last record began, from 1.
  std::size_t line() const { return record_line_; }

 private:
  bool fill();
  [[noreturn]] void refuse(const Message& what, const Message& hint = {}) const;
  void check_text(std::string_view record) const;
  std::size_t find_end(std::size_t& end);
  void take_fields(std::string_view record, std::vector<CsvField>& fields);
  std::string_view take_quoted(std::string_view record, std::size_t& at, std::size_t field);

  std::unique_ptr<ByteSource> source_;
  std::string path_;
  char delimiter_;
  std::string buffer_, unescaped_;
  std::size_t at_ = 0, line_ = 1, record_line_ = 1;
  bool ended_ = false, first_ = true, keep_blank_ = false;
};

// The delimiter and whether the first record is a header, from the beginning of a file.
CsvDialect detect_dialect(std::string_view beginning);
// Where fields end in ; or a tab, numbers may have commas in the place of points.
bool decimal_commas_possible(char delimiter);

// What a comma means where it could be either: 3,141 is 3141, or 3.141.
enum class Comma : std::uint8_t { thousands, decimal };
// A number as files write it: 12, -1.5e3, .5, +7, 1,234.5. Nothing when the text is not one: inf, nan and what is
// beyond an f32 are not.
std::optional<double> parse_number(std::string_view text);
// The same where commas may be decimal: 3,5 and 1.234,5 are numbers too, and what can be read in one way only is read
// in that way (3,5 is 3.5, and 1,234,567 is a whole number, whatever `comma` is).
std::optional<double> parse_number(std::string_view text, Comma comma);
// Which of the two a number with commas shows, if it does.
std::optional<Comma> shown_comma(std::string_view text);

// A number as short as it can be written.
std::string number_text(float number);
// The value that a table keeps of a number: as an f32, except for one beyond 2^24 that an f32 would round.
double kept_number(double number);
// A kept number: a whole one with all of its digits.
std::string exact_text(double kept);

}  // namespace fathom
