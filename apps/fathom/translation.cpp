#include "translation.hpp"

#include <charconv>
#include <map>

#include "chinese/tables.hpp"

namespace fathom::app {

namespace {

// Gives each part of a pattern to one of two functions: text between braces, and the number of an argument.
template <class OnText, class OnArgument>
void walk(std::string_view pattern, OnText&& on_text, OnArgument&& on_argument) {
  std::size_t next = 0;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    const bool brace = pattern[at] == '{' || pattern[at] == '}';
    const std::size_t end = pattern.find('}', at);
    if (brace && at + 1 < pattern.size() && pattern[at + 1] == pattern[at]) {  // {{ and }} stand for themselves
      on_text(pattern.substr(at++, 1));
    } else if (pattern[at] != '{' || end == std::string_view::npos) {
      on_text(pattern.substr(at, 1));
    } else {
      std::size_t place = next;
      std::from_chars(pattern.data() + at + 1, pattern.data() + end, place);
      ++next;
      on_argument(place);
      at = end;
    }
  }
}

}  // namespace

std::vector<std::span<const Translation>> chinese_tables() {
  return {chinese_data(),      chinese_train(), chinese_report(),   chinese_command(),   chinese_curvature(),
          chinese_landscape(), chinese_lab(),   chinese_lab_ways(), chinese_lab_models()};
}

std::string_view chinese_pattern(std::string_view english) {
  static const auto places = [] {
    std::map<std::string_view, std::string_view> map;
    for (const auto& table : chinese_tables())
      for (const Translation& translation : table) map.emplace(translation.english, translation.chinese);
    return map;
  }();
  const auto it = places.find(english);
  return it == places.end() ? std::string_view{} : it->second;
}

std::string filled(std::string_view pattern, const std::vector<std::string>& arguments) {
  std::string text;
  walk(
      pattern, [&](std::string_view part) { text += part; },
      [&](std::size_t place) { text += place < arguments.size() ? arguments[place] : ""; });
  return text;
}

std::vector<std::size_t> taken(std::string_view pattern) {
  std::vector<std::size_t> places;
  walk(
      pattern, [](std::string_view) {}, [&](std::size_t place) { places.push_back(place); });
  return places;
}

}  // namespace fathom::app
