#include "fathom/data/csv.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace fathom {

CsvReader::CsvReader(std::unique_ptr<ByteSource> source, std::string path, char delimiter)
    : source_(std::move(source)), path_(std::move(path)), delimiter_(delimiter) {}

void CsvReader::refuse(const Message& what, const Message& hint) const {
  throw Error(Code::data, what, fmt::format("{}:{}", path_, record_line_), hint);
}

bool CsvReader::fill() {
  if (ended_) return false;
  constexpr std::size_t step = 1 << 18;
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  const std::size_t had = buffer_.size();
  buffer_.resize(had + step);
  std::size_t end = had;
  while (!ended_ && end < had + 3) {  // at least a byte order mark at once
    const std::size_t count = source_->read(buffer_.data() + end, had + step - end);
    ended_ = count == 0;
    end += count;
  }
  buffer_.resize(end);
  if (first_ && buffer_.compare(0, 3, "\xEF\xBB\xBF") == 0) at_ = 3;
  first_ = false;
  return end > had;
}

void CsvReader::check_text(std::string_view record) const {
  if (record.find('\0') != std::string_view::npos)
    refuse(message("{} line {} contains a NUL byte: this is not a text file", path_, record_line_),
           "export it as CSV in UTF-8 (UTF-16 has NUL bytes)");
  const std::size_t bad = first_bad_utf8(record);
  if (bad == std::string_view::npos) return;
  const bool chinese = detect_encoding(record) == Encoding::gb18030;
  const std::string_view before = record.substr(0, bad);
  const std::size_t line = record_line_ + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t column = bad - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
  const std::string_view name = chinese ? "gb18030" : "latin-1";
  throw Error(Code::data,
              message("{} is not UTF-8 (byte 0x{:02X} at line {}, column {}); it looks like {}", path_,
                      static_cast<unsigned char>(record[bad]), line, column, chinese ? "GB18030" : "Latin-1"),
              fmt::format("{}:{}:{}", path_, line, column),
              message("add encoding = \"{}\" under [data], or pass --set data.encoding={}", name, name));
}

// Finds the end of the record that begins at at_; reads more of the file as needed. Gives how many newlines are in it.
std::size_t CsvReader::find_end(std::size_t& end) {
  enum class In { start, plain, quotes, after_quote } in = In::start;
  std::size_t scan = at_, newlines = 0;
  while (true) {
    if (scan == buffer_.size()) {
      const std::size_t offset = scan - at_;
      if (offset > longest_record)
        refuse(message("{} line {} is longer than {} MB", path_, record_line_, longest_record >> 20),
               in == In::quotes ? "a quote that opens there is never closed"
                                : "is this a text file with one record a line?");
      const bool more = fill();
      scan = at_ + offset;
      if (!more) break;
      continue;
    }
    if (in == In::plain) {  // up to the next delimiter or newline
      while (scan < buffer_.size() && buffer_[scan] != '\n' && buffer_[scan] != delimiter_) ++scan;
      if (scan == buffer_.size()) continue;
    } else if (in == In::quotes) {
      while (scan < buffer_.size() && buffer_[scan] != '"') newlines += buffer_[scan++] == '\n' ? 1 : 0;
      if (scan == buffer_.size()) continue;
      in = In::after_quote;
      ++scan;
      continue;
    }
    const char c = buffer_[scan];
    if (c == '\n') break;
    if (c == delimiter_)
      in = In::start;
    else if (c == '"' && in != In::plain)
      in = In::quotes;  // it opens the field, or doubles the one before
    else if (c != ' ' || in == In::after_quote)
      in = In::plain;
    ++scan;
  }
  if (in == In::quotes)
    refuse(message("{} line {}: a quote is never closed", path_, record_line_),
           "double the quotes inside of a quoted field");
  end = scan;
  return newlines;
}

