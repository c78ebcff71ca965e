// Table: the columns of a file in compact form, read in one pass.
//
// 1. A column whose values are all numbers is f32; any other is a list of numbers into its own vocabulary. Where an f32
//    would make different large numbers equal (ids, seconds since 1970), they are kept as f64 beside it.
// 2. Missing values are NaN, or level -1.
// 3. Every row has a line number in the file, for messages (a multiple-line record has that of its first line).
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "fathom/base/shape.hpp"
#include "fathom/data/csv.hpp"

namespace fathom {

struct ReadOptions {
  Encoding encoding = Encoding::automatic;
  std::string delimiter = "auto";  // auto , ; | or "tab"
  std::string header = "auto";     // auto yes no
  std::vector<std::string> missing = {"", "?", "NA", "N/A", "na", "n/a", "nan", "NaN", "NAN", "null", "NULL", "None"};
  // Columns whose values are kept as they are written, even if they are all numbers.
  std::vector<std::string> as_text = {};
  // What a comma means in a column, where that is known; elsewhere it is found out.
  std::map<std::string, Comma> commas = {};
};

struct TableColumn {
  std::string name;
  bool numeric = true;               // numbers, or levels
  std::vector<float> numbers;        // NaN: missing
  std::vector<double> exact;         // the same numbers, where some of them are too large for an f32; else empty
  std::vector<std::int32_t> levels;  // -1: missing
  std::vector<std::string> vocabulary;
  Index missing = 0;
  // Examples of what is not a number, with their lines, when most of a column is.
  std::vector<std::pair<std::string, Index>> odd;
  Index odd_count = 0;
  std::optional<Comma> comma;   // what it means in this column's numbers, where there are any and it may be either
  bool comma_is_clear = false;  // some value can be read in one way only

  // The value as text; empty for missing.
  std::string text(Index row) const;
  // The value as a number, NaN for missing; that of a level is what its text says.
  double number(Index row) const {
    const auto i = static_cast<std::size_t>(row);
    return numeric ? (exact.empty() ? static_cast<double>(numbers[i]) : exact[i]) : level_number(levels[i]);
  }
  // The number that a text of this column stands for.
  std::optional<double> parse(std::string_view text) const {
    return comma ? parse_number(text, *comma) : parse_number(text);
  }

 private:
  double level_number(std::int32_t level) const;
};

struct Table {
  std::string path;
  Index rows = 0;
  std::vector<TableColumn> columns;
  std::vector<std::uint32_t> lines;
  CsvDialect dialect;
  Encoding encoding = Encoding::utf8;
  std::size_t bytes = 0;  // that were read
  double seconds = 0;
  std::vector<Message> notes;

  // nullptr when there is none.
  const TableColumn* find(const std::string& name) const;
  // Throws Error(data) with the closest name, and says so when only spaces or case differ.
  const TableColumn& need(const std::string& name, std::string_view flag) const;
  std::string place(Index row) const;  // "file.csv:17"
};

// Throws Error(data) for a file that is absent, empty, without rows, ragged, or not text.
Table read_table(const std::string& path, const ReadOptions& options = {});
Table read_table(std::unique_ptr<ByteSource> source, const std::string& path, const ReadOptions& options = {});

// The name of `names` that is nearest to `name`, or nothing when none is near.
std::string closest_name(const std::string& name, const std::vector<std::string>& names);

}  // namespace fathom
