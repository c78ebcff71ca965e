#include "fathom/inspect/krylov.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.hpp"
#include "fathom/inspect/basis.hpp"
#include "fathom/inspect/eigen_solver.hpp"

namespace fathom::curvature {

Quadrature krylov_quadrature(SymmetricOperator& a, std::span<const double> start, Index steps) {
  if (steps < 1) fail(Code::usage, "a Krylov space needs at least 1 step, not {}", steps);
  if (!(norm(start) > 0)) return {};
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
  const SymmetricEigen eigen = tridiagonal_eigen(diagonal, beside);
  Quadrature result{eigen.values, {}};
  for (std::size_t k = 0; k < diagonal.size(); ++k) {
    const double first = eigen.vectors[k * diagonal.size()];
    result.weights.push_back(first * first);
  }
  return result;
}

double saddle_free_decrease(const Quadrature& seen, double squared_norm, double floor) {
  if (!(floor > 0)) fail(Code::usage, "the least curvature that counts must be above 0, not {}", floor);
  double sum = 0;
  for (std::size_t i = 0; i < seen.nodes.size(); ++i) sum += seen.weights[i] / std::max(std::abs(seen.nodes[i]), floor);
  return 0.5 * squared_norm * sum;
}

}  // namespace fathom::curvature
