#include "fathom/lab/rate_range.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/rng.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/nn/module.hpp"

namespace fathom {
namespace {

// A sweep over the default rates whose loss after the update with rate r is loss(r), with normal noise.
RangeSweep sweep_of(const std::function<double(double)>& loss, double noise = 0, const RangeOptions& options = {}) {
  Random random(7, "sweep");
  RangeSweep sweep{.start_loss = loss(options.low)};
  for (Index i = 0; i < options.updates; ++i) {
    const double share = static_cast<double>(i) / static_cast<double>(options.updates - 1);
    sweep.rates.push_back(options.low * std::pow(options.high / options.low, share));
    sweep.losses.push_back(loss(sweep.rates.back()) + noise * random.normal());
  }
  return sweep;
}

// Flat up to 1e-3, down by 0.4 a decade to 1e-1, flat to 1, then up as fast as the rate.
double falls_then_explodes(double rate) {
  if (rate < 1e-3) return 1;
  if (rate < 1e-1) return 1 - 0.4 * std::log10(rate / 1e-3);
  return rate < 1 ? 0.2 : 0.2 * rate * rate;
}

TEST(RangeTest, FindsWhereTheLossFallsAndWhereItExplodes) {
  for (const double noise : {0.0, 0.05}) {
    const RangeSweep sweep = sweep_of(falls_then_explodes, noise);
    const RangeReading reading = read_range(sweep);
    EXPECT_TRUE(reading.falls);
    EXPECT_NEAR(reading.start, 1, 0.1);
    ASSERT_TRUE(reading.diverges);
    EXPECT_GT(sweep.rates[*reading.diverges], 1);
    EXPECT_LT(sweep.rates[*reading.diverges], 4);
    EXPECT_GT(sweep.rates[reading.lowest], 0.1);
    EXPECT_LT(sweep.rates[reading.lowest], 1.6);
    EXPECT_GE(reading.edge, reading.lowest);
    EXPECT_GT(sweep.rates[reading.edge], 0.5);
    EXPECT_LT(sweep.rates[reading.edge], 1.6);
    ASSERT_TRUE(reading.suggestion);
    EXPECT_DOUBLE_EQ(*reading.suggestion, sweep.rates[reading.edge] / 10);
  }
}

TEST(RangeTest, SuggestsNothingWhereTheLossNeverFalls) {
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    Random random(seed, "flat");
    RangeSweep sweep = sweep_of([](double) { return 0.7; });
    for (double& loss : sweep.losses) loss += 0.1 * random.normal();
    const RangeReading reading = read_range(sweep);
    EXPECT_FALSE(reading.falls) << seed;
    EXPECT_FALSE(reading.suggestion || reading.diverges) << seed;
    EXPECT_NEAR(reading.noise, 0.1 / std::sqrt(31), 0.005) << "w = 16: sqrt((1 - keep) / (1 + keep)) = 1 / sqrt(31)";
  }
  const RangeReading rises = read_range(sweep_of([](double rate) { return 0.7 + rate; }, 0.01));
  EXPECT_FALSE(rises.falls || rises.suggestion);
  EXPECT_TRUE(rises.diverges);
}

TEST(RangeTest, GoesByTheHighestRateWhereNothingDiverges) {
  const RangeSweep sweep = sweep_of([](double rate) { return 1 / (1 + rate); }, 0.01);
  const RangeReading reading = read_range(sweep, {.safety = 4});
  EXPECT_TRUE(reading.falls);
  EXPECT_FALSE(reading.diverges);
  ASSERT_TRUE(reading.suggestion);
  EXPECT_GT(*reading.suggestion, 15);
  EXPECT_LE(*reading.suggestion, 25);
}

TEST(RangeTest, CallsALossThatIsNotFiniteDiverged) {
  RangeSweep sweep = sweep_of(falls_then_explodes);
  sweep.rates.resize(100);
  sweep.losses.resize(100);
  sweep.losses[99] = INFINITY;
  const RangeReading reading = read_range(sweep);
  ASSERT_TRUE(reading.diverges);
  EXPECT_EQ(*reading.diverges, 99u);
  RangeSweep at_once{.start_loss = 1, .rates = {1}, .losses = {NAN}};
  EXPECT_EQ(read_range(at_once).diverges, std::size_t{0});
  EXPECT_FALSE(read_range(at_once).suggestion);
}

// The mean over rows of sum_j c_j (w_j - y_rj)^2 / 2: its Hessian is diag(c), whatever the batch.
struct Quadratic : Module {
  Weight w{*this, "w", {.shape = {3}, .init = Init::constant(1)}};
};

TEST(RangeTest, FindsTheRateAtWhichSgdLeavesAQuadratic) {
  const Index rows = 256;
  Quadratic model;
  Random random(3, "rows");
  Tensor y({Dtype::f32, {rows, 3}}), c(y.type());
  for (Index i = 0; i < y.count(); ++i) y.set(i, 0.1 * random.normal());
  const Objective objective{
      .row_losses = [&](const Batch& b) { return sum(b["c"] * square(model.w() - b["y"]), {1}) * 0.5; },
      .outputs = [](const Batch& b) { return b["y"]; }};
  for (const double steepest : {10.0, 40.0}) {
    for (Index i = 0; i < c.count(); ++i) c.set(i, i % 3 == 0 ? 0.5 : i % 3 == 1 ? 2.0 : steepest);
    const TensorSource source({{"y", y}, {"c", c}}, {.train = rows, .valid = 0, .test = 0});
    const RangeOptions options{.low = 1e-3, .high = 10, .updates = 400, .smoothing = 0.02};
    const RangeSweep sweep =
        sweep_rates(objective, model.parameters(), source, {.batch = 32, .optimizer = Sgd{}}, options);
    ASSERT_EQ(sweep.rates.size(), sweep.losses.size());
    EXPECT_NEAR(sweep.rates.front(), options.low, 1e-12);
    EXPECT_NEAR(sweep.rates[10] / sweep.rates[9], std::pow(1e4, 1.0 / 399), 1e-9);
    EXPECT_NEAR(sweep.start_loss, (2.5 + steepest) / 2, 0.1 * steepest);
    const RangeReading reading = read_range(sweep, options);
    ASSERT_TRUE(reading.diverges && reading.suggestion);
    const double bound = 2 / steepest;
    EXPECT_GT(sweep.rates[*reading.diverges], bound);
    EXPECT_LT(sweep.rates[*reading.diverges], 1.5 * bound);
    EXPECT_LT(sweep.rates[reading.lowest], 1.15 * bound) << "a running mean is late";
    EXPECT_LT(*reading.suggestion, 0.15 * bound);
    EXPECT_GT(*reading.suggestion, 0.05 * bound);
    EXPECT_EQ(*reading.diverges, sweep.rates.size() - 1) << "nothing is learned from what comes after";
  }
  const TensorSource source({{"y", y}, {"c", c}}, {.train = rows, .valid = 0, .test = 0});
  EXPECT_THROW(sweep_rates(objective, model.parameters(), source, {}, {.low = 0}), Error);
  EXPECT_THROW(sweep_rates(objective, model.parameters(), source, {}, {.low = 1, .high = 1}), Error);
}

}  // namespace
}  // namespace fathom
