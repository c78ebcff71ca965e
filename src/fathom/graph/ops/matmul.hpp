// Matrix products.
#pragma once

#include "fathom/graph/ops/reduce.hpp"

namespace fathom {

extern const Op matmul_op;  // ints: {transpose a, transpose b}

// Whether an operand of matmul is read with its last two axes swapped.
struct Transposed {
  bool a = false;
  bool b = false;
};
// [..., m, k] x [..., k, n] -> [..., m, n]; the leading axes broadcast.
Var matmul(Operand a, Operand b, Transposed transposed = {});
// <a, b>: the sum of all products.
Var dot(Operand a, Operand b);

}  // namespace fathom
