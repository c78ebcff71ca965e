#include "fathom/inspect/plane.hpp"

#include <cmath>
#include <cstring>

#include "fathom/inspect/eigen_solver.hpp"

namespace fathom {

namespace {

// Each column of `drawn` gets the length that the same column of `own` has. A unit's weights are a column: products are
// inputs times weights [in, out].
void scale_columns(std::span<const float> own, std::span<float> drawn, std::size_t columns) {
  const std::size_t rows = drawn.size() / columns;
  for (std::size_t c = 0; c < columns; ++c) {
    double of_drawn = 0, of_own = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      of_drawn += static_cast<double>(drawn[r * columns + c]) * static_cast<double>(drawn[r * columns + c]);
      of_own += static_cast<double>(own[r * columns + c]) * static_cast<double>(own[r * columns + c]);
    }
    const auto factor = static_cast<float>(of_drawn > 0 ? std::sqrt(of_own / of_drawn) : 0);
    for (std::size_t r = 0; r < rows; ++r) drawn[r * columns + c] *= factor;
  }
}

}  // namespace

Flat Plane::at(double a, double b) const {
  Flat point = origin;
  axpy(a, across, point);
  axpy(b, up, point);
  return point;
}

PlanePoint place_on(const Plane& plane, const Flat& weights) {
  Flat rest = weights;
  axpy(-1, plane.origin, rest);
  PlanePoint point{dot(rest, plane.across), dot(rest, plane.up), 0};
  axpy(-point.a, plane.across, rest);
  axpy(-point.b, plane.up, rest);
  point.off = norm(rest);
  return point;
}

std::optional<Plane> plane_along(const Flat& origin, const Flat& first, const Flat& second) {
  Plane plane{origin, first, second};
  const double length = norm(plane.across);
  if (!(length > 0) || !std::isfinite(length) || !std::isfinite(norm(second))) return std::nullopt;
  scale(plane.across, 1 / length);
  for (std::uint64_t stream = 0;; ++stream) {
    const double before = norm(plane.up);
    axpy(-dot(plane.up, plane.across), plane.across, plane.up);
    const double left = norm(plane.up);
    if (left > 1e-6 * before && left > 0) {
      scale(plane.up, 1 / left);
      // What rounding has left of the first direction.
      axpy(-dot(plane.up, plane.across), plane.across, plane.up);
      scale(plane.up, 1 / norm(plane.up));
      return plane;
    }
    plane.up = random_like(origin, 1, stream);
  }
}

std::optional<Plane> plane_through(const Flat& start, const Flat& end, const Flat& third) {
  Flat across = end, up = third;
  axpy(-1, start, across);
  axpy(-1, start, up);
  return plane_along(start, across, up);
}

Plane random_plane(const Flat& centre, std::uint64_t seed, const std::set<std::string>& frozen) {
  Plane plane{centre, random_like(centre, seed, 0), random_like(centre, seed, 1)};
  for (Flat* direction : {&plane.across, &plane.up})
    for (std::size_t k = 0; k < centre.layout().size(); ++k) {
      const Parameter& parameter = centre.layout()[k];
      const Shape& shape = parameter.type.shape;
      const auto drawn = direction->view(k).span<float>();
      if (shape.rank() < 2 || !parameter.learned || frozen.contains(parameter.name))
        std::fill(drawn.begin(), drawn.end(), 0.0f);
      else
        scale_columns(centre.view(k).span<float>(), drawn, static_cast<std::size_t>(shape[shape.rank() - 1]));
    }
  return plane;
}

std::optional<PrincipalPlane> principal_plane(const std::vector<Flat>& walk) {
  const std::size_t n = walk.size();
  if (n < 3) fail(Code::usage, "a walk has a principal plane from 3 points on, not {}", n);
  std::vector<Flat> steps = walk;
  for (Flat& step : steps) axpy(-1, walk.back(), step);
  curvature::Vector products(n * n);
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) products[i * n + j] = products[j * n + i] = dot(steps[i], steps[j]);
    total += products[i * n + i];
  }
  if (!(total > 0) || !std::isfinite(total)) return std::nullopt;
  const auto eigen = curvature::symmetric_eigen(static_cast<Index>(n), products, curvature::EigenVectors::all);
  const auto component = [&](std::size_t from_top) {
    const double* shares = eigen.vectors.data() + (n - 1 - from_top) * n;
    Flat direction = zeros_like(walk.back());
    for (std::size_t i = 0; i < n; ++i) axpy(shares[i], steps[i], direction);
    return direction;
  };
  std::optional<Plane> plane = plane_along(walk.back(), component(0), component(1));
  if (!plane) return std::nullopt;
  const PlanePoint start = place_on(*plane, walk.front());
  if (start.a < 0) scale(plane->across, -1);
  if (start.b < 0) scale(plane->up, -1);
  const auto share = [&](std::size_t from_top) { return std::max(0.0, eigen.values[n - 1 - from_top]) / total; };
  return PrincipalPlane{std::move(*plane), share(0), share(1)};
}

void take_unlearned(const Flat& from, Flat& to) {
  for (std::size_t k = 0; k < to.layout().size(); ++k)
    if (!to.layout()[k].learned)
      std::memcpy(to.view(k).data, from.view(k).data, static_cast<std::size_t>(to.layout()[k].type.bytes()));
}

}  // namespace fathom
