#include "fathom/data/schema.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

namespace fathom {

namespace {

// A column of whole numbers with this many different values or fewer may stand for classes when it is the target.
constexpr Index most_number_classes = 20;
// Most of the values of a column of odd ones out are numbers, from this share on.
constexpr double mostly = 0.95;
// Nobody needs to know exactly how many more different numbers there are.
constexpr Index most_counted = 100000;

constexpr std::string_view kind_names[] = {"number", "binary", "category", "date", "text", "ignored"};

// Different values; numbers are counted up to most_counted.
Index count_distinct(const TableColumn& column) {
  if (!column.numeric) return static_cast<Index>(column.vocabulary.size());
  std::unordered_set<float> seen;
  for (float value : column.numbers) {
    if (!std::isnan(value)) seen.insert(value);
    if (static_cast<Index>(seen.size()) > most_counted) break;
  }
  return static_cast<Index>(seen.size());
}

std::string count_text(Index distinct) {
  return distinct > most_counted ? fmt::format("more than {} values", most_counted)
                                 : fmt::format("{} values", distinct);
}

double share_of_levels(const TableColumn& column, bool (*holds)(std::string_view)) {
  std::vector<Index> counts(column.vocabulary.size(), 0);
  Index total = 0, good = 0;
  for (std::int32_t level : column.levels)
    if (level >= 0) ++counts[static_cast<std::size_t>(level)];
  for (std::size_t level = 0; level < counts.size(); ++level) {
    total += counts[level];
    if (holds(column.vocabulary[level])) good += counts[level];
  }
  return total == 0 ? 0 : static_cast<double>(good) / static_cast<double>(total);
}

bool is_number(std::string_view text) { return parse_number(text).has_value(); }
bool is_date(std::string_view text) { return parse_date(text).has_value(); }

// Characters (not bytes) of the longest few values, and words of an average one.
struct TextShape {
  double characters = 0, words = 0;
};
TextShape text_shape(const TableColumn& column) {
  TextShape shape;
  const std::size_t step = std::max<std::size_t>(1, column.vocabulary.size() / 1000);
  double count = 0;
  for (std::size_t i = 0; i < column.vocabulary.size(); i += step) {
    const std::string& text = column.vocabulary[i];
    for (char c : text) {
      shape.characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
      shape.words += c == ' ' ? 1 : 0;
    }
    shape.words += 1;
    count += 1;
  }
  return count == 0 ? shape : TextShape{shape.characters / count, shape.words / count};
}

bool ideographic(const TableColumn& column) {
  Index wide = 0, total = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(200, column.vocabulary.size()); ++i)
    for (char c : column.vocabulary[i]) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte & 0xC0) == 0x80) continue;
      ++total;
      wide += byte >= 0xE3 && byte <= 0xE9 ? 1 : 0;
    }
  return total > 0 && wide * 2 > total;
}

// Row numbers and the like: whole numbers, each once, without a gap to speak of.
bool counts_rows(const TableColumn& column, Index rows) {
  double low = INFINITY, high = -INFINITY;
  for (float value : column.numbers) {
    if (std::isnan(value) || value != std::floor(value)) return false;
    low = std::min(low, static_cast<double>(value));
    high = std::max(high, static_cast<double>(value));
  }
  constexpr double exact = 1 << 24;  // whole numbers beyond it are not all f32
  if (high - low >= 1.01 * static_cast<double>(rows) || std::max(-low, high) > exact) return false;
  std::vector<bool> seen(static_cast<std::size_t>(high - low) + 1, false);
  for (float value : column.numbers) {
    const auto place = static_cast<std::size_t>(static_cast<double>(value) - low);
    if (seen[place]) return false;
    seen[place] = true;
  }
  return true;
}

void infer_column(const TableColumn& column, Index rows, ColumnInfo& info) {
  const Index present = rows - column.missing;
  info.missing = column.missing;
  info.distinct = count_distinct(column);
  if (present == 0) {
    info.kind = ColumnKind::ignored;
    info.reason = "every value is missing";
  } else if (info.distinct == 1 && column.missing == 0) {
    info.kind = ColumnKind::ignored;
    info.reason = "the same in every row";
  } else if (column.numeric) {
    if (rows > 50 && counts_rows(column, rows)) {
      info.kind = ColumnKind::ignored;
      info.reason = "unique in every row";
    } else {
      info.kind = info.distinct == 2 ? ColumnKind::binary : ColumnKind::number;
      info.reason = info.distinct == 2 ? "two values" : count_text(info.distinct);
    }
  } else if (column.odd_count > 0 && share_of_levels(column, is_number) >= mostly) {
    info.kind = ColumnKind::number;
    info.reason = fmt::format("{} values are not numbers and count as missing (line {}: \"{}\")", column.odd_count,
                              column.odd.front().second, column.odd.front().first);
    info.missing += column.odd_count;
  } else if (share_of_levels(column, is_date) >= mostly) {
    info.kind = ColumnKind::date;
    info.reason = fmt::format("{} dates", info.distinct);
  } else if (info.distinct == 2) {
    info.kind = ColumnKind::binary;
    info.reason = fmt::format("{} / {}", column.vocabulary[0], column.vocabulary[1]);
  } else {
    const TextShape shape = text_shape(column);
    const bool many = static_cast<double>(info.distinct) > 0.3 * static_cast<double>(present) && info.distinct > 30;
    const bool wordy = shape.words >= 2.5 || (ideographic(column) && shape.characters >= 6);
    if (many && wordy) {
      info.kind = ColumnKind::text;
      info.reason = fmt::format("about {:.0f} characters", shape.characters);
    } else if (info.distinct == rows && rows > 50) {
      info.kind = ColumnKind::ignored;
      info.reason = "unique in every row";
    } else {
      info.kind = ColumnKind::category;
      info.reason = fmt::format("{} values", info.distinct);
    }
  }
}

