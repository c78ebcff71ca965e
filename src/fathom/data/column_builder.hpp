// ColumnBuilder: turns the fields of one column, one by one, into numbers or levels, whichever they turn out to be.
//
// 1. A row costs 4 bytes at any time: a level while the spellings are few, a number once they are many (8 where an f32
//    would round large numbers).
// 2. Text that is rare among many numbers counts as missing; where it is not rare, the numbers become levels.
// 3. Commas that may be decimal mean what most_spellings different values show; where they show nothing, they are.
// 4. Numbers of one width with zeros in front (007, 020), and whole ones beyond 2^53, are codes: levels.
#pragma once

#include <array>
#include <unordered_map>

#include "fathom/data/growing_list.hpp"
#include "fathom/data/table.hpp"

namespace fathom {

struct ColumnReading {
  bool text = false;                // as it is written, even if all of it is numbers
  bool comma_open = false;          // commas may be decimal: the values show what they are
  std::optional<Comma> comma = {};  // or it is known
};

class ColumnBuilder {
 public:
  ColumnBuilder(std::string name, const ColumnReading& reading);

  void add_missing();
  void add(std::string_view text, Index line);
  // The column; the builder is empty afterwards.
  TableColumn finish();

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  // Short texts that came lately, as whole words: most fields of a column with few values are found here.
  struct Recent {
    std::uint64_t word = 0;
    std::int32_t level = -1;
  };

  std::int32_t level_of(std::string_view text);
  std::int32_t look_up(std::string_view text);
  void note_odd(std::string_view text, Index line);
  std::optional<double> parse(std::string_view text) const;
  void decide_comma();
  void add_number(double number);
  template <class F>
  void drain_numbers(F&& f);
  void become_numbers();
  void become_levels();
  bool are_codes() const;

  TableColumn column_;
  ColumnReading reading_;
  GrowingList<std::int32_t> levels_;
  GrowingList<float> numbers_;
  GrowingList<double> exact_;  // in the place of numbers_ once an f32 would round one
  std::unordered_map<std::string, std::int32_t, TextHash, std::equal_to<>> places_;  // of the vocabulary
  std::vector<double> level_numbers_;                                                // NaN: not a number
  std::array<Recent, 256> recent_;
  std::vector<std::pair<std::size_t, std::string>> odd_rows_;  // text among many numbers
  bool has_numbers_ = false, is_exact_ = false, settled_ = false, shortest_ = false;
};

}  // namespace fathom
