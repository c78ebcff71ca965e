#include "fathom/lab/plane.hpp"

#include <cmath>

#include "fathom/base/pool.hpp"
#include "fathom/inspect/loss_curvature.hpp"

namespace fathom {

namespace {

// Loss of many weights, a point a chunk. `weights(point)` is called by any thread.
std::vector<double> losses_of(std::size_t points, const std::function<Flat(std::size_t)>& weights,
                              const Objective& objective, const Source& source) {
  Pool& pool = Pool::shared();
  const Index batch = std::min(source.rows(Part::train), Evaluator::good_batch);
  std::vector<std::unique_ptr<Evaluator>> evaluators;
  for (int worker = 0; worker < pool.threads(); ++worker)
    evaluators.push_back(std::make_unique<Evaluator>(objective, source, batch));
  std::vector<double> losses(points);
  pool.run(static_cast<std::int64_t>(points), [&](std::int64_t point, int worker) {
    const auto i = static_cast<std::size_t>(point);
    losses[i] = evaluators[static_cast<std::size_t>(worker)]->run(weights(i), Part::train, source).loss;
  });
  return losses;
}

}  // namespace

Flat Plane::at(double a, double b) const {
  Flat point = origin;
  axpy(a, across, point);
  axpy(b, up, point);
  return point;
}

std::optional<Plane> plane_through(const Flat& start, const Flat& end, const Flat& third) {
  Plane plane{start, end, third};
  axpy(-1, start, plane.across);
  const double length = norm(plane.across);
  if (!(length > 0) || !std::isfinite(length) || !std::isfinite(norm(third))) return std::nullopt;
  scale(plane.across, 1 / length);
  axpy(-1, start, plane.up);
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
    plane.up = random_like(start, 1, stream);
  }
}

Plane random_plane(const Flat& centre, std::uint64_t seed) {
  Plane plane{centre, random_like(centre, seed, 0), random_like(centre, seed, 1)};
  for (Flat* direction : {&plane.across, &plane.up})
    for (std::size_t k = 0; k < centre.layout().size(); ++k) {
      const Shape& shape = centre.layout()[k].type.shape;
      const auto drawn = direction->view(k).span<float>();
      const auto own = centre.view(k).span<float>();
      if (shape.rank() < 2) {
        std::fill(drawn.begin(), drawn.end(), 0.0f);
        continue;
      }
      // A unit's weights are a column: products are inputs times weights [in, out].
      const auto columns = static_cast<std::size_t>(shape[shape.rank() - 1]), rows = drawn.size() / columns;
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
  return plane;
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

RowSample::RowSample(const Source& source, Index most)
    : source_(source), rows_(curvature::spread_rows(source, Part::train, std::min(most, source.rows(Part::train)))) {}

Index RowSample::rows(Part part) const {
  return part == Part::train ? static_cast<Index>(rows_.size()) : source_.rows(part);
}

void RowSample::fill(Part part, std::span<const Index> rows, BatchTensors& batch) const {
  if (part != Part::train) return source_.fill(part, rows, batch);
  std::vector<Index> own;
  for (const Index row : rows) own.push_back(rows_[static_cast<std::size_t>(row)]);
  source_.fill(part, own, batch);
}

void fill_losses(chart::Grid& grid, const Plane& plane, const Objective& objective, const Source& source) {
  const auto step = [](double low, double high, std::size_t count, std::size_t i) {
    return low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1);
  };
  grid.values = losses_of(
      grid.rows * grid.columns,
      [&](std::size_t point) {
        return plane.at(step(grid.x_low, grid.x_high, grid.columns, point % grid.columns),
                        step(grid.y_low, grid.y_high, grid.rows, point / grid.columns));
      },
      objective, source);
}

std::vector<double> losses_at(const std::vector<Flat>& weights, const Objective& objective, const Source& source) {
  return losses_of(
      weights.size(), [&](std::size_t point) { return weights[point]; }, objective, source);
}

}  // namespace fathom
