#include "fathom/lab/calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/rng.hpp"

namespace fathom {
namespace {

TEST(Calibration, CountsByHand) {
  const std::vector<double> said{0.05, 0.05, 0.15, 0.95, 1.0};
  const std::vector<std::uint8_t> came{0, 1, 0, 1, 1};
  const Calibration result = calibration(said, came);
  ASSERT_EQ(result.bins.size(), 10u);
  EXPECT_EQ(result.bins[0].rows, 2u);
  EXPECT_DOUBLE_EQ(result.bins[0].share.value, 0.5);
  EXPECT_DOUBLE_EQ(result.bins[0].probability, 0.05);
  EXPECT_EQ(result.bins[9].rows, 2u);  // 1 is in the last
  EXPECT_TRUE(std::isnan(result.bins[5].share.value));
  EXPECT_NEAR(result.error, (2 * 0.45 + 0.15 + 2 * 0.025) / 5, 1e-12);
  EXPECT_TRUE(std::isnan(calibration({}, {}).error));
}

// Outcomes drawn from the probabilities themselves: the error is what chance makes it. Said twice as sure, it is not.
TEST(Calibration, ExactProbabilitiesAreOffByChanceOnly) {
  double error = 0, by_chance = 0, too_sure = 0;
  for (std::uint64_t round = 0; round < 200; ++round) {
    Random random(round, "calibration");
    std::vector<double> said, sure;
    std::vector<std::uint8_t> came;
    for (int row = 0; row < 500; ++row) {
      const double p = random.uniform();
      said.push_back(p);
      sure.push_back(1 / (1 + std::pow(1 / p - 1, 2.0)));
      came.push_back(random.uniform() < p ? 1 : 0);
    }
    const Calibration result = calibration(said, came);
    error += result.error / 200;
    by_chance += result.error_by_chance / 200;
    too_sure += calibration(sure, came).error / 200;
  }
  EXPECT_NEAR(error, by_chance, 0.04 * by_chance);
  EXPECT_GT(too_sure, 2 * by_chance);
}

}  // namespace
}  // namespace fathom
