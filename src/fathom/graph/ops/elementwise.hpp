// Elementwise ops. Binary ones broadcast as NumPy does: axes are aligned at the end, and an axis of
// length 1 (or a missing one) is repeated. Numbers take the element type of the other operand.
#pragma once

#include "fathom/graph/ops/constant.hpp"

namespace fathom {

extern const Op add_op, sub_op, mul_op, div_op, maximum_op, minimum_op, less_op, less_equal_op, equal_op, not_equal_op,
    select_op;
extern const Op neg_op, exp_op, log_op, expm1_op, log1p_op, sqrt_op, rsqrt_op, tanh_op, sigmoid_op, relu_op, erf_op,
    sin_op, cos_op, pow_op, abs_op, sign_op, cast_op, stop_gradient_op;

Var add(Operand a, Operand b);
Var sub(Operand a, Operand b);
Var mul(Operand a, Operand b);
Var div(Operand a, Operand b);
Var maximum(Operand a, Operand b);
Var minimum(Operand a, Operand b);
// Masks: 1 where the relation holds and 0 where it does not, in the operands' float type. Nothing flows back.
Var less(Operand a, Operand b);
Var less_equal(Operand a, Operand b);
Var equal(Operand a, Operand b);
Var not_equal(Operand a, Operand b);
// a where mask is not 0, else b.
Var select(Operand mask, Operand a, Operand b);

Var neg(Operand x);
Var exp(Operand x);
Var log(Operand x);
Var expm1(Operand x);  // exp(x) - 1, exact near 0
Var log1p(Operand x);  // log(1 + x), exact near 0
Var sqrt(Operand x);
Var rsqrt(Operand x);  // 1 / sqrt(x)
Var tanh(Operand x);
Var sigmoid(Operand x);  // 1 / (1 + exp(-x))
Var relu(Operand x);     // 0 where x <= 0, else x; derivative 0 at 0
Var erf(Operand x);
Var sin(Operand x);
Var cos(Operand x);
Var pow(Operand x, double exponent);
Var abs(Operand x);   // derivative 0 at 0
Var sign(Operand x);  // -1, 0, 1
Var square(Operand x);
Var cast(Operand x, Dtype dtype);  // to i32: towards zero
Var stop_gradient(Operand x);      // the value, as a constant

inline Var operator+(Operand a, Operand b) { return add(a, b); }
inline Var operator-(Operand a, Operand b) { return sub(a, b); }
inline Var operator*(Operand a, Operand b) { return mul(a, b); }
inline Var operator/(Operand a, Operand b) { return div(a, b); }
inline Var operator-(Operand x) { return neg(x); }

// The shape that two shapes broadcast to. Throws Error(usage) naming both.
Shape broadcast_shapes(const Shape& a, const Shape& b);

}  // namespace fathom
