#include "fathom/lab/noise_scale.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/rng.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/nn/module.hpp"

namespace fathom {
namespace {

// Gradients with a known mean and a known covariance: G + noise / sqrt(batch), in `width` dimensions.
struct KnownNoise {
  double signal = 0, trace = 0;
  std::size_t width = 0;

  std::vector<double> gradient(Random& random, Index batch) const {
    std::vector<double> result;
    for (std::size_t k = 0; k < width; ++k) {
      const double mean = k == 0 ? std::sqrt(signal) : 0;
      const double deviation = std::sqrt(trace / static_cast<double>(width) / static_cast<double>(batch));
      result.push_back(mean + deviation * random.normal());
    }
    return result;
  }
};

double product(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

NoiseScales estimate(const KnownNoise& known, Index draws, Index small, Index big, std::uint64_t seed) {
  Random random(seed, "known noise");
  std::vector<std::vector<double>> gradients;
  std::vector<double> small_norms, big_norms, products;
  for (Index i = 0; i < draws; ++i) {
    gradients.push_back(known.gradient(random, small));
    const auto of_big = known.gradient(random, big);
    small_norms.push_back(product(gradients.back(), gradients.back()));
    big_norms.push_back(product(of_big, of_big));
  }
  for (const auto& a : gradients)
    for (const auto& b : gradients) products.push_back(product(a, b));
  return {.norms = noise_from_norms(small_norms, big_norms, small, big, seed),
          .gradients = noise_from_products(products, draws, small, seed)};
}

TEST(NoiseScale, TwoDrawsByHand) {
  // Gradients (1, 0) and (3, 2) of 4 rows each: their product is 3; the squares 1 and 13; the variance 7 - 3 = 4.
  const NoiseScale scale = noise_from_products(std::vector<double>{1, 3, 3, 13}, 2, 4, 1);
  EXPECT_DOUBLE_EQ(scale.signal, 3);
  EXPECT_DOUBLE_EQ(scale.trace, 16);
  EXPECT_DOUBLE_EQ(scale.rows.value, 16.0 / 3);
  // Squared norms 10 at 2 rows and 4 at 8: tr = 6 / (3 / 8) = 16, |G|^2 = (32 - 20) / 6 = 2.
  const NoiseScale norms = noise_from_norms(std::vector<double>{8, 12}, std::vector<double>{3, 5}, 2, 8, 1);
  EXPECT_DOUBLE_EQ(norms.trace, 16);
  EXPECT_DOUBLE_EQ(norms.signal, 2);
  EXPECT_DOUBLE_EQ(norms.rows.value, 8);
}

// Over many repetitions the estimates of both moments have no bias, and the intervals hold the truth.
TEST(NoiseScale, BothEstimatorsAreUnbiasedAndTheirIntervalsHold) {
  const KnownNoise known{.signal = 2, .trace = 100, .width = 20};  // a noise scale of 50 rows
  constexpr int rounds = 120;
  double norm_trace = 0, norm_signal = 0, product_trace = 0, product_signal = 0;
  int norms_held = 0, gradients_held = 0;
  const auto holds = [](const Interval& interval) { return interval.low <= 50 && 50 <= interval.high ? 1 : 0; };
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const NoiseScales scales = estimate(known, 24, 8, 256, round);
    norm_trace += scales.norms.trace / rounds;
    norm_signal += scales.norms.signal / rounds;
    product_trace += scales.gradients.trace / rounds;
    product_signal += scales.gradients.signal / rounds;
    norms_held += holds(scales.norms.rows);
    gradients_held += holds(scales.gradients.rows);
  }
  EXPECT_NEAR(norm_trace, 100, 2);
  EXPECT_NEAR(product_trace, 100, 2);
  EXPECT_NEAR(norm_signal, 2, 0.05);
  EXPECT_NEAR(product_signal, 2, 0.12);
  // Resampling few draws is a little too sure at worst.
  EXPECT_GE(norms_held, 0.88 * rounds);
  EXPECT_GE(gradients_held, 0.88 * rounds);
}

// Noise alone: nobody can say how many rows would be enough, and the interval says so.
TEST(NoiseScale, WithoutAGradientTheIntervalHasNoEnd) {
  const NoiseScales scales = estimate({.signal = 0, .trace = 100, .width = 50}, 16, 8, 128, 3);
  EXPECT_TRUE(std::isinf(scales.norms.rows.high));
  EXPECT_TRUE(std::isinf(scales.gradients.rows.high));
}

// The loss of a row is the sum of x w: its gradient is the row itself, whatever w is.
struct Rows : Module {
  Weight w{*this, "w", {.shape = {3}}};
  Var losses(const Batch& b) const { return sum(b["x"] * w(), {1}); }
};

TEST(NoiseScale, OfRowsThatAreTheirOwnGradients) {
  constexpr Index count = 500;
  Random random(11, "rows");
  Tensor x({Dtype::f32, {count, 3}});
  double mean[3] = {}, squares = 0;
  for (Index row = 0; row < count; ++row)
    for (Index k = 0; k < 3; ++k) {
      x.set(row * 3 + k, (k == 0 ? 0.5 : -0.2) + (1.0 + static_cast<double>(k)) * random.normal());
      mean[k] += x.at(row * 3 + k) / count;
      squares += x.at(row * 3 + k) * x.at(row * 3 + k) / count;
    }
  const double signal = mean[0] * mean[0] + mean[1] * mean[1] + mean[2] * mean[2], trace = squares - signal;
  const Rows model;
  const TensorSource source({{"x", x}}, {.train = count, .valid = 0, .test = 0});
  const Objective objective{.row_losses = [&](const Batch& b) { return model.losses(b); },
                            .outputs = [&](const Batch& b) { return model.losses(b); }};
  const Flat weights = model.parameters().initialise(1);
  const NoiseOptions options{.small = 32, .big = 400, .draws = 200, .seed = 5};
  const NoiseScales scales = measure_noise(objective, model.parameters(), source, weights, options);
  for (const NoiseScale& scale : {scales.norms, scales.gradients}) {
    EXPECT_NEAR(scale.trace, trace, 0.06 * trace);
    EXPECT_NEAR(scale.signal, signal, 0.15 * signal);
    EXPECT_LE(scale.rows.low, trace / signal);
    EXPECT_GE(scale.rows.high, trace / signal);
    EXPECT_LT(scale.rows.high, 2 * scale.rows.low);
  }
  const NoiseScales again = measure_noise(objective, model.parameters(), source, weights, options);
  EXPECT_EQ(again.gradients.rows.high, scales.gradients.rows.high);
  EXPECT_EQ(again.norms.rows.low, scales.norms.rows.low);
}

}  // namespace
}  // namespace fathom
