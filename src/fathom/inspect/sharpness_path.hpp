// Sharpness along a training: the spectrum's ends at each checkpoint that a run has kept.
#pragma once

#include <functional>

#include "fathom/inspect/loss_gradient.hpp"
#include "fathom/inspect/run_point.hpp"
#include "fathom/inspect/sharpness.hpp"

namespace fathom::curvature {

struct PathPoint {
  Index epoch = 0;
  double learning_rate = 0;  // of the epoch's last step, of the first epoch's for 0; NaN where it was not written down
  double edge = 0;           // what the optimizer bears at that rate
  double loss = 0, gradient_norm = 0;
  NoiseScale noise_scale = {};
  Eigenvalue largest, smallest;
  // The largest of the Hessian as the optimizer divides it; nothing where it divides by nothing, or has not made a
  // step.
  std::optional<Eigenvalue> preconditioned = {};
  bool converged = false;  // both to the accuracy
};

struct PathOptions {
  double accuracy = 1e-2;  // of the spectrum's width
  Index most_products = 80;
  Index groups = 16;  // of rows, for the noise scale; fewer where there are fewer rows
  std::uint64_t seed = 1;
};

// At every kept checkpoint, in order, over the same rows; `told` hears of each as it is done.
// Throws Error(data) where the run has kept nothing, Error(usage) for fewer than 3 rows, and as load_run_point does.
std::vector<PathPoint> sharpness_path(const RunPoint& point, const LossRows& rows, const PathOptions& options,
                                      const std::function<void(const PathPoint&)>& told = {});

// The optimizer of a run's settings.
Optimizer optimizer_of(const RunPoint& point);

// The largest eigenvalue of the Hessian of these rows, at these weights, as a run's optimizer divides it, with its
// state in a file (sharpness.hpp). Where it divides by little it makes rounding grow: the bound holds what the rows
// backwards show of that along the direction that was found.
std::optional<Eigenvalue> preconditioned_largest(const RunPoint& point, const LossRows& rows, const Flat& weights,
                                                 const std::string& state_file, const PathOptions& options = {});

}  // namespace fathom::curvature
