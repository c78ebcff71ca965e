// Checkpoints: a trainer's whole state in one file, so that it is saved as a whole or not at all.
//
// 1. What is read back is what was written, bit for bit: weights, best weights, optimizer state, counters and sums.
// 2. A file that does not belong to the model gives an Error(data) that names the first tensor that does not fit.
#pragma once

#include <string>

#include "fathom/train/safetensors.hpp"
#include "fathom/train/trainer.hpp"

namespace fathom {

// Weights by their names, "best/" + name for the best ones when they differ, optimizer state by its inputs' names;
// the counters are metadata.
void save_state(const std::string& path, const Trainer& trainer);
// The saved state, in the layout of the trainer; give it to Trainer::set_state.
TrainerState load_state(const std::string& path, const Trainer& trainer);

// The weights alone: what predicting needs.
void save_weights(const std::string& path, const Flat& weights, const Metadata& metadata = {});
// Fills `weights` by name.
void load_weights(const std::string& path, Flat& weights);

}  // namespace fathom
