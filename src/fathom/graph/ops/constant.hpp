// Values known at trace time: numbers, filled tensors, counting sequences.
#pragma once

#include "fathom/graph/trace.hpp"

namespace fathom {

extern const Op constant_op;  // reals {value}, ints {dtype}: a scalar
extern const Op iota_op;      // ints {dtype, axis, shape...}: out[i] = i[axis]

// A scalar of the given type.
Var constant(Graph& graph, double value, Dtype dtype);
// A tensor of one value.
Var full(Graph& graph, Type type, double value);
// Zeros or a value with the type of `like`.
Var full_like(Var like, double value);
inline Var zeros_like(Var like) { return full_like(like, 0); }
// out[..., i, ...] = i along `axis`.
Var iota(Graph& graph, Type type, int axis, SourceLocation at = SourceLocation::here());
// If the value is a constant, or a broadcast of one: gives it.
bool is_constant(Var value, double* number = nullptr);

}  // namespace fathom
