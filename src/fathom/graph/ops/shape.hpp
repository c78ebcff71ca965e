// Ops that move numbers without changing them.
#pragma once

#include "fathom/graph/ops/elementwise.hpp"

namespace fathom {

extern const Op reshape_op;    // ints: the new shape
extern const Op permute_op;    // ints: out axis i is in axis ints[i]
extern const Op broadcast_op;  // ints: the new shape; axes aligned at the end
extern const Op slice_op;      // ints: start..., length..., step... (one each per axis)
extern const Op pad_op;        // ints: before..., after..., between... (one each per axis); filled with 0
extern const Op concat_op;     // ints: {axis}
extern const Op reverse_op;    // ints: 1 for each axis to reverse, else 0

// One length may be -1: it is what remains.
Var reshape(Operand x, Shape shape);
Var permute(Operand x, Shape axes);
// Swaps the last two axes.
Var transpose(Operand x);
Var broadcast_to(Operand x, Shape shape);
// x[start : start + length : step] along one axis; `length` counts elements of the result.
struct SliceOptions {
  Index start = 0;
  Index length = 1;
  Index step = 1;
};
Var slice(Operand x, int axis, SliceOptions options);
// Slices on all axes at once.
Var slice_all(Operand x, Shape start, Shape length, Shape step, SourceLocation at);
// Zeros before, after and between the elements of each axis.
Var pad(Operand x, Shape before, Shape after, Shape between, SourceLocation at);
Var concat(const Vars& parts, int axis, SourceLocation at = SourceLocation::here());
Var reverse(Operand x, int axis);
// Sums x down to a shape that broadcasts to x's: the transpose of broadcast_to.
Var sum_to(Var x, Shape shape);

}  // namespace fathom
