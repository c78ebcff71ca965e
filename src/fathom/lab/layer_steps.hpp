// How far each parameter moves in one update, as a share of its size: the step that a layer really takes, whatever the
// learning rate says. About 1e-3 is usual for networks that learn well; far less and a layer stands still.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "fathom/train/trainer.hpp"

namespace fathom {

struct LayerSteps {
  std::vector<std::string> names{};           // of the parameters that are learned
  std::vector<Index> steps{};                 // rising, from 1
  std::vector<std::vector<double>> ratios{};  // [parameter, step]: |after - before| / |before|, by Euclidean norm; NaN
                                              // where the parameter was 0 or the ratio is not finite
};

// Trains for `steps` updates and measures about `samples` of them, evenly spaced on a logarithmic axis. A training that
// diverges ends what is measured. Throws Error as the Trainer does.
LayerSteps measure_layer_steps(const Objective& objective, const Parameters& parameters, const Source& source,
                               TrainerOptions training, Index steps, Index samples = 40,
                               const std::function<bool()>& should_stop = {});

}  // namespace fathom
