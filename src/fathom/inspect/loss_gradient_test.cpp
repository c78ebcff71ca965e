#include "fathom/inspect/loss_gradient.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/error.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/inspect/vectors.hpp"

namespace fathom::curvature {
namespace {

// Inner products of `groups` draws of a gradient [n] whose first element has the mean `mean`, with noise of 1 in each.
Vector drawn(Index groups, Index n, double mean, std::uint64_t seed) {
  std::vector<Vector> all;
  for (Index i = 0; i < groups; ++i) {
    all.push_back(random_normal(n, seed, "group", static_cast<std::uint64_t>(i)));
    all.back()[0] += mean;
  }
  Vector products;
  for (const Vector& one : all)
    for (const Vector& other : all) products.push_back(dot(one, other));
  return products;
}

// Unbiased, and its interval holds |G|^2 about as often as stated, with much signal, little and none.
TEST(GradientTest, IntervalsHoldTheSquaredNorm) {
  constexpr int rounds = 600;
  for (const double mean : {0.0, 0.5, 2.0}) {
    int held = 0;
    double sum = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
      const GradientTest test = test_gradient(drawn(9, 30, mean, round), 9);
      held += test.squared_norm.low <= mean * mean && mean * mean <= test.squared_norm.high ? 1 : 0;
      sum += test.squared_norm.value / rounds;
    }
    EXPECT_GE(held, 0.92 * rounds) << mean;
    EXPECT_NEAR(sum, mean * mean, 0.12) << mean;
  }
}

// Without signal, p values below 5 % come in about 5 of 100 cases; with it, nearly always.
TEST(GradientTest, SignFlipsTellSignalFromNoise) {
  for (const Index groups : {8, 20}) {
    int alarms = 0, seen = 0;
    const int rounds = groups == 8 ? 600 : 60;
    for (std::uint64_t round = 0; round < static_cast<std::uint64_t>(rounds); ++round) {
      alarms += test_gradient(drawn(groups, 10, 0, round), groups, round).p_value <= 0.05 ? 1 : 0;
      seen += test_gradient(drawn(groups, 10, 3, round), groups, round).p_value <= 0.05 ? 1 : 0;
    }
    EXPECT_LE(alarms, 0.05 * rounds + 3 * std::sqrt(0.05 * rounds)) << groups;
    EXPECT_GE(seen, 0.98 * rounds) << groups;
  }
  EXPECT_GT(test_gradient(drawn(8, 10, 0, 1), 8).noise, 0.5);
}

// The scale of a gradient of `n` numbers with noise of 1 in each of its rows' mean is n / |G|^2 groups: known where the
// rows are more than that and |G|^2 is told from 0.
TEST(GradientTest, NoiseScaleIsKnownWithinTheRows) {
  const Index groups = 12, rows = 120;
  int held = 0;
  constexpr int rounds = 200;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const NoiseScale found = noise_scale(test_gradient(drawn(groups, 20, 4, round), groups), rows);
    EXPECT_TRUE(found.is_known()) << round;
    const double truth = 10 * 20 / 16.0;
    held += found.scale.low <= truth && truth <= found.scale.high ? 1 : 0;
  }
  EXPECT_GE(held, 0.9 * rounds);
  int known = 0;
  for (std::uint64_t round = 0; round < 50; ++round)
    known += noise_scale(test_gradient(drawn(groups, 200, 0.1, round), groups), rows).is_known() ? 1 : 0;
  EXPECT_LE(known, 3);
  GradientTest test;
  test.noise = 2;
  test.squared_norm = {0.5, -0.1, 1};
  const NoiseScale wide = noise_scale(test, 100);
  EXPECT_EQ(wide.scale.value, 400);
  EXPECT_EQ(wide.scale.low, 200);
  EXPECT_TRUE(std::isinf(wide.scale.high));
  EXPECT_FALSE(wide.is_known());
  test.squared_norm = {0.5, 0.4, 1};
  EXPECT_FALSE(noise_scale(test, 100).is_known()) << "400 rows from 100";
  test.noise = 0.4;
  EXPECT_TRUE(noise_scale(test, 100).is_known());
}

TEST(GradientTest, ByHand) {
  // Three gradients of one number: 1, 2, 3.
  const GradientTest test = test_gradient(Vector{1, 2, 3, 2, 4, 6, 3, 6, 9}, 3);
  EXPECT_NEAR(test.squared_norm.value, 11.0 / 3, 1e-14);
  EXPECT_NEAR(test.norm.value, std::sqrt(11.0 / 3), 1e-14);
  EXPECT_NEAR(test.noise, (14.0 / 3 - 11.0 / 3) / 3, 1e-14);
  EXPECT_EQ(test.p_value, 0.25);
  EXPECT_THROW(test_gradient(Vector{1, 2, 2, 4}, 2), Error);
  EXPECT_THROW(test_gradient(Vector{1, 2}, 3), Error);
  EXPECT_EQ(first_order_decrease(4, 0.1), 0.4);
  EXPECT_EQ(quadratic_decrease(4, 2), 1);
  EXPECT_EQ(quadratic_decrease(4, 0), std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace fathom::curvature