bool CsvReader::next(std::vector<CsvField>& fields) {
  while (true) {
    record_line_ = line_;
    std::size_t end = 0;
    const std::size_t newlines = find_end(end);
    if (end == at_ && end == buffer_.size()) return false;
    std::string_view record(buffer_.data() + at_, end - at_);
    const bool at_end = end == buffer_.size();
    at_ = at_end ? end : end + 1;
    line_ += newlines + (at_end ? 0 : 1);
    if (!record.empty() && record.back() == '\r') record.remove_suffix(1);
    if (record.find_first_not_of(' ') == std::string_view::npos) {
      if (!keep_blank_) continue;
      fields.assign(1, {});
      return true;
    }
    check_text(record);
    take_fields(record, fields);
    return true;
  }
}

// A field in quotes, which open at `at`: moves `at` behind the field.
std::string_view CsvReader::take_quoted(std::string_view record, std::size_t& at, std::size_t field) {
  const std::size_t from = unescaped_.size();
  std::size_t k = at + 1;
  while (k < record.size()) {
    const std::size_t quote = std::min(record.find('"', k), record.size());
    unescaped_ += record.substr(k, quote - k);
    k = quote;
    if (k + 1 >= record.size() || record[k + 1] != '"') break;
    unescaped_ += '"';
    k += 2;
  }
  at = std::min(record.find(delimiter_, k), record.size());
  const std::string_view rest = k + 1 <= at ? record.substr(k + 1, at - k - 1) : std::string_view{};
  if (rest.find_first_not_of(' ') != std::string_view::npos)
    refuse(message("{} line {}: text follows the closing quote of field {}", path_, record_line_, field),
           "double the quotes inside of a quoted field");
  return std::string_view(unescaped_).substr(from);
}

void CsvReader::take_fields(std::string_view record, std::vector<CsvField>& fields) {
  fields.clear();
  unescaped_.clear();
  unescaped_.reserve(record.size());  // views into it stay valid
  std::size_t at = 0;
  while (true) {
    while (at < record.size() && record[at] == ' ') ++at;
    if (at < record.size() && record[at] == '"') {
      const std::string_view text = take_quoted(record, at, fields.size() + 1);
      fields.push_back({text, true});
    } else {
      const std::size_t end = std::min(record.find(delimiter_, at), record.size());
      std::string_view text = record.substr(at, end - at);
      while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
      fields.push_back({text, false});
      at = end;
    }
    if (at == record.size()) return;
    ++at;
  }
}

std::optional<double> parse_number(std::string_view text) {
  if (text.empty()) return {};
  const bool plus = text.front() == '+';
  if (plus) text.remove_prefix(1);
  const std::string_view digits = !text.empty() && text.front() == '-' ? text.substr(plus ? text.size() : 1) : text;
  if (digits.empty() || !((digits.front() >= '0' && digits.front() <= '9') || digits.front() == '.')) return {};
  double value = 0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() &&
      std::abs(value) <= static_cast<double>(std::numeric_limits<float>::max()))
    return value;
  // 1,234,567.8: groups of three.
  if (text.find(',') == std::string_view::npos) return {};
  std::string plain;
  std::size_t since = 0;
  bool grouped = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      if ((grouped && since != 3) || since == 0 || since > 3 || plain.find('.') != std::string::npos) return {};
      grouped = true;
      since = 0;
      continue;
    }
    if (text[i] == '.' && grouped && since != 3) return {};
    if (text[i] >= '0' && text[i] <= '9' && plain.find('.') == std::string::npos) ++since;
    plain += text[i];
  }
  if (plain.find('.') == std::string::npos && since != 3) return {};
  return parse_number(plain);
}

std::optional<Comma> shown_comma(std::string_view text) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return {};
  const bool groups = parse_number(text).has_value();
  if (!groups) return parse_number(text, Comma::decimal) ? std::optional(Comma::decimal) : std::nullopt;
  const bool lone = comma == text.rfind(',') && text.find('.') == std::string_view::npos;
  return lone ? std::nullopt : std::optional(Comma::thousands);
}

