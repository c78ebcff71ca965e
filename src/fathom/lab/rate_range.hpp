// The learning-rate range test (Smith 2017, section 3.3): one training whose rate grows with every update, until the
// loss blows up. It shows in a few hundred updates from which rate on the loss falls, and from which it does not hold.
//
// 1. What a sweep shows is computed from its rates and losses alone; the rules are those of RangeReading.
// 2. The sweep is an ordinary training: the same network, batches, optimizer and update options.
#pragma once

#include <optional>
#include <vector>

#include "fathom/train/trainer.hpp"

namespace fathom {

struct RangeOptions {
  double low = 1e-6, high = 100;  // the first rate and the last
  Index updates = 400;            // the rates between are evenly spaced on a logarithmic axis
  double smoothing = 0.04;        // the running mean reaches back over about this share of the updates
  double safety = 10;             // the suggestion is the highest rate that it bore divided by this
};

// One number for each update, fewer than asked for where the sweep ended early.
struct RangeSweep {
  double start_loss = 0;         // of the first batch, before any update
  std::vector<double> rates{};   // rising
  std::vector<double> losses{};  // of the batch after the update with that rate; not finite where that update broke it
};

// Where the window is the number of updates that the running mean reaches back over, w:
struct RangeReading {
  // Exponential mean with factor 1 - 1/w, divided by 1 - (1 - 1/w)^i (as the bias is corrected in Kingma and Ba 2015).
  // After a loss that is not finite: not finite.
  std::vector<double> smoothed{};
  double start = 0;  // the smoothed loss after w updates, when the rate has not done anything yet
  // Standard error of the smoothed loss by the choice of batches: from the median of |loss - loss before|, which for
  // normal noise is 0.954 of its standard deviation. At least what rounding to f32 does.
  double noise = 0;
  std::size_t lowest = 0;  // the update after which the smoothed loss was the lowest
  bool falls = false;      // the lowest is more than 6 times `noise` below the start
  // The first update after which the loss is not finite, or the smoothed loss has given back half of what it had gained
  // and has risen by at least 8 times `noise`.
  std::optional<std::size_t> diverges{};
  // The last update before it diverges after which the smoothed loss was within 2 times `noise` of the lowest: the
  // highest rate that it bore. Where the loss does not fall, this says nothing.
  std::size_t edge = 0;
  // The rate at `edge` divided by `safety`. None where the loss does not fall.
  std::optional<double> suggestion{};
};

// Needs: as many losses as rates, at least one.
RangeReading read_range(const RangeSweep& sweep, const RangeOptions& options = {});

// `training`: its optimizer, batch, seed and update options count; schedule, epochs and patience do not. The sweep ends
// with the update that diverges. Throws Error as the Trainer does, and Error(usage) for options that span no range.
RangeSweep sweep_rates(const Objective& objective, const Parameters& parameters, const Source& source,
                       TrainerOptions training, const RangeOptions& options = {},
                       const std::function<bool()>& should_stop = {});

}  // namespace fathom
