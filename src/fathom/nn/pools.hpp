// Pools: the largest or the mean of each window of images [n, h, w, c] or sequences [n, l, c].
#pragma once

#include "fathom/graph/ops/pool.hpp"

namespace fathom {

struct PoolOptions {
  Shape stride = {};       // from one window to the next; empty: the window, so that windows lie side by side
  Shape padding = {0, 0};  // rows and columns on every side that hold nothing
  // Of a mean: the padding counts as zeros, so that every window is divided by its full size. Else each is divided by
  // the pixels that it holds.
  bool count_padding = false;
};

// The largest of each window of rows x columns: [n, h, w, c] -> [n, i, j, c] with
// i = floor((h + 2 padding - window) / stride) + 1, and j likewise; rows and columns that fill no window are left out.
// The padding is never the largest. The gradient is shared equally among equals.
// Throws Error(usage) for a window or stride below 1, a padding below 0 or above half the window, and a window larger
// than the padded image.
Var max_pool(Operand images, Shape window, const PoolOptions& options = {});
// The mean of each window, with the same shapes and errors.
Var mean_pool(Operand images, Shape window, const PoolOptions& options = {});
// Of sequences [n, l, c] -> [n, j, c]. The options' second numbers are those of the sequence.
Var max_pool1d(Operand sequences, Index window, const PoolOptions& options = {});
Var mean_pool1d(Operand sequences, Index window, const PoolOptions& options = {});
// The mean of each channel: [n, h, w, c] -> [n, c].
Var global_mean_pool(Operand images);

}  // namespace fathom
