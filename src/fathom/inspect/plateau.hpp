// What trainer.on_plateau = "curvature" does: look where a training stands that no longer moves, and leave a saddle.
#pragma once

#include <functional>

#include "fathom/inspect/survey.hpp"
#include "fathom/inspect/train_on.hpp"

namespace fathom::curvature {

// Surveys the weights: curvature over at most 2,048 training rows, the gradient over all of them. Where a direction
// bends down it tries the way out (200 updates, 3 seeds), though a step along the gradient may gain: the training
// stands here all the same. Gives the weights behind the step where it is one, and none otherwise. `weights` are of
// f32, and so are those given. A pure function of the settings, the data and the weights. Throws as survey() does, and
// Error(interrupted) once `how.interrupt` is set.
struct PlateauLook {
  Survey survey;
  std::optional<Flat> weights;
};
PlateauLook look_for_way_out(const Settings& settings, const Prepared& prepared, const Flat& weights,
                             const TrainOnOptions& how = {});

}  // namespace fathom::curvature
