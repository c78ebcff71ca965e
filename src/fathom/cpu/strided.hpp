// Reading and writing memory along strides: what broadcasts, permutes, slices and pads come down to.
#pragma once

#include "fathom/base/shape.hpp"

namespace fathom {

// An order in which to visit memory: position i of `shape` (row-major) is at base + sum(index * strides), in elements.
struct Walk {
  Shape shape;
  Shape strides;
  Index base = 0;
};

// Drops axes of length 1 and joins neighbours that one stride can walk.
Walk collapsed(Walk walk);

// to[i] = from[walk(begin + i)] for i in [0, n). Elements are 4 or 8 bytes.
void read_strided(void* to, const void* from, const Walk& walk, Index begin, Index n,
                  std::size_t element_size) noexcept;
// to[walk(begin + i)] = from[i].
void write_strided(void* to, const void* from, const Walk& walk, Index begin, Index n,
                   std::size_t element_size) noexcept;

}  // namespace fathom
