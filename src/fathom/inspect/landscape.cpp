#include "fathom/inspect/landscape.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "fathom/base/pool.hpp"

namespace fathom::landscape {

std::vector<double> losses(const Terrain& terrain, Part part, std::size_t places,
                           const std::function<Flat(std::size_t place)>& at) {
  const Index rows = terrain.source.rows(part);
  if (rows == 0) fail(Code::usage, "the {} part has no rows to compute a loss of", name_of(part));
  Pool& pool = Pool::shared();
  const Index batch = std::min(rows, Evaluator::good_batch(terrain.source));
  std::vector<std::unique_ptr<Evaluator>> evaluators;
  for (int worker = 0; worker < pool.threads(); ++worker)
    evaluators.push_back(std::make_unique<Evaluator>(terrain.objective, terrain.source, batch));
  std::vector<double> result(places);
  std::atomic<std::size_t> done{0};
  pool.run(static_cast<std::int64_t>(places), [&](std::int64_t place, int worker) {
    const auto i = static_cast<std::size_t>(place);
    result[i] = evaluators[static_cast<std::size_t>(worker)]->run(at(i), part, terrain.source).loss;
    const std::size_t so_far = ++done;
    if (worker == 0 && terrain.on_progress)
      terrain.on_progress(static_cast<double>(so_far) / static_cast<double>(places));
  });
  return result;
}

std::vector<double> losses_at(const Terrain& terrain, const std::vector<Flat>& weights, Part part) {
  return losses(terrain, part, weights.size(), [&](std::size_t place) { return weights[place]; });
}

Losses losses_of_parts(const Terrain& terrain, std::size_t places, const std::function<Flat(std::size_t place)>& at) {
  const bool both = terrain.source.rows(Part::valid) > 0;
  const auto half = [&](double before) {
    Terrain one = terrain;
    if (both && terrain.on_progress)
      one.on_progress = [&terrain, before](double share) { terrain.on_progress(before + share / 2); };
    return one;
  };
  Losses result{losses(half(0), Part::train, places, at), {}};
  if (both) result.valid = losses(half(0.5), Part::valid, places, at);
  return result;
}

Line line_between(const Flat& from, const Flat& to, const Terrain& terrain, const LineOptions& options) {
  if (options.steps < 1) fail(Code::usage, "a line needs at least 1 step, not {}", options.steps);
  const auto more = static_cast<Index>(std::floor(options.beyond * static_cast<double>(options.steps)));
  Line line;
  for (Index k = -more; k <= options.steps + more; ++k)
    line.t.push_back(static_cast<double>(k) / static_cast<double>(options.steps));
  Flat way = to;
  axpy(-1, from, way);
  line.losses = losses_of_parts(terrain, line.t.size(), [&](std::size_t place) {
    if (line.t[place] == 1) return to;
    Flat point = from;
    axpy(line.t[place], way, point);
    return point;
  });
  return line;
}

std::optional<Barrier> barrier(const std::vector<double>& t, const std::vector<double>& losses) {
  const auto place = [&](double at) { return static_cast<std::size_t>(std::find(t.begin(), t.end(), at) - t.begin()); };
  const std::size_t first = place(0), last = place(1);
  const double start = losses[first], end = losses[last];
  if (!std::isfinite(start) || !std::isfinite(end)) return std::nullopt;
  Barrier found;
  const bool down = start >= end;
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t k = first; k <= last; ++k) {
    const std::size_t i = down ? k : first + last - k;
    // What is not finite is off any scale.
    const double loss = std::isfinite(losses[i]) ? losses[i] : std::numeric_limits<double>::infinity();
    const double above = loss - ((1 - t[i]) * start + t[i] * end);
    if (above > found.height) found.height = above, found.t = t[i];
    lowest = std::min(lowest, loss);
    found.climb = std::max(found.climb, loss - lowest);
  }
  return found;
}

namespace {

double spaced(double low, double high, std::size_t count, std::size_t i) {
  return low + (high - low) * static_cast<double>(i) / static_cast<double>(count - 1);
}

}  // namespace

double PlaneGrid::a(std::size_t column) const { return spaced(a_low, a_high, columns, column); }
double PlaneGrid::b(std::size_t row) const { return spaced(b_low, b_high, rows, row); }
Flat PlaneGrid::weights(const Plane& plane, std::size_t place) const {
  return plane.at(a(place % columns), b(place / columns));
}

std::vector<double> losses_on(const Terrain& terrain, const Plane& plane, const PlaneGrid& grid, Part part) {
  return losses(terrain, part, grid.places(), [&](std::size_t place) { return grid.weights(plane, place); });
}

Surface surface_on(Plane plane, const PlaneGrid& grid, const Terrain& terrain) {
  Surface surface{std::move(plane), grid, {}};
  surface.losses =
      losses_of_parts(terrain, grid.places(), [&](std::size_t place) { return grid.weights(surface.plane, place); });
  return surface;
}

}  // namespace fathom::landscape
