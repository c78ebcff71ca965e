// CSV and TSV, record by record: RFC 4180 quotes (with newlines inside), LF or CRLF, any of , ; tab | between fields.
//
// 1. A record is read from a stream: memory is one record, and one of more than `longest_record` bytes is refused.
// 2. Every error names the file and the line on which the record begins.
// 3. Spaces around a field without quotes are dropped; a field in quotes is kept as it is.
#pragma once

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

  // Gives false at the end. A line of nothing, or of spaces, is skipped.
  bool next(std::vector<CsvField>& fields);
  // The line on which the last record began, from 1.
  std::size_t line() const { return record_line_; }

 private:
  bool fill();
  [[noreturn]] void refuse(const std::string& what, const std::string& hint = {}) const;
  void check_text(std::string_view record) const;
  std::size_t find_end(std::size_t& end);
  void take_fields(std::string_view record, std::vector<CsvField>& fields);
  std::string_view take_quoted(std::string_view record, std::size_t& at, std::size_t field);

  std::unique_ptr<ByteSource> source_;
  std::string path_;
  char delimiter_;
  std::string buffer_, unescaped_;
  std::size_t at_ = 0, line_ = 1, record_line_ = 1;
  bool ended_ = false, first_ = true;
};

// The delimiter and whether the first record is a header, from the beginning of a file.
CsvDialect detect_dialect(std::string_view beginning);
// A number as files write it: 12, -1.5e3, .5, +7, 1,234.5. Nothing when the text is not one: inf, nan and what is
// beyond an f32 are not.
std::optional<double> parse_number(std::string_view text);
// A number as short as it can be written.
std::string number_text(float number);

}  // namespace fathom
