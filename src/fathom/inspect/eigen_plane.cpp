#include "fathom/inspect/eigen_plane.hpp"

#include <algorithm>
#include <cmath>

namespace fathom::curvature {

namespace {

// An eigenvector is one up to its sign.
Flat direction_of(Vector vector, const ParameterVector& places, const Flat& weights) {
  const double largest =
      *std::max_element(vector.begin(), vector.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (largest < 0) scale(vector, -1);
  Flat direction = zeros_like(weights);
  places.to(vector, direction);
  return direction;
}

}  // namespace

EigenPlane eigen_plane(const LossRows& rows, const Flat& weights, const LanczosOptions& options) {
  LossCurvature hessian(rows, weights);
  if (hessian.dimension() < 2) fail(Code::data, "a plane needs at least 2 weights that are learned");
  const Extremes ends = lanczos_extremes(hessian, options);
  const auto direction = [&](const Vector& vector) { return direction_of(vector, hessian.parameters(), weights); };
  // Eigenvectors have a length.
  Plane plane =
      plane_along(weights, direction(ends.largest_vectors.front()), direction(ends.smallest_vectors.front())).value();
  return {std::move(plane), ends.largest.front(), ends.smallest.front(), hessian.products()};
}

}  // namespace fathom::curvature
