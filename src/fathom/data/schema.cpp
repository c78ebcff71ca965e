#include "fathom/data/schema.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "fathom/data/schema_images.hpp"

namespace fathom {

namespace {

// A column of whole numbers with this many different values or fewer may stand for classes when it is the target.
constexpr Index most_number_classes = 20;
// Most of the values of a column of odd ones out are numbers, from this share on.
constexpr double mostly = 0.95;
// Nobody needs to know exactly how many more different numbers there are.
constexpr Index most_counted = 100000;

constexpr std::string_view kind_names[] = {"number", "binary", "category", "date", "text", "image", "ignored"};

// Different values; numbers are counted up to most_counted.
Index count_distinct(const TableColumn& column, Index rows) {
  if (!column.numeric) return static_cast<Index>(column.vocabulary.size());
  std::unordered_set<double> seen;
  for (Index row = 0; row < rows; ++row) {
    if (const double value = column.number(row); !std::isnan(value)) seen.insert(value);
    if (static_cast<Index>(seen.size()) > most_counted) break;
  }
  return static_cast<Index>(seen.size());
}

Message count_text(Index distinct) {
  return distinct > most_counted ? message("more than {} values", most_counted) : message("{} values", distinct);
}

template <class Holds>
double share_of_levels(const TableColumn& column, const Holds& holds) {
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

double share_of_numbers(const TableColumn& column) {
  return share_of_levels(column, [&](std::string_view text) { return column.parse(text).has_value(); });
}
double share_of_dates(const TableColumn& column) {
  const DateOrder order = shown_order(column).value_or(DateOrder::month_first);
  return share_of_levels(column, [&](std::string_view text) { return parse_date(text, order).has_value(); });
}

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
  for (Index row = 0; row < rows; ++row) {
    const double value = column.number(row);
    if (std::isnan(value) || value != std::floor(value)) return false;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  constexpr double exact = 9007199254740992.0;  // 2^53: whole numbers beyond it are not all f64
  if (high - low >= 1.01 * static_cast<double>(rows) || std::max(-low, high) > exact) return false;
  std::vector<bool> seen(static_cast<std::size_t>(high - low) + 1, false);
  for (Index row = 0; row < rows; ++row) {
    const auto place = static_cast<std::size_t>(column.number(row) - low);
    if (seen[place]) return false;
    seen[place] = true;
  }
  return true;
}

// What commas were taken for, behind a reason.
Message with_comma(const TableColumn& column, const Message& reason) {
  if (!column.comma) return reason;
  if (*column.comma == Comma::thousands) return message("{}; 3,141 is read as 3141", reason);
  return column.comma_is_clear ? message("{}; 3,141 is read as 3.141", reason)
                               : message("{}; 3,141 is read as 3.141 (the values do not show which)", reason);
}

void describe_dates(const TableColumn& column, Index rows, ColumnInfo& info) {
  const auto shown = shown_order(column);
  Index unread = 0, first = 0;
  bool either = false;  // 1/2/2011
  std::vector<bool> reads;
  for (const std::string& text : column.vocabulary) {
    reads.push_back(parse_date(text, shown.value_or(DateOrder::month_first)).has_value());
    either = either || (parse_date(text, DateOrder::day_first).has_value() &&
                        parse_date(text) != parse_date(text, DateOrder::day_first));
  }
  for (Index row = rows; row-- > 0;)
    if (const std::int32_t level = column.levels[static_cast<std::size_t>(row)];
        level >= 0 && !reads[static_cast<std::size_t>(level)]) {
      ++unread;
      first = row;
    }
  info.kind = ColumnKind::date;
  info.reason = message("{} dates", info.distinct);
  if (shown == DateOrder::day_first) info.reason = message("{}; 1/2/2011 is read as February 1", info.reason);
  if (!shown && either)
    info.reason = message("{}; 1/2/2011 is read as January 2 (the values do not show which)", info.reason);
  if (unread > 0)
    info.reason =
        message("{}; {} values are no dates and count as missing (\"{}\")", info.reason, unread, column.text(first));
  info.missing += unread;
}

void infer_column(const TableColumn& column, Index rows, ColumnInfo& info) {
  const Index present = rows - column.missing;
  info.missing = column.missing;
  info.distinct = count_distinct(column, rows);
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
      const bool binary = info.distinct == 2 && column.exact.empty();
      info.kind = binary ? ColumnKind::binary : ColumnKind::number;
      info.reason = with_comma(column, binary ? Message("two values") : count_text(info.distinct));
    }
  } else if (column.odd_count > 0 && share_of_numbers(column) >= mostly) {
    info.kind = ColumnKind::number;
    info.reason = with_comma(column, message("{} values are not numbers and count as missing (line {}: \"{}\")",
                                             column.odd_count, column.odd.front().second, column.odd.front().first));
    info.missing += column.odd_count;
  } else if (share_of_dates(column) >= mostly) {
    describe_dates(column, rows, info);
  } else if (info.distinct == 2) {
    info.kind = ColumnKind::binary;
    info.reason = message("{} / {}", column.vocabulary[0], column.vocabulary[1]);
  } else {
    const TextShape shape = text_shape(column);
    const bool many = static_cast<double>(info.distinct) > 0.3 * static_cast<double>(present) && info.distinct > 30;
    const bool wordy = shape.words >= 2.5 || (ideographic(column) && shape.characters >= 6);
    if (many && wordy) {
      info.kind = ColumnKind::text;
      info.reason = message("about {:.0f} characters", shape.characters);
    } else if (info.distinct == rows && rows > 50) {
      info.kind = ColumnKind::ignored;
      info.reason = "unique in every row";
    } else {
      info.kind = ColumnKind::category;
      info.reason = message("{} values", info.distinct);
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
        if (text.empty() || column.parse(text)) continue;
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
          message("column \"{}\" is set to number, but {} of {} values are not numbers", column.name, bad, present),
          fmt::format("{}{}", fmt::join(examples, ", "), bad > 3 ? fmt::format(" (+{})", bad - 3) : ""),
          message("add missing = [{}], or type = \"category\"", fmt::join(words, ",")));
  }
  if (info.kind == ColumnKind::date && (column.numeric || share_of_dates(column) < mostly))
    throw Error(Code::data, message("column \"{}\" is set to date, but its values are not dates", column.name), {},
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
  info.distinct = column.numeric ? count_distinct(column, table.rows) : static_cast<Index>(labels.size());
  if (info.distinct == 1) {
    Index row = 0;
    while (column.text(row).empty()) ++row;
    throw Error(Code::data,
                message("the target \"{}\" has one value, \"{}\", in every row: there is nothing to learn",
                        options.target, column.numeric ? column.text(row) : *labels.begin()),
                {}, "choose another column with --target, or rows of more than one kind");
  }
  const bool number = column.numeric || (column.odd_count > 0 && share_of_numbers(column) >= mostly);
  bool whole = column.numeric;
  for (float value : column.numbers) whole = whole && (std::isnan(value) || value == std::floor(value));
  const bool few = info.distinct <= most_number_classes && info.distinct * 20 <= table.rows;
  const bool classes = !number || info.distinct == 2 || (whole && few);
  schema.task = options.task         ? *options.task
                : !classes           ? Task::regression
                : info.distinct == 2 ? Task::binary
                                     : Task::multiclass;
  if (schema.task == Task::binary && info.distinct > 2)
    throw Error(Code::data, message("the target \"{}\" has {}, not two", options.target, count_text(info.distinct)), {},
                "leave the task out, or set it to multiclass or regression");
  if (schema.task == Task::regression && !column.numeric && share_of_numbers(column) < mostly)
    fail(Code::data, "the target \"{}\" is not a number (\"{}\"), so it cannot be predicted as one", options.target,
         column.vocabulary.front());
  if (schema.task == Task::multiclass && info.distinct > 10000)
    throw Error(Code::data,
                message("the target \"{}\" has {} different values: too many classes", options.target, info.distinct),
                {}, "is it an id, or a number with text in it?");
  info.kind = schema.task == Task::regression ? ColumnKind::number
              : schema.task == Task::binary   ? ColumnKind::binary
                                              : ColumnKind::category;
  info.reason = with_comma(
      column, schema.task == Task::regression ? Message("target") : message("target, {} classes", info.distinct));
}

int digits(std::string_view text, std::size_t& at, int most) {
  int value = 0, count = 0;
  while (at < text.size() && count < most && text[at] >= '0' && text[at] <= '9') {
    value = value * 10 + (text[at++] - '0');
    ++count;
  }
  return count == 0 ? -1 : value;
}

int days_of_month(int year, int month) {
  constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (leap && month == 2 ? 1 : 0);
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
          throw Error(Code::data, message("every value of column \"{}\" is missing", column.name), {},
                      "remove the [[input]] for it, or check what counts as missing");
        info.kind = *it->second.kind;
        info.reason = "as configured";
      }
      if (it->second.kind) check_kind(table, column, info);
    }
    schema.inputs.push_back(std::move(info));
  }
  infer_images(table, options, schema);
  const bool any =
      options.images || std::any_of(schema.inputs.begin(), schema.inputs.end(),
                                    [](const ColumnInfo& info) { return info.kind != ColumnKind::ignored; });
  if (!any) throw Error(Code::data, message("{} has no column to learn from besides the target", table.path));
  return schema;
}

std::optional<DateOrder> shown_order(const TableColumn& column) {
  std::size_t day_first = 0, month_first = 0;
  for (const std::string& text : column.vocabulary) {
    const bool day = parse_date(text, DateOrder::day_first).has_value(), month = parse_date(text).has_value();
    day_first += day && !month ? 1 : 0;
    month_first += month && !day ? 1 : 0;
  }
  if (day_first + month_first == 0) return {};
  return day_first > month_first ? DateOrder::day_first : DateOrder::month_first;
}

std::optional<double> parse_date(std::string_view text, DateOrder order) {
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
  const bool day_first = !year_first && order == DateOrder::day_first;
  const int year = year_first ? a : c, month = year_first || day_first ? b : a,
            day = year_first  ? c
                  : day_first ? a
                              : b;
  if (year < 1000 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month)) return {};
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
