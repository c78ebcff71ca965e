#include "fathom/data/table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "fathom/base/clock.hpp"

namespace fathom {

namespace {

// More different values than this, all numbers, are kept as numbers alone.
constexpr std::size_t most_spellings = 2000;

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

// Takes a column's fields one by one. It keeps the spellings of numbers while they are few, so that codes such as 007
// can still become levels.
class ColumnBuilder {
 public:
  ColumnBuilder(std::string name, bool as_text) : as_text_(as_text) { column_.name = std::move(name); }

  void add(std::string_view text, bool missing, Index line) {
    if (missing) {
      ++column_.missing;
      if (keeps_numbers_) column_.numbers.push_back(std::numeric_limits<float>::quiet_NaN());
      if (keeps_levels_) column_.levels.push_back(-1);
      return;
    }
    const auto number = as_text_ ? std::optional<double>{} : parse_number(text);
    if (number) {
      ++numbers_;
    } else {
      ++column_.odd_count;
      if (column_.odd.size() < 3) column_.odd.emplace_back(std::string(text.substr(0, 40)), line);
      if (!keeps_levels_) {  // the spellings before it are gone; it counts as missing, and the column says so
        ++column_.missing;
        column_.numbers.push_back(std::numeric_limits<float>::quiet_NaN());
        return;
      }
      keeps_numbers_ = false;
      column_.numbers = {};
    }
    if (keeps_numbers_) column_.numbers.push_back(static_cast<float>(*number));
    if (keeps_levels_) column_.levels.push_back(level_of(text));
    if (keeps_levels_ && keeps_numbers_ && column_.vocabulary.size() > most_spellings) {
      keeps_levels_ = false;
      column_.levels = {};
      column_.vocabulary = {};
      levels_ = {};
    }
  }

  TableColumn finish() {
    column_.numeric = keeps_numbers_;
    if (keeps_numbers_) {
      column_.levels = {};
      column_.vocabulary = {};
      if (column_.odd_count == 0) column_.odd.clear();
    } else if (numbers_ == 0) {
      column_.odd.clear();
      column_.odd_count = 0;
    }
    column_.numbers.shrink_to_fit();
    column_.levels.shrink_to_fit();
    return std::move(column_);
  }

 private:
  std::int32_t level_of(std::string_view text) {
    if (const auto it = levels_.find(text); it != levels_.end()) return it->second;
    const auto level = static_cast<std::int32_t>(column_.vocabulary.size());
    column_.vocabulary.emplace_back(text);
    levels_.emplace(std::string(text), level);
    return level;
  }

  TableColumn column_;
  std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> levels_;
  bool as_text_, keeps_numbers_ = true, keeps_levels_ = true;
  Index numbers_ = 0;
};

// Reads a first part of a stream to look at, then gives the whole stream.
class PeekedSource final : public ByteSource {
 public:
  PeekedSource(std::unique_ptr<ByteSource> source, std::size_t peek) : source_(std::move(source)) {
    peeked_.resize(peek);
    std::size_t had = 0;
    while (had < peek) {
      const std::size_t count = source_->read(peeked_.data() + had, peek - had);
      if (count == 0) break;
      had += count;
    }
    peeked_.resize(had);
    total_ = 0;
  }
  std::string_view beginning() const { return peeked_; }
  std::size_t total() const { return total_; }
  std::size_t read(char* to, std::size_t size) override {
    std::size_t count = std::min(size, peeked_.size() - at_);
    if (count > 0) {
      std::copy_n(peeked_.data() + at_, count, to);
      at_ += count;
    } else {
      count = source_->read(to, size);
    }
    total_ += count;
    return count;
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::string peeked_;
  std::size_t at_ = 0, total_ = 0;
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

std::size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (std::tolower(a[i - 1]) == std::tolower(b[j - 1]) ? 0 : 1)});
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
  if (numeric) return std::isnan(numbers[i]) ? "" : fmt::format("{}", numbers[i]);
  return levels[i] < 0 ? "" : vocabulary[static_cast<std::size_t>(levels[i])];
}

const TableColumn* Table::find(const std::string& name) const {
  const auto it = std::find_if(columns.begin(), columns.end(), [&](const TableColumn& column) { return column.name == name; });
  return it == columns.end() ? nullptr : &*it;
}

const TableColumn& Table::need(const std::string& name, std::string_view flag) const {
  if (const TableColumn* column = find(name)) return *column;
  std::vector<std::string> names, shown;
  for (const TableColumn& column : columns) {
    names.push_back(column.name);
    if (shown.size() < 12) shown.push_back(column.name);
  }
  std::string closest = closest_name(name, names), note;
  for (const std::string& known : names)
    if (known != name && without_spaces(known) == without_spaces(name)) {
      closest = known;
      note = known.back() == ' ' ? " (with a space at the end)" : " (with spaces around it)";
    }
  const std::string columns_text = fmt::format("its columns: {}{}", fmt::join(shown, ", "), names.size() > shown.size() ? ", ..." : "");
  throw Error(Code::data, fmt::format("{} has no column \"{}\"", path, name), {}, closest.empty() ? columns_text : fmt::format("did you mean {} \"{}\"{}? {}", flag, closest, note, columns_text));
}

std::string Table::place(Index row) const { return fmt::format("{}:{}", path, lines[static_cast<std::size_t>(row)]); }

std::string closest_name(const std::string& name, const std::vector<std::string>& names) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& known : names)
    if (const std::size_t distance = edit_distance(name, known); distance < best_distance) {
      best_distance = distance;
      best = known;
    }
  return best;
}

