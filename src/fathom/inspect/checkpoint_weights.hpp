// The weights of a run at any of its checkpoints, by name: "start" (before the first update), an epoch that was kept
// ("12"), "best", "last".
#pragma once

#include "fathom/inspect/run_point.hpp"

namespace fathom::curvature {

// "best", or "epoch 12": as a sentence calls it.
Message checkpoint_title(const std::string& name);

// In the layout of the run's model. The start is made again from the seed and what the run took over, where it was not
// kept. Throws Error(usage) with the closest name for what is no name of a checkpoint, and Error(data) with the epochs
// there are where it is not there, or naming the parameter where a weight is not finite.
Flat checkpoint_weights(const RunInfo& run, const RunPoint& point, const std::string& name);

}  // namespace fathom::curvature