// The kind that the user gave must fit the values.
void check_kind(const Table& table, const TableColumn& column, const ColumnInfo& info) {
  if (info.kind == ColumnKind::number && (!column.numeric || column.odd_count > 0)) {
    auto odd = column.odd;  // text among numbers
    Index bad = column.odd_count;
    if (!column.numeric && bad == 0)
      for (Index row = 0; row < table.rows; ++row) {
        const std::string text = column.text(row);
        if (text.empty() || is_number(text)) continue;
        ++bad;
        if (odd.size() < 3) odd.emplace_back(text, static_cast<Index>(table.lines[static_cast<std::size_t>(row)]));
      }
    std::vector<std::string> examples, words;
    for (const auto& [text, line] : odd) {
      examples.push_back(fmt::format("{}:{} \"{}\"", examples.empty() ? table.path : "", line, text));
      const std::string word = fmt::format("\"{}\"", text);
      if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
    }
    const Index present = table.rows - column.missing + (column.numeric ? column.odd_count : 0);
    if (bad > 0)
      throw Error(
          Code::data,
          fmt::format("column \"{}\" is set to number, but {} of {} values are not numbers", column.name, bad, present),
          fmt::format("{}{}", fmt::join(examples, ", "), bad > 3 ? fmt::format(" (+{})", bad - 3) : ""),
          fmt::format("add missing = [{}], or type = \"category\"", fmt::join(words, ",")));
  }
  if (info.kind == ColumnKind::date && (column.numeric || share_of_levels(column, is_date) < mostly))
    throw Error(Code::data, fmt::format("column \"{}\" is set to date, but its values are not dates", column.name), {},
                "dates look like 2011-01-31, 2011-01-31 12:30 or 1/31/2011");
}

void infer_target(const Table& table, const SchemaOptions& options, Schema& schema) {
  const TableColumn& column = table.need(options.target, "--target");
  ColumnInfo& info = schema.target;
  info.name = options.target;
  info.missing = column.missing;
  if (column.missing == table.rows) fail(Code::data, "every value of the target \"{}\" is missing", options.target);
  std::unordered_set<std::string> labels;
  if (!column.numeric)
    for (const std::string& label : column.vocabulary) labels.insert(trimmed(label, options.trim_labels));
  info.distinct = column.numeric ? count_distinct(column) : static_cast<Index>(labels.size());
  if (info.distinct == 1)
    throw Error(
        Code::data,
        fmt::format("the target \"{}\" has one value, \"{}\", in every row: there is nothing to learn", options.target,
                    column.numeric ? fmt::format("{}", *std::find_if(column.numbers.begin(), column.numbers.end(),
                                                                     [](float x) { return !std::isnan(x); }))
                                   : *labels.begin()),
        {}, "choose another column with --target, or rows of more than one kind");
  const bool number = column.numeric || (column.odd_count > 0 && share_of_levels(column, is_number) >= mostly);
  bool whole = column.numeric;
  for (float value : column.numbers) whole = whole && (std::isnan(value) || value == std::floor(value));
  const bool few = info.distinct <= most_number_classes && info.distinct * 20 <= table.rows;
  const bool classes = !number || info.distinct == 2 || (whole && few);
  schema.task = options.task         ? *options.task
                : !classes           ? Task::regression
                : info.distinct == 2 ? Task::binary
                                     : Task::multiclass;
  if (schema.task == Task::binary && info.distinct > 2)
    throw Error(Code::data, fmt::format("the target \"{}\" has {}, not two", options.target, count_text(info.distinct)),
                {}, "leave the task out, or set it to multiclass or regression");
  if (schema.task == Task::regression && !column.numeric && share_of_levels(column, is_number) < mostly)
    fail(Code::data, "the target \"{}\" is not a number (\"{}\"), so it cannot be predicted as one", options.target,
         column.vocabulary.front());
  if (schema.task == Task::multiclass && info.distinct > 10000)
    throw Error(
        Code::data,
        fmt::format("the target \"{}\" has {} different values: too many classes", options.target, info.distinct), {},
        "is it an id, or a number with text in it?");
  info.kind = schema.task == Task::regression ? ColumnKind::number
              : schema.task == Task::binary   ? ColumnKind::binary
                                              : ColumnKind::category;
  info.reason = schema.task == Task::regression ? "target" : fmt::format("target, {} classes", info.distinct);
}

