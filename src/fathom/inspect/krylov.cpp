#include "fathom/inspect/krylov.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.hpp"
#include "fathom/inspect/basis.hpp"

namespace fathom::curvature {

namespace {

struct Krylov {
  Basis basis;
  SymmetricEigen eigen;  // of the projection onto it

  // Of Ritz vector k along the start.
  double first(std::size_t k) const { return eigen.vectors[k * eigen.values.size()]; }
};

// Needs: a start that is not 0. By full reorthogonalisation; it ends early where an invariant subspace is found.
Krylov krylov(SymmetricOperator& a, std::span<const double> start, Index steps) {
  if (steps < 1) fail(Code::usage, "a Krylov space needs at least 1 step, not {}", steps);
  Basis basis(a.dimension(), a.precision());
  const double unit = a.precision() == Dtype::f32 ? 0x1p-24 : 0x1p-52;
  Vector w(start.begin(), start.end()), diagonal, beside;
  double size = 0;
  while (true) {
    const std::size_t k = basis.size();
    basis.append(w);
    a.apply(basis[k], w);
    size = std::max(size, norm(w));
    diagonal.push_back(basis.orthogonalise(w)[k]);
    const double length = norm(w);
    if (basis.size() == static_cast<std::size_t>(std::min(steps, a.dimension())) || !(length > 16 * unit * size)) break;
    beside.push_back(length);
  }
  return {std::move(basis), tridiagonal_eigen(diagonal, beside)};
}

void need_floor(double floor) {
  if (!(floor > 0)) fail(Code::usage, "the least curvature that counts must be above 0, not {}", floor);
}

}  // namespace

Quadrature krylov_quadrature(SymmetricOperator& a, std::span<const double> start, Index steps) {
  if (!(norm(start) > 0) && steps > 0) return {};
  const Krylov space = krylov(a, start, steps);
  Quadrature result{space.eigen.values, {}};
  for (std::size_t k = 0; k < space.eigen.values.size(); ++k) result.weights.push_back(space.first(k) * space.first(k));
  return result;
}

SaddleFreeStep saddle_free_step(const SymmetricEigen& eigen, std::span<const double> gradient, double floor) {
  need_floor(floor);
  const std::size_t n = eigen.values.size();
  SaddleFreeStep result{Vector(n), 0};
  for (std::size_t k = 0; k < n; ++k) {
    const std::span<const double> vector(eigen.vectors.data() + k * n, n);
    const double along = dot(vector, gradient), curvature = std::max(std::abs(eigen.values[k]), floor);
    result.decrease += 0.5 * along * along / curvature;
    axpy(-along / curvature, vector, result.step);
  }
  return result;
}

SaddleFreeStep saddle_free_step(SymmetricOperator& a, std::span<const double> gradient, Index steps, double floor) {
  need_floor(floor);
  const double length = norm(gradient);
  if (!(length > 0)) return {Vector(gradient.size()), 0};
  const Krylov space = krylov(a, gradient, steps);
  Vector start(space.eigen.values.size());  // the gradient, in the space
  start.front() = length;
  const SaddleFreeStep within = saddle_free_step(space.eigen, start, floor);
  return {space.basis.combine(within.step), within.decrease};
}

double saddle_free_decrease(const Quadrature& seen, double squared_norm, double floor) {
  need_floor(floor);
  double sum = 0;
  for (std::size_t i = 0; i < seen.nodes.size(); ++i) sum += seen.weights[i] / std::max(std::abs(seen.nodes[i]), floor);
  return 0.5 * squared_norm * sum;
}

}  // namespace fathom::curvature
