#include "fathom/lab/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "fathom/base/error.hpp"
#include "fathom/base/rng.hpp"

namespace fathom {
namespace {

TEST(Statistics, MeanOfThreeByHand) {
  // Mean 4, standard deviation 1, t(2 degrees) = 4.30265.
  const Interval interval = mean_interval(std::vector<double>{3, 4, 5});
  EXPECT_DOUBLE_EQ(interval.value, 4);
  EXPECT_NEAR(interval.high - 4, 4.30265 / std::sqrt(3.0), 1e-4);
  EXPECT_NEAR(4 - interval.low, 4.30265 / std::sqrt(3.0), 1e-4);
}

TEST(Statistics, WhatCannotBeKnown) {
  const Interval one = mean_interval(std::vector<double>{7});
  EXPECT_EQ(one.value, 7);
  EXPECT_EQ(one.low, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(one.high, std::numeric_limits<double>::infinity());
  EXPECT_EQ(sure_sign(one), 0);
  EXPECT_TRUE(std::isnan(mean_interval({}).value));
  const Interval diverged = mean_interval(std::vector<double>{1, 2, std::numeric_limits<double>::infinity()});
  EXPECT_TRUE(std::isnan(diverged.value));
  EXPECT_EQ(sure_sign(diverged), 0);
}

// 95 of 100 intervals hold the mean, for as few as three values.
TEST(Statistics, IntervalsHoldTheMean) {
  for (const int count : {3, 5, 10}) {
    int held = 0;
    for (std::uint64_t round = 0; round < 4000; ++round) {
      Random random(round, "statistics");
      std::vector<double> values;
      for (int i = 0; i < count; ++i) values.push_back(2 + 3 * random.normal());
      const Interval interval = mean_interval(values);
      held += interval.low <= 2 && 2 <= interval.high ? 1 : 0;
    }
    EXPECT_NEAR(held / 4000.0, 0.95, 0.012) << count << " values";
  }
}

// What the seeds have in common cancels out in pairs.
TEST(Statistics, PairsSeeASmallDifference) {
  Random random(5);
  std::vector<double> a, b;
  for (int seed = 0; seed < 4; ++seed) {
    const double common = random.normal();
    a.push_back(common + 0.1 + 0.01 * random.normal());
    b.push_back(common + 0.01 * random.normal());
  }
  EXPECT_EQ(sure_sign(paired_interval(a, b)), 1);
  EXPECT_EQ(sure_sign(paired_interval(b, a)), -1);
  const Interval alone = mean_interval(a), other = mean_interval(b);
  EXPECT_LT(alone.low, other.high);
  EXPECT_LT(other.low, alone.high);
  a.pop_back();
  EXPECT_THROW(paired_interval(a, b), Error);
}

TEST(Statistics, Hoeffding) {
  EXPECT_NEAR(hoeffding_margin(1000), std::sqrt(std::log(40.0) / 2000), 1e-12);
  EXPECT_NEAR(hoeffding_margin(1000, 0.99), std::sqrt(std::log(200.0) / 2000), 1e-12);
  const Interval interval = hoeffding(0.99, 100);
  EXPECT_EQ(interval.high, 1);
  EXPECT_NEAR(interval.low, 0.99 - hoeffding_margin(100), 1e-12);
  EXPECT_THROW(hoeffding_margin(0), Error);
  EXPECT_THROW(hoeffding_margin(10, 1), Error);
  // It holds for coins, which vary the most.
  int outside = 0;
  for (std::uint64_t round = 0; round < 2000; ++round) {
    Random random(round, "coins");
    double heads = 0;
    for (int i = 0; i < 50; ++i) heads += random.uniform() < 0.5 ? 1 : 0;
    const Interval coins = hoeffding(heads / 50, 50);
    outside += coins.low > 0.5 || coins.high < 0.5 ? 1 : 0;
  }
  EXPECT_LE(outside, 100);
}

}  // namespace
}  // namespace fathom
