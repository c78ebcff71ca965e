// The parts of the experiment on batch sizes: what it measures, what it draws, and what it says about both.
#pragma once

#include "fathom/lab/batch_plan.hpp"
#include "fathom/lab/epoch_time.hpp"
#include "fathom/lab/noise_scale.hpp"
#include "fathom/lab/step_time.hpp"
#include "fathom/lab/variants.hpp"

namespace fathom::batch_lab {

// The noise scale at some weights.
struct NoiseAt {
  Message when;
  NoiseScales scales;
};

struct Measured {
  Index rows = 0;                       // of the training part
  Index own = 0;                        // the configuration's batch size
  std::string scale = {};               // of the learning rate: "none", "linear", "sqrt"
  std::vector<StepTimes> updates = {};  // on 1 thread, then on all
  std::vector<EpochTimes> epochs = {};  // the same; of the sizes that were thought of
  BatchPlan plan = {};
  bool memory_is_short = false;             // for larger batches than the largest
  std::vector<VariantResult> results = {};  // of plan.sizes
  std::vector<NoiseAt> noise = {};          // at the beginning and, where a training of `own` was finished, at its end

  // Seconds of an epoch on all threads. Needs: a size that was thought of.
  double epoch_seconds(Index batch) const;
};

// The configuration with another batch size, and the learning rate that goes with it.
void set_batch(Settings& settings, Index batch, Index own, const std::string& scale);

// Times, trainings and noise, each of them once. Throws Error(usage) when the time limit is too short for one training.
Measured measure(Laboratory& lab);

// The pictures.
std::vector<LabSection> sections(const Laboratory& lab, const Measured& measured);

// What the numbers say, and the advice.
std::vector<Finding> findings(const Laboratory& lab, const Measured& measured);
std::vector<Message> advice(const Laboratory& lab, const Measured& measured);

// The places in plan.sizes whose trainings reach the validation loss that half of them reach, and where they do first.
struct Reached {
  double loss = 0;                               // that half of the sizes reach
  std::vector<std::size_t> places;               // of the sizes that do
  std::vector<double> updates, epochs, seconds;  // of each of them, at the first epoch whose mean is as low
};
Reached reached(const Measured& measured);

// 12 µs, 3.4 ms, 1.2 s, 2 min: two or three digits.
// "1 thread", "2 threads"
Message threads_text(int threads);

}  // namespace fathom::batch_lab
