// A mistake in a configuration file, and how it is shown: the line, a caret, and what to do.
#pragma once

#include <string>
#include <vector>

#include "fathom/base/message.hpp"

namespace fathom {

struct Problem {
  std::size_t line = 0, column = 0, length = 1;
  Message what, note, help;
};

// A line of a text, from 1; empty when there is none. Control characters are shown as spaces.
std::string line_of(const std::string& text, std::size_t number);
// All of them as one message, with how many there are.
Message render(const std::vector<Problem>& problems, const std::string& text, const std::string& file);

}  // namespace fathom
