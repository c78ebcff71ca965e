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
constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace

ColumnBuilder::ColumnBuilder(std::string name, Reading reading) : reading_(reading) { column_.name = std::move(name); }

std::int32_t ColumnBuilder::look_up(std::string_view text) {
  if (const auto it = places_.find(text); it != places_.end()) return it->second;
  const auto level = static_cast<std::int32_t>(column_.vocabulary.size());
  column_.vocabulary.emplace_back(text);
  places_.emplace(column_.vocabulary.back(), level);
  const auto number = reading_ == Reading::text ? std::nullopt : parse_number(text);
  level_numbers_.push_back(number ? static_cast<float>(*number) : not_a_number);
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
    numbers_.push_back(not_a_number);
  else
    levels_.push_back(-1);
}

void ColumnBuilder::add(std::string_view text, Index line) {
  if (has_numbers_) {
    const auto number = parse_number(text);
    numbers_.push_back(number ? static_cast<float>(*number) : not_a_number);
    if (number) return;
    note_odd(text, line);
    odd_rows_.emplace_back(numbers_.size() - 1, std::string(text));
    if (odd_rows_.size() > 1000 && odd_rows_.size() * rare > numbers_.size()) become_levels();
    return;
  }
  std::int32_t level = level_of(text);
  const float number = level_numbers_[static_cast<std::size_t>(level)];
  if (std::isnan(number))
    note_odd(text, line);
  else if (shortest_)
    level = level_of(number_text(number));
  levels_.push_back(level);
  if (settled_ || column_.vocabulary.size() <= most_spellings) return;
  settled_ = true;
  if (reading_ != Reading::text && static_cast<std::size_t>(column_.odd_count) * rare <= levels_.size() && !are_codes())
    become_numbers();
}

// "007": zeros in front of numbers that are all equally wide; or whole numbers that only an id needs so many digits
// for.
bool ColumnBuilder::are_codes() const {
  constexpr std::size_t id_digits = 17;
  const auto& texts = column_.vocabulary;
  bool same_width = true, zero = false, long_id = false;
  for (const std::string& text : texts) {
    if (text.find_first_not_of("0123456789") != std::string::npos) return false;
    same_width = same_width && text.size() == texts.front().size();
    zero = zero || (text.size() > 1 && text[0] == '0');
    long_id = long_id || text.size() >= id_digits;
  }
  return (same_width && zero) || long_id;
}

void ColumnBuilder::become_numbers() {
  has_numbers_ = true;
  levels_.drain([&](std::int32_t level) {
    const float number = level < 0 ? not_a_number : level_numbers_[static_cast<std::size_t>(level)];
    numbers_.push_back(number);
    if (level >= 0 && std::isnan(number))
      odd_rows_.emplace_back(numbers_.size() - 1, column_.vocabulary[static_cast<std::size_t>(level)]);
  });
  column_.vocabulary = {};
  places_ = {};
  level_numbers_ = {};
}

void ColumnBuilder::become_levels() {
  has_numbers_ = false;
  settled_ = shortest_ = true;
  recent_ = {};
  auto odd = odd_rows_.begin();
  std::size_t row = 0;
  numbers_.drain([&](float number) {
    if (odd != odd_rows_.end() && odd->first == row)
      levels_.push_back(look_up(odd++->second));
    else
      levels_.push_back(std::isnan(number) ? -1 : look_up(number_text(number)));
    ++row;
  });
  odd_rows_ = {};
}

TableColumn ColumnBuilder::finish() {
  if (has_numbers_ && odd_rows_.size() * rare > numbers_.size()) become_levels();
  const auto known = static_cast<Index>(levels_.size()) - column_.missing;
  if (!has_numbers_ && (known == 0 || (column_.odd_count == 0 && !are_codes()))) become_numbers();
  column_.numeric = has_numbers_;
  if (has_numbers_) {
    column_.missing += column_.odd_count;
    column_.numbers.reserve(numbers_.size());
    numbers_.drain([&](float number) { column_.numbers.push_back(number); });
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
