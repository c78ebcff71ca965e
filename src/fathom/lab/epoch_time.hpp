// What an epoch costs in the training loop itself: rows gathered, updates made; judging on validation rows left out.
#pragma once

#include <vector>

#include "fathom/train/trainer.hpp"

namespace fathom {

struct EpochTimes {
  int threads = 1;
  std::vector<Index> batches;   // rising
  std::vector<double> seconds;  // of one epoch
};

// The median time of a step, times the steps of an epoch. It takes steps for about so many seconds, and two at least;
// the trainer has its state back afterwards, and neither callbacks nor an interrupt. 0 when it was interrupted.
double time_epoch(Trainer& trainer, double seconds, std::atomic<bool>* interrupt = nullptr);

}  // namespace fathom
