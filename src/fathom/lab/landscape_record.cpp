#include "fathom/lab/landscape_record.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/inspect/row_sample.hpp"
#include "fathom/train/kept_checkpoints.hpp"

namespace fathom {

namespace {

constexpr std::size_t most_steps = 50;  // of a walk, whose weights are all in memory at once
constexpr double margin = 0.2;          // around a walk, of its size
constexpr double rise = 3;              // at the edge of an eigenvector's plane, in losses of its middle

class Measurement {
 public:
  Measurement(const curvature::RunPoint& point, const LandscapeOptions& options)
      : point_(point), options_(options), objective_(point.objective), sample_(source(), most_rows()) {
    objective_.penalty = {};
    record_.run = point.run.number;
    record_.run_name = point.run.name;
    record_.checkpoint = options.checkpoint;
    record_.weights = point.model->parameters().learned();
    for (const Part part : {Part::train, Part::valid}) {
      record_.rows[static_cast<int>(part)] = sample_.rows(part);
      record_.all_rows[static_cast<int>(part)] = source().rows(part);
    }
    record_.penalised = static_cast<bool>(point.objective.penalty);
    stand_ = weights_of(options.checkpoint);
    record_.at_stand = landscape::losses_of_parts(terrain(), 1, [&](std::size_t) { return stand_; });
  }

  LandscapeRecord all() {
    if (wants(LandscapeKind::line)) draw_line();
    if (wants(LandscapeKind::random)) draw_random();
    if (wants(LandscapeKind::eigen)) draw_eigen();
    if (wants(LandscapeKind::path)) draw_walk();
    return std::move(record_);
  }

 private:
  const Source& source() const { return *point_.prepared->source; }
  Index most_rows() const {
    // Throws for more than there are.
    curvature::spread_rows(source(), Part::train, options_.rows);
    return options_.rows == 0 ? std::numeric_limits<Index>::max() : options_.rows;
  }
  Flat weights_of(const std::string& checkpoint) const { return curvature::checkpoint_weights(point_, checkpoint); }
  bool wants(LandscapeKind kind) const { return !options_.kind || options_.kind == kind; }
  landscape::Terrain terrain(const Message& what = {}) const {
    landscape::Terrain terrain{objective_, sample_};
    if (options_.on_progress && !what.empty())
      terrain.on_progress = [this, what](double share) { options_.on_progress(what, share); };
    return terrain;
  }
  landscape::PlaneGrid grid(double half_side) const {
    return {-half_side, half_side, -half_side, half_side, options_.grid, options_.grid};
  }
  void cannot(const Message& why, const Message& hint = {}) {
    if (options_.kind) throw Error(Code::data, why, {}, hint);
    record_.missing.push_back(why);
  }

  void draw_line() {
    const Flat from = weights_of(options_.from), to = weights_of(options_.to);
    Flat way = to;
    axpy(-1, from, way);
    if (norm(way) == 0) {
      cannot(message("{} and {} of run {} are the same weights: there is no line between them",
                     curvature::checkpoint_title(options_.from), curvature::checkpoint_title(options_.to),
                     point_.run.number));
      return;
    }
    record_.line = {options_.from, options_.to, landscape::line_between(from, to, terrain("line"))};
  }

  void draw_random() {
    record_.random = {options_.seed, landscape::surface_on(random_plane(stand_, options_.seed, point_.frozen), grid(1),
                                                           terrain("random directions"))};
  }

  void draw_eigen() {
    if (options_.on_progress) options_.on_progress("eigenvectors of the Hessian", 0);
    const curvature::LossRows rows{.objective = objective_,
                                   .source = source(),
                                   .rows = sample_.rows_of(Part::train),
                                   .chunk = point_.chunk,
                                   .frozen = point_.frozen};
    curvature::EigenPlane found = curvature::eigen_plane(rows, stand_,
                                                         {.largest = 1,
                                                          .smallest = 1,
                                                          .accuracy = 1e-3,
                                                          .most_products = 100,
                                                          .copies = false,
                                                          .product_error = curvature::product_error(stand_.dtype()),
                                                          .seed = options_.seed});
    const double loss = record_.at_stand.train.front(), size = norm(stand_);
    const double side = found.top.value > 0 && loss > 0 ? std::sqrt(2 * rise * loss / found.top.value) : 0.1 * size;
    record_.eigen = {found.top, found.bottom, found.products,
                     landscape::surface_on(std::move(found.plane), grid(std::max({side, 1e-4 * size, 1e-6})),
                                           terrain("plane of the eigenvectors"))};
  }

