// What one update costs: forward, backward and optimizer, for batches of many sizes, measured.
//
// 1. Sizes and numbers of threads take turns, in an order that changes from round to round: what disturbs the machine
//    for a while disturbs all of them, and the medians leave it out.
// 2. The rows lie in memory already, and the weights stay as they are (a learning rate of 0): only time is measured.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "fathom/train/trainer.hpp"

namespace fathom {

struct StepTimes {
  int threads = 1;
  std::vector<Index> batches;              // rising
  std::vector<double> seconds, low, high;  // of one update: the median of all rounds, and their quartiles
  std::vector<double> bytes;               // that an update holds beside the weights
};

struct StepTimeOptions {
  std::vector<int> threads = {1};
  double seconds = 3;  // for all together; each gets an equal share, but `least_rounds` whatever they take
  int least_rounds = 3, most_rounds = 51;  // updates under 20 ms: eight times the least
  // Seconds: shorter updates are timed several at once. In longer timings a busy machine interrupts more of them.
  double least_timing = 1e-4;
  std::atomic<bool>* interrupt = nullptr;
};

// Gives the shared pool its threads back when it goes.
class PoolAsBefore {
 public:
  PoolAsBefore();
  ~PoolAsBefore();
  PoolAsBefore(const PoolAsBefore&) = delete;
  PoolAsBefore& operator=(const PoolAsBefore&) = delete;

 private:
  int threads_;
};

// One for each number of threads. `training`: optimizer, update, seed, frozen weights and recompute are those of it.
// Sizes for which too little memory is free are left out, the largest first, and so are those above the training rows.
// The shared pool has its threads back afterwards. Needs: `batches` rise, and no run of the pool is in progress.
std::vector<StepTimes> time_steps(const Objective& objective, const Parameters& parameters, const Source& source,
                                  const TrainerOptions& training, std::span<const Index> batches,
                                  const StepTimeOptions& options = {});

// The largest batch up to which every size that was measured costs less than `factor` times an update of the smallest.
Index flat_until(const StepTimes& times, double factor = 2);

// From where on time grows in proportion to the batch.
struct LinearGrowth {
  Index batch = 0;
  double exponent = 0;  // of time as a power of the batch size
};
// The rule: between a size and a larger one, time grows as a power of the size with the exponent log(t2 / t1) /
// log(b2 / b1). The smallest size that has at least two larger ones, with a median exponent to them of 0.85 to 1.2.
std::optional<LinearGrowth> linear_growth(const StepTimes& times);

}  // namespace fathom
