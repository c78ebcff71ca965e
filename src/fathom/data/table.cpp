#include "fathom/data/table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <numeric>
#include <unordered_set>

#include "fathom/base/clock.hpp"
#include "fathom/data/column_builder.hpp"

namespace fathom {

namespace {

// Reads a first part of a stream to look at, then gives the whole stream.
class PeekedSource final : public ByteSource {
 public:
  PeekedSource(std::unique_ptr<ByteSource> source, std::size_t peek) : source_(std::move(source)) {
    peeked_.resize(peek);
    peeked_.resize(read_up_to(*source_, peeked_.data(), peek));
  }
  std::string_view beginning() const { return peeked_; }
  std::size_t read(char* to, std::size_t size) override {
    if (at_ == peeked_.size()) return source_->read(to, size);
    const std::size_t count = std::min(size, peeked_.size() - at_);
    std::copy_n(peeked_.data() + at_, count, to);
    at_ += count;
    return count;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string peeked_;
  std::size_t at_ = 0;
};

// What counts as missing. Most fields are ruled out by their first character or their length.
class MissingValues {
 public:
  explicit MissingValues(const std::vector<std::string>& values) : values_(values.begin(), values.end()) {
    for (const std::string& value : values) {
      longest_ = std::max(longest_, value.size());
      if (!value.empty()) first_[static_cast<unsigned char>(value[0])] = true;
    }
    empty_ = values_.contains("");
  }
  bool contains(std::string_view text) const {
    if (text.empty()) return empty_;
    return text.size() <= longest_ && first_[static_cast<unsigned char>(text[0])] && values_.contains(text);
  }

 private:
  std::unordered_set<std::string_view> values_;  // of the options
  std::size_t longest_ = 0;
  std::array<bool, 256> first_{};
  bool empty_ = false;
};

// Counts what passes.
class CountedSource final : public ByteSource {
 public:
  CountedSource(std::unique_ptr<ByteSource> source, std::size_t& count) : source_(std::move(source)), count_(count) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t count = source_->read(to, size);
    count_ += count;
    return count;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::size_t& count_;
};

std::vector<std::string> column_names(const std::vector<CsvField>& fields, bool header) {
  std::vector<std::string> names;
  std::unordered_set<std::string> taken;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    std::string name = header ? std::string(fields[i].text) : "";
    if (name.empty()) name = fmt::format("column_{}", i + 1);
    std::string unique = name;
    for (int copy = 2; !taken.insert(unique).second; ++copy) unique = fmt::format("{}_{}", name, copy);
    names.push_back(unique);
  }
  return names;
}

// Letters of a name, in lower case where they are ASCII.
std::u32string letters_of(const std::string& text) {
  std::u32string letters;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80 && !letters.empty())
      letters.back() = (letters.back() << 6) | (byte & 0x3F);
    else
      letters.push_back(byte < 0x80 ? static_cast<char32_t>(std::tolower(byte)) : byte);
  }
  return letters;
}

std::size_t edit_distance(const std::u32string& a, const std::u32string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

std::string without_spaces(std::string text) {
  const auto first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string::npos ? "" : text.substr(first, last - first + 1);
}

}  // namespace

std::string TableColumn::text(Index row) const {
  const auto i = static_cast<std::size_t>(row);
  if (numeric && !exact.empty()) return std::isnan(exact[i]) ? "" : exact_text(exact[i]);
  if (numeric) return std::isnan(numbers[i]) ? "" : number_text(numbers[i]);
  return levels[i] < 0 ? "" : vocabulary[static_cast<std::size_t>(levels[i])];
}

double TableColumn::level_number(std::int32_t level) const {
  return level < 0 ? NAN : parse(vocabulary[static_cast<std::size_t>(level)]).value_or(NAN);
}

const TableColumn* Table::find(const std::string& name) const {
  const auto it =
      std::find_if(columns.begin(), columns.end(), [&](const TableColumn& column) { return column.name == name; });
  return it == columns.end() ? nullptr : &*it;
}

const TableColumn& Table::need(const std::string& name, std::string_view flag) const {
  if (const TableColumn* column = find(name)) return *column;
  std::vector<std::string> names, shown;
  for (const TableColumn& column : columns) {
    names.push_back(column.name);
    if (shown.size() < 12) shown.push_back(column.name);
  }
  std::string closest = closest_name(name, names);
  Message note;
  for (const std::string& known : names)
    if (known != name && without_spaces(known) == without_spaces(name)) {
      closest = known;
      note = known.back() == ' ' ? " (with a space at the end)" : " (with spaces around it)";
    }
  const Message columns_text =
      message("its columns: {}{}", fmt::join(shown, ", "), names.size() > shown.size() ? ", ..." : "");
  throw Error(Code::data, message("{} has no column \"{}\"", path, name), {},
              !dialect.header ? message("the first line was taken for a row; if it holds the names of the columns, set "
                                        "data.header = \"yes\"")
              : closest.empty() ? columns_text
                                : message("did you mean {} \"{}\"{}? {}", flag, closest, note, columns_text));
}

