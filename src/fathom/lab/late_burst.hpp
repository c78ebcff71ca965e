// Adagrad's late bursts: where the gradient of a direction has long been near zero, so is what its steps are divided
// by, and a step becomes large all at once.
//
// Adagrad divides by the root of the sum of all squared gradients (Duchi, Hazan and Singer 2011), which never falls:
// its steps shrink like 1 / sqrt(t) for that alone. With the mean in place of the sum, which is the same with the rate
// times sqrt(t), they do not, and bursts come. A rate that falls like 1 / t keeps them away.
#pragma once

#include "fathom/lab/bowl.hpp"

namespace fathom {

struct LateBursts {
  BowlPath sum, mean, decayed;  // Adagrad; with the mean; with the mean and a rate that falls like 1 / t
  // The farthest along the steep direction after it had once come to a hundredth of its start, as a share of that
  // start; NaN where it never came there.
  double burst_of_sum = 0, burst_of_mean = 0, burst_of_decayed = 0;
};

inline constexpr Index burst_steps = 400, burst_half = 20;
inline constexpr double burst_rate = 0.5;

LateBursts walk_late_bursts(const Bowl& bowl);

}  // namespace fathom
