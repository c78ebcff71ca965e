// Reductions along axes. A reduced axis disappears; negative axes count from the end.
#pragma once

#include "fathom/graph/ops/shape.hpp"

namespace fathom {

extern const Op sum_op;        // ints: the axes, ascending
extern const Op max_op;        // ints: {axis}
extern const Op argmax_op;     // ints: {axis}; i32; the first of equals; a NaN wins
extern const Op logsumexp_op;  // ints: {axis}
extern const Op cumsum_op;     // ints: {axis, reverse}; the axis stays

Var sum(Operand x);  // all axes
Var sum(Operand x, Shape axes);
Var mean(Operand x);
Var mean(Operand x, Shape axes);
Var max(Operand x, int axis);  // the gradient is shared equally among equals
Var argmax(Operand x, int axis);
Var logsumexp(Operand x, int axis);
Var cumsum(Operand x, int axis);
Var reverse_cumsum(Operand x, int axis);
// x with an axis of length 1 put at `axis`: undoes what a reduction took away.
Var expand(Operand x, int axis);

}  // namespace fathom
