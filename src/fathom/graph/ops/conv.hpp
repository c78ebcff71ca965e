// Convolutions over images with channels last. Three ops, each the others' derivative: the sum over
//
//   y[n, i, j, o] += x[n, i stride - before + p dilation, ..., c] w[p, q, c, o]
//
// taken for y (conv), for x (conv_input: the transposed convolution) or for w (conv_weight). Outside of the image x is
// 0. With groups, channels and outputs are cut into equally many parts, and a part of y reads its part of x alone.
#pragma once

#include "fathom/graph/ops/index.hpp"

namespace fathom {

// ints of all three: {stride, before, after, dilation} (two each: rows, columns), groups; then, for conv_input, the
// rows and columns of x, and for conv_weight those of w.
extern const Op conv_op;         // x [n, h, w, c], w [p, q, c / groups, o] -> [n, i, j, o]
extern const Op conv_input_op;   // y [n, i, j, o], w [p, q, c / groups, o] -> [n, h, w, c]
extern const Op conv_weight_op;  // x [n, h, w, c], y [n, i, j, o] -> [p, q, c / groups, o]

struct ConvOptions {
  Shape stride = {1, 1};
  Shape padding = {0, 0};  // rows and columns of zeros on every side
  Shape dilation = {1, 1};
  Index groups = 1;
};

// Images [n, h, w, c] with weights [p, q, c / groups, o] -> [n, i, j, o] with
// i = floor((h + 2 padding - dilation (p - 1) - 1) / stride) + 1, and j likewise.
// Throws Error(usage) for a stride, dilation or groups below 1, a negative padding, a kernel larger than the padded
// image, and channels or outputs that the groups do not divide.
Var conv2d(Operand images, Operand weights, const ConvOptions& options = {});
// Its transpose (Zeiler et al. 2010): [n, i, j, o] with weights [p, q, c / groups, o] -> [n, rows, columns, c].
Var conv2d_transposed(Operand images, Operand weights, Index rows, Index columns, const ConvOptions& options = {});
// Sequences [n, l, c] with weights [p, c / groups, o] -> [n, i, o]. The options' second numbers are those of the
// sequence.
Var conv1d(Operand sequences, Operand weights, const ConvOptions& options = {});

// The numbers of one convolution, from its attributes and the shapes of x and w.
struct ConvGeometry {
  Index n, h, w, c, p, q, o, i, j;
  Index stride[2], before[2], dilation[2], groups;
};
// Of a conv, conv_input or conv_weight node.
ConvGeometry conv_geometry(const Op& op, std::span<const Type> in, const Attributes& attributes);

}  // namespace fathom
