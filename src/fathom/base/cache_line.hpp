// Lines of the cache: what lies in memory of its own begins with one.
#pragma once

#include <cstddef>

namespace fathom {

// Rounded up to whole lines of 64 bytes.
constexpr std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace fathom
