// What the library says, in Chinese: tables from English patterns to Chinese ones (chinese/).
//
// 1. A pattern that is not in the table stays English; nothing is guessed.
// 2. A Chinese pattern takes the arguments of its English one, each once or more, in any order ({0}, {1}, ...).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fathom::app {

struct Translation {
  std::string_view english, chinese;
};
// All of them, a table for each subject.
std::vector<std::span<const Translation>> chinese_tables();
// Empty when there is none.
std::string_view chinese_pattern(std::string_view english);

// A pattern with its {}, {:spec} and {1} replaced; the arguments are formatted already.
std::string filled(std::string_view pattern, const std::vector<std::string>& arguments);
// The numbers of the arguments that a pattern takes, in the order of the pattern.
std::vector<std::size_t> taken(std::string_view pattern);

}  // namespace fathom::app