  // What there is of them, evenly, with the first and the last.
  std::vector<std::string> kept_names() const {
    const std::vector<KeptCheckpoint> kept = kept_checkpoints(point_.run.path);
    const std::size_t count = std::min(kept.size(), most_steps);
    std::vector<std::string> names;
    for (std::size_t k = 0; k < count; ++k)
      names.push_back(fmt::format("{}", kept[count < 2 ? k : k * (kept.size() - 1) / (count - 1)].epoch));
    return names;
  }

  void draw_walk() {
    std::vector<std::string> names = kept_names();
    std::vector<Flat> walk;
    for (const std::string& name : names) walk.push_back(weights_of(name));
    if (walk.size() < 2) {
      no_walk(walk.size());
      return;
    }
    Flat rest = weights_of("last");
    axpy(-1, walk.back(), rest);
    if (norm(rest) > 0) {  // it went on after the last that was kept
      names.push_back("last");
      walk.push_back(weights_of("last"));
    }
    if (walk.size() < 3) {
      no_walk(walk.size());
      return;
    }
    const std::vector<double> losses = landscape::losses_at(terrain(), walk);
    for (Flat& weights : walk) take_unlearned(walk.back(), weights);
    std::optional<PrincipalPlane> plane = principal_plane(walk);
    if (!plane) {
      cannot(message("run {} has not moved between its checkpoints", point_.run.number));
      return;
    }
    LandscapeRecord::Walk drawn{.first = plane->first, .second = plane->second};
    std::vector<Flat> below;
    for (std::size_t k = 0; k < walk.size(); ++k) {
      const PlanePoint place = place_on(plane->plane, walk[k]);
      drawn.steps.push_back({names[k], place, losses[k], 0});
      below.push_back(plane->plane.at(place.a, place.b));
    }
    const std::vector<double> on_plane = landscape::losses_at(terrain(), below);
    for (std::size_t k = 0; k < walk.size(); ++k) drawn.steps[k].loss_on_plane = on_plane[k];
    Flat stand = stand_;
    take_unlearned(walk.back(), stand);
    drawn.stand = place_on(plane->plane, stand);
    drawn.surface = landscape::surface_on(std::move(plane->plane), around(drawn), terrain("plane of the walk"));
    record_.walk = std::move(drawn);
  }

  void no_walk(std::size_t points) {
    cannot(message("run {} has kept {} checkpoints of its walk, and a plane needs 3", point_.run.number, points),
           "train with --set trainer.keep_checkpoints=1");
  }

  // The walk and where the run stands, with room around them.
  landscape::PlaneGrid around(const LandscapeRecord::Walk& walk) const {
    landscape::PlaneGrid grid{walk.stand.a, walk.stand.a, walk.stand.b, walk.stand.b, options_.grid, options_.grid};
    for (const LandscapeRecord::Step& step : walk.steps) {
      grid.a_low = std::min(grid.a_low, step.place.a);
      grid.a_high = std::max(grid.a_high, step.place.a);
      grid.b_low = std::min(grid.b_low, step.place.b);
      grid.b_high = std::max(grid.b_high, step.place.b);
    }
    const double longer = std::max(grid.a_high - grid.a_low, grid.b_high - grid.b_low);
    const auto widen = [&](double& low, double& high) {
      const double more = margin * std::max(high - low, 0.2 * longer);
      low -= more;
      high += more;
    };
    widen(grid.a_low, grid.a_high);
    widen(grid.b_low, grid.b_high);
    return grid;
  }

  const curvature::RunPoint& point_;
  const LandscapeOptions& options_;
  Objective objective_;  // without the penalty
  RowSample sample_;
  Flat stand_;
  LandscapeRecord record_;
};

}  // namespace

LandscapeRecord measure_landscape(const curvature::RunPoint& point, const LandscapeOptions& options) {
  return Measurement(point, options).all();
}

}  // namespace fathom
