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
  double noise_scale = 0;  // rows in a batch whose noise is as large as its gradient; infinite where none is seen
  Eigenvalue largest, smallest;
  // The largest of the Hessian as the optimizer divides it; nothing where it divides by nothing, or has not made a
  // step.
  std::optional<Eigenvalue> preconditioned = {};
  bool converged = false;  // both to the accuracy
};

struct PathOptions {
  double accuracy = 1e-2;  // of the spectrum's width
  Index most_products = 80;
  Index groups = 16;  // of rows, for the noise scale
  std::uint64_t seed = 1;
};

// At every kept checkpoint, in order, over the same rows; `told` hears of each as it is done. The simple noise scale is
// tr(covariance of a row's gradient) / |gradient|^2 (McCandlish et al. 2018, eq. 2.9), from the groups.
// Throws Error(data) where the run has kept nothing, Error(usage) for fewer rows than groups, and as load_run_point
// does.
std::vector<PathPoint> sharpness_path(const RunPoint& point, const LossRows& rows, const PathOptions& options,
                                      const std::function<void(const PathPoint&)>& told = {});

// The optimizer of a run's settings.
Optimizer optimizer_of(const RunPoint& point);

// The largest eigenvalue of the Hessian of these rows, at these weights, as a run's optimizer divides it, with its
// state in a file (sharpness.hpp).
std::optional<Eigenvalue> preconditioned_largest(const RunPoint& point, const LossRows& rows, const Flat& weights,
                                                 LossCurvature& hessian, const std::string& state_file,
                                                 const PathOptions& options = {});

}  // namespace fathom::curvature
