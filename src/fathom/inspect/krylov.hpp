// One Krylov space from one start, and what its tridiagonal projection says of the matrix: quadrature.
#pragma once

#include "fathom/inspect/eigen_solver.hpp"
#include "fathom/inspect/operator.hpp"

namespace fathom::curvature {

// Gauss quadrature of the measure that a start b sees of the spectrum: b'f(A)b is about |b|^2 sum_i weights[i]
// f(nodes[i]), exactly for polynomials f of degree 2 steps - 1 (Golub and Meurant 2010, chapter 6).
struct Quadrature {
  Vector nodes;    // ascending: Ritz values
  Vector weights;  // not negative, of sum 1
};

// By Lanczos' method with full reorthogonalisation: at most `steps` products, fewer where an invariant subspace is
// found first. A start of zeros has no nodes. Throws Error(usage) for fewer than 1 step.
Quadrature krylov_quadrature(SymmetricOperator& a, std::span<const double> start, Index steps);

// What a step could gain that follows the gradient g in its Krylov space, with the sign of negative curvature turned:
// g' |A|^-1 g / 2, where |eigenvalues| below `floor` count as it (Dauphin et al. 2014, saddle-free Newton).
// Needs: `seen` from the gradient, of squared norm `squared_norm`. Throws Error(usage) unless floor > 0.
double saddle_free_decrease(const Quadrature& seen, double squared_norm, double floor);

// That step and what it could gain, by at most `steps` products. On a quadratic it gains at least as much. A gradient
// of zeros gives a step of zeros. Throws as the two above.
struct SaddleFreeStep {
  Vector step;  // -|A|^-1 g
  double decrease = 0;
};
SaddleFreeStep saddle_free_step(SymmetricOperator& a, std::span<const double> gradient, Index steps, double floor);
// The same in the whole space, of a matrix whose eigenvalues and vectors are all known.
SaddleFreeStep saddle_free_step(const SymmetricEigen& eigen, std::span<const double> gradient, double floor);

}  // namespace fathom::curvature
