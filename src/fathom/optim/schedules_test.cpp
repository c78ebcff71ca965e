#include "fathom/optim/schedules.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "fathom/base/error.hpp"

namespace fathom {
namespace {

TEST(Schedules, FollowTheirFormulas) {
  const auto at = [](Decay decay, Index step) { return rate({.base = 2, .decay = decay}, step, 100); };
  for (Index step : {1, 2, 50, 100}) {
    const auto t = static_cast<double>(step - 1);
    EXPECT_DOUBLE_EQ(at(ConstantRate{}, step), 2);
    EXPECT_DOUBLE_EQ(at(StepDecay{.every = 10, .factor = 0.5}, step), 2 * std::pow(0.5, std::floor(t / 10)));
    EXPECT_DOUBLE_EQ(at(ExponentialDecay{.every = 10, .factor = 0.5}, step), 2 * std::pow(0.5, t / 10));
    EXPECT_DOUBLE_EQ(at(InverseDecay{.half = 49}, step), 2 / (1 + t / 49));
    EXPECT_NEAR(at(LinearDecay{.final = 0.1}, step), 2 * (1 - 0.9 * t / 100), 1e-14);
    EXPECT_NEAR(at(CosineDecay{.final = 0.1}, step), 2 * (0.1 + 0.9 * (1 + std::cos(std::numbers::pi * t / 100)) / 2),
                1e-14);
  }
  EXPECT_DOUBLE_EQ(at(InverseDecay{.half = 49}, 50), 1);
  EXPECT_DOUBLE_EQ(at(StepDecay{.every = 10, .factor = 0.5}, 10), 2);
  EXPECT_DOUBLE_EQ(at(StepDecay{.every = 10, .factor = 0.5}, 11), 1);
}

TEST(Schedules, WarmUpFirstAndThenDecayFromTheBase) {
  for (const std::string& name : decay_names())
    for (WarmupShape shape : {WarmupShape::linear, WarmupShape::cosine}) {
      const Schedule schedule{.base = 0.3, .decay = decay(name), .warmup_steps = 20, .warmup = shape};
      EXPECT_NO_THROW(check(schedule));
      double before = 0;
      for (Index step = 1; step <= 20; ++step) {
        const double now = rate(schedule, step, 200);
        EXPECT_GT(now, before) << name << " " << step;
        before = now;
      }
      EXPECT_DOUBLE_EQ(rate(schedule, 20, 200), 0.3) << name;
      EXPECT_DOUBLE_EQ(rate(schedule, 21, 200), 0.3) << name;
      for (Index step = 22; step <= 200; ++step) {
        EXPECT_LE(rate(schedule, step, 200), rate(schedule, step - 1, 200)) << name;
        EXPECT_GT(rate(schedule, step, 200), 0) << name;
      }
      EXPECT_EQ(rate(schedule, 500, 200), rate(schedule, 200, 200)) << name;
    }
  EXPECT_DOUBLE_EQ(rate({.base = 1, .warmup_steps = 4}, 1, 10), 0.25);
}

TEST(Schedules, StandARunShorterThanItsWarmUp) {
  const Schedule schedule{.base = 1, .decay = CosineDecay{}, .warmup_steps = 10};
  EXPECT_DOUBLE_EQ(rate(schedule, 3, 3), 0.3);
  EXPECT_DOUBLE_EQ(rate(schedule, 1, 0), 0.1);
}

TEST(Plateau, CutsTheRateWhenTheLossStays) {
  const Schedule schedule{.base = 1,
                          .decay = PlateauDecay{.factor = 0.5, .patience = 2, .min_delta = 0.01, .final = 0.2}};
  PlateauState state;
  std::vector<double> rates;
  for (double loss : {1.0, 0.9, 0.899, 0.898, 0.897, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6}) {
    observe(schedule, state, loss);
    rates.push_back(rate(schedule, 1, 10, state));
  }
  // 0.899 is less than a hundredth below 0.9, so it and the two after it are bad epochs.
  EXPECT_EQ(rates, (std::vector<double>{1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2, 0.2}));
  EXPECT_DOUBLE_EQ(state.best, 0.5);
}

TEST(Plateau, TakesNanForNoImprovementAndKnowsNegativeLosses) {
  const Schedule schedule{.base = 1, .decay = PlateauDecay{.factor = 0.5, .patience = 0}};
  PlateauState state;
  EXPECT_TRUE(observe(schedule, state, std::nan("")));
  EXPECT_FALSE(observe(schedule, state, -1.0));
  EXPECT_TRUE(observe(schedule, state, -1.0));
  EXPECT_FALSE(observe(schedule, state, -1.1));
}

TEST(Plateau, LeavesOtherSchedulesAlone) {
  PlateauState state;
  for (double loss : {1.0, 2.0, 3.0, 4.0, 5.0, 6.0})
    EXPECT_FALSE(observe({.base = 1, .decay = CosineDecay{}}, state, loss));
  EXPECT_EQ(state, PlateauState{});
}

TEST(Schedules, RefuseSettingsOutOfRange) {
  for (const Schedule& schedule :
       {Schedule{.base = 0}, Schedule{.base = std::nan("")}, Schedule{.decay = StepDecay{.every = 0}},
        Schedule{.decay = ExponentialDecay{.factor = 2}}, Schedule{.decay = InverseDecay{.half = 0}},
        Schedule{.decay = CosineDecay{.final = -1}}, Schedule{.decay = PlateauDecay{.patience = -1}},
        Schedule{.warmup_steps = -1}})
    EXPECT_THROW(check(schedule), Error);
  EXPECT_THROW(decay("cos"), Error);
}

}  // namespace
}  // namespace fathom
