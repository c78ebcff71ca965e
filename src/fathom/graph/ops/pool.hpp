// Pools over images with channels last: what each window of an image sums up to, or its largest.
//
// A window covers rows i stride - padding + [0, window) of the image, columns likewise; what lies outside of the image
// is in no window, so it neither adds to a sum nor can be the largest. Two linear ops, each the other's transpose, and
// two more beside the largest:
//
//   y[n, i, j, c] = sum of x in the window     pool_sum           x[n, h, w, c] = sum of y over the windows that
//                                              pool_sum_input     the pixel is in
//   the largest x in the window                pool_max
//   the mean of t where x is the largest       pool_winners, and its transpose in t, pool_max_input
#pragma once

#include "fathom/graph/ops/shape.hpp"

namespace fathom {

// ints of all five: {window, stride, padding} (two each: rows, columns); then, for pool_sum_input, the rows and columns
// of x.
extern const Op pool_sum_op;        // x [n, h, w, c] -> [n, i, j, c]
extern const Op pool_sum_input_op;  // y [n, i, j, c] -> [n, h, w, c]
extern const Op pool_max_op;        // x [n, h, w, c] -> [n, i, j, c]; a NaN wins
extern const Op pool_winners_op;    // x, t [n, h, w, c] -> [n, i, j, c]
extern const Op pool_max_input_op;  // x [n, h, w, c], c [n, i, j, c] -> [n, h, w, c]

// The numbers of one pool, from its attributes and the shapes.
struct PoolGeometry {
  Index n, h, w, c, i, j;
  Index window[2], stride[2], padding[2];
};
// Of a node of one of the five ops.
PoolGeometry pool_geometry(const Op& op, std::span<const Type> in, const Attributes& attributes);

}  // namespace fathom