Table read_table(const std::string& path, const ReadOptions& options) { return read_table(open_bytes(path), path, options); }

Table read_table(std::unique_ptr<ByteSource> raw, const std::string& path, const ReadOptions& options) {
  const Stopwatch watch;
  Table table;
  table.path = path;
  auto peeked = std::make_unique<PeekedSource>(std::make_unique<CountedSource>(std::move(raw), table.bytes), std::size_t{1} << 16);
  const std::string beginning(peeked->beginning());
  if (beginning.empty() || beginning == "\xEF\xBB\xBF") throw Error(Code::data, fmt::format("{} is empty", path), {}, "it needs a line with column names and one line for each row");
  table.encoding = options.encoding == Encoding::automatic ? detect_encoding(beginning) : options.encoding;
  if (options.encoding == Encoding::automatic && table.encoding != Encoding::utf8) table.notes.push_back(fmt::format("read as {}: it is not UTF-8", name_of(table.encoding)));
  std::string look = beginning;
  if (table.encoding != Encoding::utf8) {
    // A look at the beginning in UTF-8; a character may be cut at its end, so it stops at the last newline.
    const std::size_t last = look.rfind('\n');
    if (last != std::string::npos) look.resize(last + 1);
    const auto converted = as_utf8(bytes_of(look), table.encoding, path);
    std::string text(look.size() * 4 + 16, '\0');
    std::size_t size = 0;
    while (const std::size_t count = converted->read(text.data() + size, text.size() - size)) size += count;
    text.resize(size);
    look = text;
  }
  table.dialect = detect_dialect(look);
  if (options.delimiter != "auto") table.dialect.delimiter = options.delimiter == "tab" || options.delimiter == "\\t" ? '\t' : options.delimiter.front();
  if (options.header != "auto") table.dialect.header = options.header == "yes";

  CsvReader reader(as_utf8(std::move(peeked), table.encoding, path), path, table.dialect.delimiter);
  std::vector<CsvField> fields;
  if (!reader.next(fields)) throw Error(Code::data, fmt::format("{} is empty", path), {}, "it needs a line with column names and one line for each row");
  std::vector<ColumnBuilder> builders;
  for (const std::string& name : column_names(fields, table.dialect.header))
    builders.emplace_back(name, std::find(options.as_text.begin(), options.as_text.end(), name) != options.as_text.end());
  const std::unordered_set<std::string_view> missing(options.missing.begin(), options.missing.end());
  const std::size_t header_line = reader.line();
  bool have = !table.dialect.header || reader.next(fields);
  while (have) {
    const std::size_t line = reader.line();
    if (fields.size() != builders.size())
      throw Error(Code::data, fmt::format("{} line {} has {} fields, but line {} has {}", path, line, fields.size(), header_line, builders.size()), fmt::format("{}:{}", path, line),
                  fmt::format("the delimiter is {}; set data.delimiter if it is another, or mend the line", table.dialect.delimiter == '\t' ? "a tab" : fmt::format("\"{}\"", table.dialect.delimiter)));
    for (std::size_t i = 0; i < fields.size(); ++i) builders[i].add(fields[i].text, missing.contains(fields[i].text), static_cast<Index>(line));
    table.lines.push_back(static_cast<std::uint32_t>(line));
    have = reader.next(fields);
  }
  table.rows = static_cast<Index>(table.lines.size());
  if (table.rows == 0) throw Error(Code::data, fmt::format("{} has column names but no rows", path), {}, "add rows, or set data.header = \"no\" if the first line is one");
  for (ColumnBuilder& builder : builders) table.columns.push_back(builder.finish());
  for (const TableColumn& column : table.columns)
    if (column.numeric && column.odd_count > 0)
      table.notes.push_back(fmt::format("{}: {} values are not numbers (line {}: \"{}\") and count as missing", column.name, column.odd_count, column.odd.front().second, column.odd.front().first));
  table.seconds = watch.seconds();
  return table;
}

}  // namespace fathom
