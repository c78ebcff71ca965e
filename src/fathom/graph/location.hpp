// A place in the user's source, carried by every node for messages.
#pragma once

#include <string>

namespace fathom {

struct SourceLocation {
  const char* file = "";
  int line = 0;

  static constexpr SourceLocation here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
    return {file, line};
  }
};

// "model.cpp:31"
std::string to_string(SourceLocation at);

}  // namespace fathom
