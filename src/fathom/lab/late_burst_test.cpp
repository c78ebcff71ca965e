#include "fathom/lab/late_burst.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace fathom {
namespace {

// The same walk by the rule itself, in f64.
double burst_by_hand(bool mean, bool decays) {
  const Bowl bowl;
  double y = bowl.y, sum = 0, farthest = 0;
  bool was_near = false;
  for (int t = 1; t <= burst_steps; ++t) {
    const double gradient = bowl.steep * y;
    sum += gradient * gradient;
    double rate = burst_rate;
    if (decays) rate /= 1 + static_cast<double>(t) / static_cast<double>(burst_half);
    y -= rate * gradient / std::sqrt(mean ? sum / t : sum);
    was_near = was_near || std::abs(y) <= bowl.y / 100;
    if (was_near) farthest = std::max(farthest, std::abs(y));
  }
  return farthest / bowl.y;
}

TEST(LateBurst, ComesWithTheMeanAndGoesWithDecay) {
  const LateBursts bursts = walk_late_bursts(Bowl{});
  EXPECT_GT(burst_by_hand(true, false), 0.1);
  EXPECT_GT(bursts.burst_of_mean, 0.1);
  EXPECT_LE(bursts.burst_of_decayed, 0.1 * bursts.burst_of_mean);
  EXPECT_LE(bursts.burst_of_sum, 0.1 * bursts.burst_of_mean);
  EXPECT_LE(burst_by_hand(true, true), 0.1 * bursts.burst_of_mean);
  EXPECT_EQ(bursts.mean.y.size(), static_cast<std::size_t>(burst_steps + 1));
}

}  // namespace
}  // namespace fathom
