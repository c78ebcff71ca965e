#include "fathom/data/libsvm.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "fathom/base/clock.hpp"

namespace fathom {

namespace {

struct Entry {
  Index index;
  float value;
};
struct Row {
  float label = 0;
  std::vector<Entry> entries;
};

// Parses one line; gives false for an empty one. Throws Error without a place.
bool parse_line(std::string_view line, Row& row) {
  if (const auto comment = line.find('#'); comment != std::string_view::npos) line = line.substr(0, comment);
  row.entries.clear();
  bool first = true;
  std::size_t at = 0;
  while (at < line.size()) {
    while (at < line.size() && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r')) ++at;
    std::size_t end = at;
    while (end < line.size() && line[end] != ' ' && line[end] != '\t' && line[end] != '\r') ++end;
    if (end == at) break;
    const std::string_view word = line.substr(at, end - at);
    at = end;
    const std::size_t colon = word.find(':');
    if (first) {
      const auto label = parse_number(word);
      if (!label) fail(Code::data, "the label \"{}\" is not a number", word);
      row.label = static_cast<float>(*label);
      first = false;
      continue;
    }
    if (word.substr(0, colon) == "qid") continue;
    const auto index = colon == std::string_view::npos ? std::nullopt : parse_number(word.substr(0, colon));
    const auto value = colon == std::string_view::npos ? std::nullopt : parse_number(word.substr(colon + 1));
    if (!index || !value || *index < 0 || *index > 1e9 || *index != std::floor(*index))
      fail(Code::data, "\"{}\" is not index:value", word);
    if (!row.entries.empty() && row.entries.back().index >= static_cast<Index>(*index))
      fail(Code::data, "index {} comes after {}", *index, row.entries.back().index);
    row.entries.push_back({static_cast<Index>(*index), static_cast<float>(*value)});
  }
  return !first;
}

}  // namespace

bool looks_like_libsvm(std::string_view beginning) {
  Row row;
  const std::size_t end = beginning.find('\n');
  try {
    return parse_line(beginning.substr(0, end), row) && !row.entries.empty();
  } catch (const Error&) {
    return false;
  }
}

Table read_libsvm(const std::string& path, Index most_columns) {
  return read_libsvm(open_bytes(path), path, most_columns);
}

Table read_libsvm(std::unique_ptr<ByteSource> source, const std::string& path, Index most_columns) {
  const Stopwatch watch;
  Table table;
  table.path = path;
  TableColumn label;
  label.name = "label";
  std::map<Index, std::vector<float>> columns;
  std::string buffer;
  std::vector<char> block(1 << 18);
  Row row;
  std::uint32_t line = 0;
  const auto take = [&](std::string_view text) {
    ++line;
    try {
      if (!parse_line(text, row)) return;
    } catch (const Error& error) {
      throw Error(Code::data, message("{} line {}: {}", path, line, error.what_message()),
                  fmt::format("{}:{}", path, line), "each line is: label index:value index:value ...");
    }
    label.numbers.push_back(row.label);
    table.lines.push_back(line);
    for (const Entry& entry : row.entries) {
      auto& column = columns[entry.index];
      column.resize(label.numbers.size() - 1, 0.0f);
      column.push_back(entry.value);
    }
    if (static_cast<Index>(columns.size()) > most_columns)
      throw Error(Code::data, message("{} has more than {} different indices", path, most_columns), {},
                  "give indices that are categories as the columns of a CSV");
  };
  while (const std::size_t count = source->read(block.data(), block.size())) {
    table.bytes += count;
    buffer.append(block.data(), count);
    std::size_t start = 0;
    for (std::size_t end = buffer.find('\n'); end != std::string::npos; end = buffer.find('\n', start)) {
      take(std::string_view(buffer).substr(start, end - start));
      start = end + 1;
    }
    buffer.erase(0, start);
    if (buffer.size() > CsvReader::longest_record)
      fail(Code::data, "{} line {} is longer than {} MB", path, line + 1, CsvReader::longest_record >> 20);
  }
  if (!buffer.empty()) take(buffer);
  table.rows = static_cast<Index>(label.numbers.size());
  if (table.rows == 0) throw Error(Code::data, message("{} is empty", path));
  table.columns.push_back(std::move(label));
  for (auto& [number, values] : columns) {
    values.resize(static_cast<std::size_t>(table.rows), 0.0f);
    TableColumn column;
    column.name = fmt::format("f{}", number);
    column.numbers = std::move(values);
    table.columns.push_back(std::move(column));
  }
  table.seconds = watch.seconds();
  return table;
}

}  // namespace fathom
