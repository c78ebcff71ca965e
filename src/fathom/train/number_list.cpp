#include "fathom/train/number_list.hpp"

#include <fmt/format.h>

#include <charconv>

#include "fathom/base/error.hpp"

namespace fathom {

std::string number_list(const std::vector<Index>& numbers) { return fmt::format("{}", fmt::join(numbers, " ")); }

std::vector<Index> whole_numbers(const std::string& text, const std::string& key, const std::string& source) {
  std::vector<Index> numbers;
  const char *at = text.data(), *end = at + text.size();
  while (at < end) {
    Index number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc{} || number < 1 || number > (Index{1} << 24) || (next < end && *next != ' '))
      fail(Code::data, "{} is damaged: {} is \"{}\"", source, key, text);
    numbers.push_back(number);
    at = next < end ? next + 1 : next;
  }
  return numbers;
}

}  // namespace fathom
