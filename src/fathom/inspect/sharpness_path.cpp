#include "fathom/inspect/sharpness_path.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/inspect/largest_eigenvalue.hpp"
#include "fathom/train/kept_checkpoints.hpp"
#include "fathom/train/run_folder_metrics.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom::curvature {

namespace {

// By epoch, from 1; the first is that of epoch 0 too.
std::vector<double> rates_of(const RunInfo& run) {
  const MetricsTable metrics = read_metrics(run.path + "/metrics.csv");
  std::vector<double> rates;
  if (const int column = metrics.column("learning_rate"); column >= 0)
    for (const std::vector<double>& row : metrics.rows) rates.push_back(row[static_cast<std::size_t>(column)]);
  return rates;
}

Extremes ends_at(const LossRows& rows, const Flat& weights, const PathOptions& options) {
  LossCurvature hessian(rows, weights);
  return lanczos_extremes(hessian, {.largest = 1,
                                    .smallest = 1,
                                    .accuracy = options.accuracy,
                                    .most_products = options.most_products,
                                    .copies = false,
                                    .signs = true,
                                    .product_error = product_error(weights.dtype()),
                                    .seed = options.seed});
}

double rate_at(const std::vector<double>& rates, Index epoch) {
  const auto k = static_cast<std::size_t>(std::max<Index>(epoch, 1)) - 1;
  return k < rates.size() ? rates[k] : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Optimizer optimizer_of(const RunPoint& point) { return trainer_options(point.settings, *point.prepared).optimizer; }

std::optional<Eigenvalue> preconditioned_largest(const RunPoint& point, const LossRows& rows, const Flat& weights,
                                                 const std::string& state_file, const PathOptions& options) {
  const auto diagonal = preconditioner(optimizer_of(point), state_file, ParameterVector(weights.layout(), rows.frozen),
                                       point.trained->parameters());
  if (!diagonal) return {};
  LargestEigenvalue largest = largest_eigenvalue(rows, weights,
                                                 {.accuracy = options.accuracy,
                                                  .most_products = options.most_products,
                                                  .divisor = *diagonal,
                                                  .product_error = product_error(weights.dtype()),
                                                  .seed = options.seed});
  const auto product_over = [&](const LossRows& one_way) {
    LossCurvature hessian(one_way, weights);
    return Preconditioned(hessian, *diagonal) * largest.direction;
  };
  Vector rounding = product_over(rows);
  axpy(-1, product_over(backwards(rows)), rounding);
  largest.found.bound += norm(rounding);
  return largest.found;
}

std::vector<PathPoint> sharpness_path(const RunPoint& point, const LossRows& rows, const PathOptions& options,
                                      const std::function<void(const PathPoint&)>& told) {
  const std::vector<KeptCheckpoint> kept = kept_checkpoints(point.run.path);
  if (kept.empty())
    throw Error(Code::data, message("run {} has kept no weights of its epochs", point.run.number), {},
                "train with --set trainer.keep_checkpoints=1");
  const std::vector<double> rates = rates_of(point.run);
  const Optimizer optimizer = optimizer_of(point);
  const Index groups = std::min(options.groups, static_cast<Index>(rows.rows.size()));
  std::vector<PathPoint> path;
  for (const KeptCheckpoint& one : kept) {
    const Flat weights = point.weights_of(std::to_string(one.epoch));
    const LossGradient at = loss_gradient(rows, weights, groups);
    const GradientTest test = test_gradient(at.products, groups, options.seed);
    const Extremes ends = ends_at(rows, weights, options);
    PathPoint place{.epoch = one.epoch,
                    .learning_rate = rate_at(rates, one.epoch),
                    .loss = at.loss,
                    .gradient_norm = norm(at.gradient),
                    .largest = ends.largest.front(),
                    .smallest = ends.smallest.front(),
                    .converged = ends.converged};
    place.edge = edge_of_stability(optimizer, place.learning_rate);
    place.noise_scale = noise_scale(test, static_cast<Index>(rows.rows.size()) / groups * groups);
    if (one.epoch > 0) place.preconditioned = preconditioned_largest(point, rows, weights, one.file, options);
    path.push_back(place);
    if (told) told(path.back());
  }
  return path;
}

}  // namespace fathom::curvature
