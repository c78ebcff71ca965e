#include "fathom/inspect/certainty.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/base/error.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/inspect/krylov.hpp"
#include "fathom/inspect/lanczos.hpp"
#include "support/planted_operator.hpp"

namespace fathom::curvature {
namespace {

// Values that the formula gives by hand.
TEST(Certainty, UnseenShareByHand) {
  EXPECT_NEAR(unseen_share(100'000, 20, 0.99), 0.078, 0.0005);
  EXPECT_NEAR(unseen_share(100'000, 80, 0.99), 0.0047, 0.0001);
  EXPECT_NEAR(unseen_share(100'000'000, 160, 0.99), 0.0020, 0.0001);
  EXPECT_EQ(unseen_share(100'000, 1, 0.99), 1);
  EXPECT_EQ(unseen_share(10, 10, 0.99), 0);
  EXPECT_THROW(unseen_share(0, 1, 0.99), Error);
  EXPECT_THROW(unseen_share(10, 0, 0.99), Error);
  EXPECT_THROW(unseen_share(10, 1, 1), Error);
}

// Of 1,000 random starts, at least as many as stated leave no eigenvalue outside of the bound; for spectra that are
// hard (evenly spaced, or one value far from the many) and few products.
TEST(Certainty, SpectrumBoundHoldsAtItsRate) {
  constexpr int draws = 1000;
  for (const double confidence : {0.5, 0.9, 0.99})
    for (const int kind : {0, 1}) {
      constexpr Index n = 40, steps = 12;
      Vector spectrum(n, kind == 0 ? 0.0 : 1.0);
      for (std::size_t i = 0; i < n; ++i)
        if (kind == 0) spectrum[i] = static_cast<double>(i) / (n - 1);
      if (kind == 1) spectrum[0] = 0.9, spectrum[1] = 1.1;
      PlantedOperator a(spectrum, 5);
      int held = 0, informative = 0;
      for (std::uint64_t draw = 0; draw < draws; ++draw) {
        const Vector nodes = krylov_quadrature(a, random_normal(n, draw, "start"), steps).nodes;
        const SpectrumBound bound = spectrum_bound(nodes.front(), nodes.back(), n, steps, confidence);
        const auto [low, high] = std::minmax_element(spectrum.begin(), spectrum.end());
        held += bound.low <= *low && *high <= bound.high ? 1 : 0;
        informative += std::isfinite(bound.low) ? 1 : 0;
      }
      EXPECT_GE(held, confidence * draws) << confidence << " " << kind;
      EXPECT_EQ(informative, draws);
    }
  EXPECT_EQ(spectrum_bound(-1, 1, 1'000'000, 2).low, -std::numeric_limits<double>::infinity());
}

// Two clusters of eigenvalues and three products: what is left outside says that there is nothing else. And one Ritz
// value by hand: its residual over the smallest share that a start may have of an eigenvector.
TEST(Certainty, BoundByWhatIsLeftOutside) {
  const SpectrumBound few = spectrum_bound(Vector{1, 1.00001, 5}, std::log(1e-4), 5000, 0.99);
  EXPECT_NEAR(few.high, 5 + 1e-4 * std::sqrt(10'000 / std::acos(-1.0)) / 0.005 / 16, 1e-2);
  EXPECT_LT(few.low, 1 - std::sqrt(1e-4 * std::sqrt(10'000 / std::acos(-1.0)) / 0.005 / 5));
  const SpectrumBound one = spectrum_bound(Vector{2}, std::log(0.01), 50, 0.9);
  EXPECT_NEAR(one.low, 2 - 0.01 * std::sqrt(100 / std::acos(-1.0)) / 0.05, 1e-12);
  EXPECT_NEAR(one.high - 2, 2 - one.low, 1e-12);
  EXPECT_THROW(spectrum_bound(Vector{}, 0, 50, 0.9), Error);
  EXPECT_THROW(spectrum_bound(Vector{1}, 0, 0, 0.9), Error);
  EXPECT_THROW(spectrum_bound(Vector{1}, 0, 50, 1.0), Error);
}

// The same of 1,000 matrices of 5 to 1,000 rows, each searched with few products from its own start: what has been seen
// seldom reaches both ends, and what is said of the unseen holds at least as often as stated.
TEST(Certainty, WhatIsSaidOfTheUnseenHoldsAtItsRate) {
  constexpr int draws = 1000;
  for (const double confidence : {0.5, 0.9, 0.99}) {
    int held = 0, reached = 0, informative = 0;
    int sharp = 0;
    for (std::uint64_t draw = 0; draw < draws; ++draw) {
      Random random(draw, "unseen");
      const auto n = static_cast<std::size_t>(5 * std::pow(200.0, random.uniform()));
      Vector spectrum(n);
      for (std::size_t i = 0; i < n; ++i)
        spectrum[i] = draw % 3 == 0   ? static_cast<double>(i) / static_cast<double>(n)
                      : draw % 3 == 1 ? random.normal()
                                      : std::floor(4 * random.uniform()) + 1e-5 * random.normal();
      PlantedOperator a(spectrum, draw);
      const auto products = static_cast<Index>(4 + 30 * random.uniform());
      const Extremes ends =
          lanczos_extremes(a, {.largest = 1, .smallest = 1, .accuracy = 1e-9, .most_products = products, .seed = draw});
      const SpectrumBound bound = ends.unseen(confidence);
      const auto [low, high] = std::minmax_element(spectrum.begin(), spectrum.end());
      held += bound.low <= *low && *high <= bound.high ? 1 : 0;
      reached += ends.smallest[0].value <= *low + 1e-6 && *high <= ends.largest[0].value + 1e-6 ? 1 : 0;
      informative += std::isfinite(bound.low) ? 1 : 0;
      sharp += draw % 3 == 2 && *low - bound.low < 0.1 && bound.high - *high < 0.1 ? 1 : 0;
    }
    EXPECT_GE(held, confidence * draws) << confidence;
    EXPECT_GT(sharp, 0.2 * draws) << "of clusters, nearly all: 333";
    EXPECT_LT(reached, 0.5 * draws) << "no gap would be as right";
    EXPECT_EQ(informative, draws) << confidence;
  }
}

// The asymmetry of a matrix that is not symmetric is seen, and of one that is, no more than rounding.
struct Skewed final : SymmetricOperator {
  explicit Skewed(double skew_) : SymmetricOperator(30, Dtype::f64), skew(skew_) {}
  void multiply(std::span<const double> x, std::span<double> y) override {
    for (std::size_t i = 0; i < x.size(); ++i) y[i] = x[i] + skew * (i + 1 < x.size() ? x[i + 1] : 0);
  }
  double skew;
};
TEST(Certainty, NoiseFloorSeesAsymmetry) {
  Skewed even(0), odd(0.1);
  EXPECT_LT(noise_floor(even, 4, 1).asymmetry, 1e-15);
  EXPECT_EQ(even.products(), 8);
  const NoiseFloor floor = noise_floor(odd, 8, 1);
  EXPECT_GT(floor.asymmetry, 1e-3);
  EXPECT_LT(floor.asymmetry, 0.1);
  EXPECT_EQ(floor.repetition, 0);
  EXPECT_NEAR(noise_floor(even, 1, 1, &odd).repetition, 0.1, 0.02);
  EXPECT_DOUBLE_EQ(floor.zero_band(1), 10 * floor.asymmetry);
  EXPECT_NEAR(noise_floor(even, 1, 1).zero_band(3), 3e-13, 3e-14);
  EXPECT_THROW(noise_floor(even, 0, 1), Error);
}

// Gauss quadrature with k nodes is exact for x^(2k - 1).
TEST(Krylov, QuadratureIsExactForPolynomials) {
  Random random(2);
  Vector spectrum(50);
  for (double& value : spectrum) value = 2 * random.uniform() - 1;
  PlantedOperator a(spectrum, 2);
  const Vector start = random_normal(50, 4, "start");
  const Quadrature seen = krylov_quadrature(a, start, 4);
  ASSERT_EQ(seen.nodes.size(), 4u);
  Vector power = start;
  for (int degree = 1; degree <= 7; ++degree) {
    power = a * power;
    double sum = 0;
    for (std::size_t i = 0; i < 4; ++i) sum += seen.weights[i] * std::pow(seen.nodes[i], degree);
    EXPECT_NEAR(sum * dot(start, start), dot(start, power), 1e-12) << degree;
  }
  EXPECT_TRUE(krylov_quadrature(a, Vector(50), 3).nodes.empty());
  EXPECT_THROW(krylov_quadrature(a, start, 0), Error);
}

// In all directions of a small matrix it is Newton's decrease, with signs turned.
TEST(Krylov, SaddleFreeDecreaseByHand) {
  PlantedOperator a({4, -2, 1e-9}, 3);
  Vector g = a.vector(0);
  scale(g, 2);
  axpy(3, a.vector(1), g);
  const Quadrature seen = krylov_quadrature(a, g, 3);
  // 4 / (2 * 4) + 9 / (2 * 2)
  EXPECT_NEAR(saddle_free_decrease(seen, 13, 1e-6), 2.75, 1e-9);
  EXPECT_NEAR(saddle_free_decrease(seen, 13, 100), 13.0 / 200, 1e-12);
  EXPECT_THROW(saddle_free_decrease(seen, 13, 0), Error);
  const SaddleFreeStep step = saddle_free_step(a, g, 3, 1e-6);
  EXPECT_NEAR(step.decrease, 2.75, 1e-9);
  EXPECT_NEAR(dot(step.step, a.vector(0)), -2.0 / 4, 1e-9);
  EXPECT_NEAR(dot(step.step, a.vector(1)), -3.0 / 2, 1e-9);
  EXPECT_EQ(saddle_free_step(a, Vector(3), 3, 1).step, Vector(3));
  EXPECT_THROW(saddle_free_step(a, g, 3, 0), Error);
}

}  // namespace
}  // namespace fathom::curvature
