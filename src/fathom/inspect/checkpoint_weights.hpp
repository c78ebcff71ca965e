// The weights of a run at any of its checkpoints, the start among them.
#pragma once

#include "fathom/inspect/run_point.hpp"

namespace fathom::curvature {

// Whether it is the number of an epoch.
bool is_epoch(const std::string& name);
// "best", or "epoch 12": as a sentence calls it.
Message checkpoint_title(const std::string& name);

// "start" (before the first update), or what RunPoint::weights_of knows. The start is made again from the seed and what
// the run took over, where it was not kept. Needs: a point of f32. Throws Error(usage) with the closest name for what
// is no name of a checkpoint, and as weights_of does.
Flat checkpoint_weights(const RunPoint& point, const std::string& name);

}  // namespace fathom::curvature