std::string Table::place(Index row) const { return fmt::format("{}:{}", path, lines[static_cast<std::size_t>(row)]); }

std::string closest_name(const std::string& name, const std::vector<std::string>& names) {
  const std::u32string wanted = letters_of(name);
  std::string best;
  // Half of a short name is another name.
  std::size_t best_distance = (wanted.size() < 4 ? 1 : std::max<std::size_t>(2, wanted.size() / 3)) + 1;
  for (const std::string& known : names)
    if (const std::size_t distance = edit_distance(wanted, letters_of(known)); distance < best_distance) {
      best_distance = distance;
      best = known;
    }
  return best;
}

Table read_table(const std::string& path, const ReadOptions& options) {
  return read_table(open_bytes(path), path, options);
}

Table read_table(std::unique_ptr<ByteSource> raw, const std::string& path, const ReadOptions& options) {
  const Stopwatch watch;
  Table table;
  table.path = path;
  constexpr std::size_t look = std::size_t{1} << 16;
  auto bytes = std::make_unique<PeekedSource>(std::make_unique<CountedSource>(std::move(raw), table.bytes), look);
  const auto refuse_empty = [&] {
    throw Error(Code::data, message("{} is empty", path), {},
                "it needs a line with column names and one line for each row");
  };
  if (bytes->beginning().empty()) refuse_empty();
  table.encoding = options.encoding == Encoding::automatic ? detect_encoding(bytes->beginning()) : options.encoding;
  if (options.encoding != table.encoding && table.encoding != Encoding::utf8)
    table.notes.push_back(message("read as {}: it is not UTF-8", name_of(table.encoding)));
  auto text = std::make_unique<PeekedSource>(as_utf8(std::move(bytes), table.encoding, path), look);
  table.dialect = detect_dialect(text->beginning());
  if (options.delimiter != "auto")
    table.dialect.delimiter =
        options.delimiter == "tab" || options.delimiter == "\\t" ? '\t' : options.delimiter.front();
  if (options.header != "auto") table.dialect.header = options.header == "yes";

  CsvReader reader(std::move(text), path, table.dialect.delimiter);
  std::vector<CsvField> fields;
  if (!reader.next(fields)) refuse_empty();
  std::vector<ColumnBuilder> builders;
  for (const std::string& name : column_names(fields, table.dialect.header)) {
    ColumnReading reading;
    reading.text = std::count(options.as_text.begin(), options.as_text.end(), name) > 0;
    reading.comma_open = decimal_commas_possible(table.dialect.delimiter);
    if (const auto it = options.commas.find(name); it != options.commas.end()) reading.comma = it->second;
    builders.emplace_back(name, reading);
  }
  if (builders.size() == 1) reader.keep_blank_lines();
  const MissingValues missing(options.missing);
  const std::size_t header_line = reader.line();
  GrowingList<std::uint32_t> lines;
  bool have = !table.dialect.header || reader.next(fields);
  while (have) {
    const std::size_t line = reader.line();
    if (fields.size() != builders.size())
      throw Error(
          Code::data,
          message("{} line {} has {} fields, but line {} has {}", path, line, fields.size(), header_line,
                  builders.size()),
          fmt::format("{}:{}", path, line),
          message("the delimiter is {}; set data.delimiter if it is another, or mend the line",
                  table.dialect.delimiter == '\t' ? Message("a tab") : fmt::format("\"{}\"", table.dialect.delimiter)));
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (missing.contains(fields[i].text))
        builders[i].add_missing();
      else
        builders[i].add(fields[i].text, static_cast<Index>(line));
    }
    lines.push_back(static_cast<std::uint32_t>(line));
    have = reader.next(fields);
  }
  table.rows = static_cast<Index>(lines.size());
  if (table.rows == 0)
    throw Error(Code::data, message("{} has column names but no rows", path), {},
                "add rows, or set data.header = \"no\" if the first line is one");
  table.lines.reserve(lines.size());
  lines.drain([&](std::uint32_t line) { table.lines.push_back(line); });
  for (ColumnBuilder& builder : builders) table.columns.push_back(builder.finish());
  for (const TableColumn& column : table.columns)
    if (column.numeric && column.odd_count > 0)
      table.notes.push_back(message("{}: {} values are not numbers (line {}: \"{}\") and count as missing", column.name,
                                    column.odd_count, column.odd.front().second, column.odd.front().first));
  table.seconds = watch.seconds();
  return table;
}

}  // namespace fathom