std::optional<double> parse_number(std::string_view text, Comma comma) {
  const std::size_t first = text.find(',');
  const bool lone = first != std::string_view::npos && first == text.rfind(',');
  const std::size_t point = text.rfind('.');
  const bool groups = !lone || comma == Comma::thousands || (point != std::string_view::npos && point > first);
  if (groups)
    if (const auto number = parse_number(text)) return number;
  if (first != std::string_view::npos && !lone) return {};
  // Points that group, and a comma that is a point: the other way round than parse_number reads them.
  std::string turned(text);
  for (char& c : turned) c = c == ',' ? '.' : c == '.' ? ',' : c;
  return parse_number(turned);
}

std::string number_text(float number) { return fmt::format("{}", number); }

double kept_number(double number) {
  constexpr double exact = 1 << 24;  // whole numbers up to it are all f32
  const auto rounded = static_cast<double>(static_cast<float>(number));
  return std::abs(number) > exact ? number : rounded;
}

std::string exact_text(double kept) {
  constexpr double whole = 9007199254740992.0;  // 2^53
  if (kept == std::floor(kept) && std::abs(kept) <= whole) return fmt::format("{:.0f}", kept);
  const auto number = static_cast<float>(kept);
  return static_cast<double>(number) == kept ? number_text(number) : fmt::format("{}", kept);
}

bool decimal_commas_possible(char delimiter) { return delimiter == ';' || delimiter == '\t'; }

CsvDialect detect_dialect(std::string_view beginning) {
  if (beginning.substr(0, 3) == "\xEF\xBB\xBF") beginning.remove_prefix(3);
  // Whole lines only, if there is one.
  if (const std::size_t last = beginning.rfind('\n'); last != std::string_view::npos)
    beginning = beginning.substr(0, last + 1);
  CsvDialect best;
  std::size_t best_score = 0;
  std::vector<std::vector<std::string>> best_rows;
  for (const char delimiter : {',', '\t', ';', '|'}) {
    std::vector<std::vector<std::string>> rows;
    try {
      CsvReader reader(bytes_of(std::string(beginning)), "", delimiter);
      std::vector<CsvField> fields;
      while (rows.size() < 200 && reader.next(fields)) {
        auto& row = rows.emplace_back();
        for (const CsvField& field : fields) row.emplace_back(field.text);
      }
    } catch (const Error&) {  // quotes that do not pair up: not this delimiter, or an error that reading will report
    }
    if (rows.empty()) continue;
    const auto same = static_cast<std::size_t>(
        std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return row.size() == rows.front().size(); }));
    const std::size_t score =
        rows.front().size() > 1 ? same * 1000 / rows.size() * 100 + std::min<std::size_t>(rows.front().size(), 99) : 1;
    if (score > best_score) {
      best_score = score;
      best.delimiter = delimiter;
      best_rows = std::move(rows);
    }
  }
  if (best_rows.empty()) return best;
  // A header names its columns: it holds no numbers, and numbers may stand below its words. A file of text alone has
  // one unless the first row looks like the others: a name twice, or its values again below.
  const auto& first = best_rows.front();
  const bool may_be_decimal = decimal_commas_possible(best.delimiter);
  const auto is_number = [&](const std::string& text) {
    return (may_be_decimal ? parse_number(text, Comma::decimal) : parse_number(text)).has_value();
  };
  std::set<std::string> names;
  bool numbers = false, repeated = false, comes_again = false, over_numbers = false;
  for (std::size_t k = 0; k < first.size(); ++k) {
    const bool number = is_number(first[k]);
    numbers = numbers || number;
    repeated = repeated || !names.insert(first[k]).second;
    std::size_t below = 0, numbers_below = 0;
    for (std::size_t row = 1; row < best_rows.size(); ++row) {
      if (k >= best_rows[row].size() || best_rows[row][k].empty()) continue;
      ++below;
      numbers_below += is_number(best_rows[row][k]) ? 1 : 0;
      comes_again = comes_again || best_rows[row][k] == first[k];
    }
    over_numbers = over_numbers || (!number && !first[k].empty() && below > 0 && numbers_below == below);
  }
  best.header = !numbers && (over_numbers || (!repeated && !comes_again));
  return best;
}

}  // namespace fathom