int digits(std::string_view text, std::size_t& at, int most) {
  int value = 0, count = 0;
  while (at < text.size() && count < most && text[at] >= '0' && text[at] <= '9') {
    value = value * 10 + (text[at++] - '0');
    ++count;
  }
  return count == 0 ? -1 : value;
}

// Days since 1970-01-01 of the proleptic Gregorian calendar (Howard Hinnant's days_from_civil).
long days_from_civil(long y, int m, int d) {
  y -= m <= 2 ? 1 : 0;
  const long era = (y >= 0 ? y : y - 399) / 400;
  const long yoe = y - era * 400, doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1,
             doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + doe - 719468;
}

}  // namespace

std::string_view name_of(ColumnKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

ColumnKind column_kind(const std::string& name) {
  for (std::size_t i = 0; i < std::size(kind_names); ++i)
    if (kind_names[i] == name) return static_cast<ColumnKind>(i);
  fail(Code::config, "there is no column type \"{}\"; choose {}", name, fmt::join(kind_names, ", "));
}

std::string_view name_of(Task task) {
  return task == Task::regression ? "regression" : task == Task::binary ? "binary classification" : "classification";
}

std::string trimmed(const std::string& label, const std::string& characters) {
  if (characters.empty()) return label;
  const auto first = label.find_first_not_of(characters), last = label.find_last_not_of(characters);
  return first == std::string::npos ? "" : label.substr(first, last - first + 1);
}

Schema infer_schema(const Table& table, const SchemaOptions& options) {
  Schema schema;
  infer_target(table, options, schema);
  for (const auto& [name, column] : options.columns) table.need(name, "name =");
  for (const TableColumn& column : table.columns) {
    if (column.name == options.target) continue;
    ColumnInfo info;
    info.name = column.name;
    infer_column(column, table.rows, info);
    if (const auto it = options.columns.find(column.name); it != options.columns.end()) {
      info.options = it->second;
      if (it->second.kind && *it->second.kind != info.kind) {
        if (info.missing == table.rows && *it->second.kind != ColumnKind::ignored)
          throw Error(Code::data, fmt::format("every value of column \"{}\" is missing", column.name), {},
                      "remove the [[input]] for it, or check what counts as missing");
        info.kind = *it->second.kind;
        info.reason = "as configured";
      }
      if (it->second.kind) check_kind(table, column, info);
    }
    schema.inputs.push_back(std::move(info));
  }
  const bool any = std::any_of(schema.inputs.begin(), schema.inputs.end(),
                               [](const ColumnInfo& info) { return info.kind != ColumnKind::ignored; });
  if (!any) throw Error(Code::data, fmt::format("{} has no column to learn from besides the target", table.path));
  return schema;
}

std::optional<double> parse_date(std::string_view text) {
  std::size_t at = 0;
  int a = digits(text, at, 4);
  if (a < 0 || at >= text.size() || (text[at] != '-' && text[at] != '/')) return {};
  const bool year_first = at == 4;
  const char separator = text[at++];
  const int b = digits(text, at, 2);
  if (b < 0 || at >= text.size() || text[at] != separator) return {};
  ++at;
  const int c = digits(text, at, year_first ? 2 : 4);
  if (c < 0) return {};
  const int year = year_first ? a : c, month = year_first ? b : a, day = year_first ? c : b;
  if (year < 1000 || month < 1 || month > 12 || day < 1 || day > 31) return {};
  double seconds = static_cast<double>(days_from_civil(year, month, day)) * 86400;
  if (at == text.size()) return seconds;
  if (text[at] != ' ' && text[at] != 'T') return {};
  int parts[3] = {0, 0, 0};
  for (int part = 0; part < 3; ++part) {
    ++at;
    parts[part] = digits(text, at, 2);
    if (parts[part] < 0) return {};
    if (at == text.size() || text[at] != ':') break;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    digits(text, at, 9);
  }
  double offset = 0;
  if (at < text.size() && text[at] == 'Z') {
    ++at;
  } else if (at < text.size() && (text[at] == '+' || text[at] == '-')) {  // +08:00
    const double sign = text[at++] == '+' ? 1 : -1;
    const int hours = digits(text, at, 2);
    if (at < text.size() && text[at] == ':') ++at;
    const int minutes = digits(text, at, 2);
    if (hours < 0 || minutes < 0) return {};
    offset = sign * (hours * 3600 + minutes * 60);
  }
  if (at != text.size() || parts[0] > 24 || parts[1] > 59 || parts[2] > 60) return {};
  return seconds + parts[0] * 3600 + parts[1] * 60 + parts[2] - offset;
}

}  // namespace fathom
