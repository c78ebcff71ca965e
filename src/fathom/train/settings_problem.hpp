// A mistake in a configuration file, and how it is shown: the line, a caret, and what to do.
#pragma once

#include "fathom/base/message.hpp"
#include "fathom/train/settings.hpp"

namespace fathom {

struct Problem {
  std::size_t line = 0, column = 0, length = 1;
  Message what, note, help;
};

// A line of a text, from 1; empty when there is none. Control characters are shown as spaces.
std::string line_of(const std::string& text, std::size_t number);
// All of them as one message, with how many there are.
Message render(const std::vector<Problem>& problems, const std::string& text, const std::string& file);

// Several errors as one that ends with `count`, which says how many there are; the only one as it is. Needs: at least
// one.
Error joined(const std::vector<Error>& errors, const Message& count);

// Where the first of the conflict's keys came from that was set at all; empty when none was.
std::string origin_of(const Conflict& conflict, const Origins& origins);
bool is_in(const std::string& file, const std::string& origin);
// A conflict whose origin is a file with this text, at the value there.
Problem problem_of(const Conflict& conflict, const Origins& origins, const std::string& text);

}  // namespace fathom
