#include "fathom/data/column_builder.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace fathom {

namespace {

// More different spellings than this, nearly all of them numbers, are kept as numbers alone.
constexpr std::size_t most_spellings = 2000;
// Text is rare among numbers up to one in so many rows.
constexpr std::size_t rare = 20;
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// As short as it can be written, and as exact as it is kept.
std::string text_of(double number) {
  const auto rounded = static_cast<float>(number);
  return static_cast<double>(rounded) == number ? number_text(rounded) : exact_text(number);
}

}  // namespace

ColumnBuilder::ColumnBuilder(std::string name, const ColumnReading& reading) : reading_(reading) {
  column_.name = std::move(name);
}

std::optional<double> ColumnBuilder::parse(std::string_view text) const {
  if (reading_.comma) return parse_number(text, *reading_.comma);
  return reading_.comma_open ? parse_number(text, Comma::decimal) : parse_number(text);
}

// The values with commas that can be read in one way only decide for the others.
void ColumnBuilder::decide_comma() {
  if (reading_.comma || !reading_.comma_open || reading_.text) return;
  bool any = false, thousands = false, decimal = false;
  for (const std::string& text : column_.vocabulary) {
    any = any || text.find(',') != std::string::npos;
    const auto shown = shown_comma(text);
    thousands = thousands || shown == Comma::thousands;
    decimal = decimal || shown == Comma::decimal;
  }
  if (!any) return;
  reading_.comma = thousands && !decimal ? Comma::thousands : Comma::decimal;
  column_.comma_is_clear = thousands || decimal;
  for (std::size_t level = 0; level < level_numbers_.size(); ++level)
    if (const auto number = parse(column_.vocabulary[level])) level_numbers_[level] = kept_number(*number);
}

void ColumnBuilder::add_number(double number) {
  if (!is_exact_ && !std::isnan(number) && static_cast<double>(static_cast<float>(number)) != number) {
    is_exact_ = true;
    numbers_.drain([&](float before) { exact_.push_back(static_cast<double>(before)); });
  }
  if (is_exact_)
    exact_.push_back(number);
  else
    numbers_.push_back(static_cast<float>(number));
}

template <class F>
void ColumnBuilder::drain_numbers(F&& f) {
  numbers_.drain([&](float number) { f(static_cast<double>(number)); });
  exact_.drain(f);
}

std::int32_t ColumnBuilder::look_up(std::string_view text) {
  if (const auto it = places_.find(text); it != places_.end()) return it->second;
  const auto level = static_cast<std::int32_t>(column_.vocabulary.size());
  column_.vocabulary.emplace_back(text);
  places_.emplace(column_.vocabulary.back(), level);
  const auto number = reading_.text ? std::nullopt : parse(text);
  level_numbers_.push_back(number ? kept_number(*number) : not_a_number);
  return level;
}

std::int32_t ColumnBuilder::level_of(std::string_view text) {
  if (text.size() > 8) return look_up(text);
  std::uint64_t word = 0;
  std::memcpy(&word, text.data(), text.size());
  Recent& recent = recent_[(word * 0x9E3779B97F4A7C15) >> 56];
  if (recent.level < 0 || recent.word != word) recent = {word, look_up(text)};
  return recent.level;
}

void ColumnBuilder::note_odd(std::string_view text, Index line) {
  ++column_.odd_count;
  if (column_.odd.size() < 3) column_.odd.emplace_back(std::string(text), line);
}

void ColumnBuilder::add_missing() {
  ++column_.missing;
  if (has_numbers_)
    add_number(not_a_number);
  else
    levels_.push_back(-1);
}

void ColumnBuilder::add(std::string_view text, Index line) {
  if (has_numbers_) {
    const auto number = parse(text);
    add_number(number ? kept_number(*number) : not_a_number);
    if (number) return;
    note_odd(text, line);
    const std::size_t rows = numbers_.size() + exact_.size();
    odd_rows_.emplace_back(rows - 1, std::string(text));
    if (odd_rows_.size() > 1000 && odd_rows_.size() * rare > rows) become_levels();
    return;
  }
  std::int32_t level = level_of(text);
  const double number = level_numbers_[static_cast<std::size_t>(level)];
  if (std::isnan(number))
    note_odd(text, line);
  else if (shortest_)
    level = level_of(text_of(number));
  levels_.push_back(level);
  if (settled_ || column_.vocabulary.size() <= most_spellings) return;
  settled_ = true;
  decide_comma();
  if (!reading_.text && static_cast<std::size_t>(column_.odd_count) * rare <= levels_.size() && !are_codes())
    become_numbers();
}

// "007": zeros in front of numbers that are all equally wide; or whole numbers beyond 2^53, which only ids need.
bool ColumnBuilder::are_codes() const {
  constexpr std::string_view last_whole = "9007199254740992";
  const auto& texts = column_.vocabulary;
  bool same_width = true, zero = false, long_id = false;
  for (const std::string& text : texts) {
    if (text.find_first_not_of("0123456789") != std::string::npos) return false;
    same_width = same_width && text.size() == texts.front().size();
    zero = zero || (text.size() > 1 && text[0] == '0');
    long_id = long_id || text.size() > last_whole.size() || (text.size() == last_whole.size() && text > last_whole);
  }
  return (same_width && zero) || long_id;
}

void ColumnBuilder::become_numbers() {
  has_numbers_ = true;
  levels_.drain([&](std::int32_t level) {
    const double number = level < 0 ? not_a_number : level_numbers_[static_cast<std::size_t>(level)];
    add_number(number);
    if (level >= 0 && std::isnan(number))
      odd_rows_.emplace_back(numbers_.size() + exact_.size() - 1, column_.vocabulary[static_cast<std::size_t>(level)]);
  });
  column_.vocabulary = {};
  places_ = {};
  level_numbers_ = {};
}

void ColumnBuilder::become_levels() {
  has_numbers_ = is_exact_ = false;
  settled_ = shortest_ = true;
  recent_ = {};
  auto odd = odd_rows_.begin();
  std::size_t row = 0;
  drain_numbers([&](double number) {
    if (odd != odd_rows_.end() && odd->first == row)
      levels_.push_back(look_up(odd++->second));
    else
      levels_.push_back(std::isnan(number) ? -1 : look_up(text_of(number)));
    ++row;
  });
  odd_rows_ = {};
}

TableColumn ColumnBuilder::finish() {
  if (!settled_) decide_comma();
  if (has_numbers_ && odd_rows_.size() * rare > numbers_.size() + exact_.size()) become_levels();
  const auto known = static_cast<Index>(levels_.size()) - column_.missing;
  if (!has_numbers_ && (known == 0 || (column_.odd_count == 0 && !are_codes()))) become_numbers();
  column_.numeric = has_numbers_;
  column_.comma = reading_.comma;
  if (has_numbers_) {
    column_.missing += column_.odd_count;
    const std::size_t rows = numbers_.size() + exact_.size();
    column_.numbers.reserve(rows);
    if (is_exact_) column_.exact.reserve(rows);
    drain_numbers([&](double number) {
      column_.numbers.push_back(static_cast<float>(number));
      if (is_exact_) column_.exact.push_back(number);
    });
  } else {
    if (column_.odd_count == known || column_.odd_count == 0) {  // text, or codes: none of it is odd
      column_.odd.clear();
      column_.odd_count = 0;
    }
    column_.levels.reserve(levels_.size());
    levels_.drain([&](std::int32_t level) { column_.levels.push_back(level); });
  }
  places_ = {};
  return std::move(column_);
}

}  // namespace fathom
