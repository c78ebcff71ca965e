// What is done with a piece of a result as soon as it is final, while it is in the cache.
#pragma once

#include "fathom/base/shape.hpp"

namespace fathom {

// rows x columns neighbouring elements, the first at `begin`, `row_step` from a row to the next.
struct Piece {
  Index begin, rows, columns, row_step;
};

// A function with its context; it may be called for several pieces at the same time, and once for each element. Without
// one, nothing is done.
struct Finish {
  void (*call)(const void* context, const Piece& piece) noexcept = nullptr;
  const void* context = nullptr;

  void operator()(const Piece& piece) const noexcept {
    if (call != nullptr) call(context, piece);
  }
};

}  // namespace fathom
