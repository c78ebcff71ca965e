#include "fathom/lab/second_moment.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/rng.hpp"

namespace fathom {
namespace {

// Gradients of independent normal numbers: v after t updates is a chi-squared mean of t, whose quantiles are known.
TEST(SecondMoment, SpreadsLikeAChiSquaredMean) {
  std::vector<std::vector<double>> gradients(2000, std::vector<double>(40));
  Random random(5);
  for (auto& gradient : gradients)
    for (double& value : gradient) value = random.normal();
  const std::vector<double> spread =
      step_spread(gradients, {.updates = 100, .sequences = 400, .beta2 = 1 - 1e-9, .seed = 1});
  ASSERT_EQ(spread.size(), 100u);
  // |z|: 10 % and 90 % quantiles 0.1257 and 1.645, in the first update.
  EXPECT_NEAR(spread[0], 1.645 / 0.1257, 2.5);
  // chi-squared of 10: 4.865 and 15.987.
  EXPECT_NEAR(spread[9], std::sqrt(15.987 / 4.865), 0.1);
  // chi-squared of 100: 82.36 and 118.5.
  EXPECT_NEAR(spread[99], std::sqrt(118.5 / 82.36), 0.04);
}

TEST(SecondMoment, IsOneWhereBatchesAgreeAndPassesOverDeadWeights) {
  const std::vector<std::vector<double>> gradients(5, {0.5, 0.0, -2.0});
  for (const double value : step_spread(gradients, {.updates = 3, .sequences = 8})) EXPECT_NEAR(value, 1, 1e-12);
  EXPECT_TRUE(std::isnan(step_spread({{0.0}, {0.0}}, {.updates = 1, .sequences = 2}).front()));
  EXPECT_THROW(step_spread({{1.0}}, {.updates = 1}), Error);
}

}  // namespace
}  // namespace fathom
