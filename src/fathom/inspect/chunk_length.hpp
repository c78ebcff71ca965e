// How many rows curvature takes at a time, so that who has the memory to train has the memory to look.
#pragma once

#include "fathom/inspect/loss_curvature.hpp"
#include "fathom/train/settings.hpp"

namespace fathom::curvature {

// How a training takes its rows.
struct StepSize {
  Index batch = 0;
  bool recompute = false;  // as TrainerOptions has it
};
// By settings, of so many training rows.
StepSize step_size(const Settings& settings, Index rows);

// The most of 256, 128, 64, ... and 1 rows for which a product with the Hessian keeps little more than a step of
// training in f32 does: at most four vectors more in its arena, or 4 MB in all. Plans, and allocates nothing.
// Needs: a batch of at least 1 row. Throws Error(config) when nothing is learned.
Index chunk_within_training(const LossRows& rows, const Flat& weights, const StepSize& step);

}  // namespace fathom::curvature
