// Kept checkpoints: the state of a run as it was after some of its epochs (trainer.keep_checkpoints), weights and what
// the optimizer keeps, each in a file of its own beside the best and the last.
#pragma once

#include <string>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom {

struct KeptCheckpoint {
  Index epoch = 0;  // 0: before the first update
  std::string file;
};

// "checkpoints/epoch-0012.safetensors", below the run's folder.
std::string kept_checkpoint_file(Index epoch);

// Those of the run in a folder, by rising epoch.
std::vector<KeptCheckpoint> kept_checkpoints(const std::string& run_path);

}  // namespace fathom
