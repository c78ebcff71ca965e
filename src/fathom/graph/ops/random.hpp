// Counter-based random numbers: a pure function of the key, the stream and the element's position.
//
// key is i32[4]: {seed low, seed high, step low, step high}. Block b of a stream is
// philox({seed low, seed high}, {b, step low, stream, step high}); its words make four f32 or two f64 numbers.
#pragma once

#include "fathom/graph/ops/index.hpp"

namespace fathom {

extern const Op uniform_op;  // ints {dtype, stream, shape...}: [0, 1)
extern const Op normal_op;   // ints {dtype, stream, shape...}: mean 0, standard deviation 1

Var uniform(Operand key, Index stream, Type type);
Var normal(Operand key, Index stream, Type type);

}  // namespace fathom
