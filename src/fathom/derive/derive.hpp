// Derivatives: graph in, bigger graph out. Everything follows from the operand rules of the ops, to any order.
//
// 1. `wrt` may be inputs or any other values; a value in `wrt` is independent of what it was computed from.
// 2. Nothing flows through i32 values and constant operands; what does not depend on `wrt` has derivative zero.
#pragma once

#include "fathom/graph/graph.hpp"

namespace fathom {

// Jacobian times tangents: gives dy = sum_k (dy / d wrt_k) tangents_k for each y in `outputs`.
Vars jvp(const Vars& outputs, const Vars& wrt, const Vars& tangents);

// Transposed Jacobian times cotangents: for s = sum_k <cotangents_k, outputs_k>, gives ds / d wrt.
Vars vjp(const Vars& outputs, const Vars& wrt, const Vars& cotangents);

// The gradient of a scalar. Throws Error(usage) when `loss` is not one.
Vars grad(Var loss, const Vars& wrt);

// Hessian times v, by a tangent through the gradient (Pearlmutter 1994).
Vars hvp(Var loss, const Vars& wrt, const Vars& v);

// Gauss-Newton matrix times v: J' H J v, with J = d outputs / d wrt and H the Hessian of `loss` in `outputs`
// (Schraudolph 2002). `loss` must be computed from `outputs`.
Vars gauss_newton_product(Var loss, const Vars& outputs, const Vars& wrt, const Vars& v);

}  // namespace fathom
