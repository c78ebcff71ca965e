#include "fathom/inspect/density.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "fathom/base/error.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/inspect/trace.hpp"
#include "support/planted_operator.hpp"

namespace fathom::curvature {
namespace {

// A few large eigenvalues, many small ones, a fifth of them negative: what trained networks have.
Vector heavy(Index n) {
  Vector spectrum(static_cast<std::size_t>(n));
  Random random(7);
  for (std::size_t i = 0; i < spectrum.size(); ++i)
    spectrum[i] = i < 5 ? 20 - 3 * static_cast<double>(i) : i % 5 == 0 ? -1 - random.uniform() : 0.2 * random.uniform();
  return spectrum;
}
double total(const Vector& spectrum, double (*f)(double)) {
  return std::accumulate(spectrum.begin(), spectrum.end(), 0.0, [&](double sum, double x) { return sum + f(x); });
}
int holds(const metrics::Estimate& estimate, double truth) {
  return estimate.low <= truth && truth <= estimate.high ? 1 : 0;
}

// Intervals of 95 % hold what was planted in about as many cases: eight starts are few, and what each sees of a share
// of eigenvalues is skewed, which costs about 2 of 100.
TEST(Density, IntervalsHoldThePlantedSpectrum) {
  const Vector spectrum = heavy(150);
  PlantedOperator a(spectrum, 1);
  const double trace = total(spectrum, [](double x) { return x; });
  const double below = total(spectrum, [](double x) { return x < -0.5 ? 1.0 : 0.0; }) / 150;
  const double at_ten = total(spectrum, [](double x) { return std::exp(-0.5 * (x + 1) * (x + 1)); }) / 150 /
                        std::sqrt(2 * std::acos(-1.0));
  int traces = 0, masses = 0, densities = 0;
  constexpr int rounds = 400;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const SpectralDensity density(a, {.starts = 8, .steps = 25, .seed = round});
    traces += holds(density.trace(), trace);
    masses += holds(density.mass_below(0.5), below);
    densities += holds(density.at(-1, 1), at_ten);
  }
  EXPECT_GE(traces, 0.91 * rounds);
  EXPECT_GE(masses, 0.91 * rounds);
  EXPECT_GE(densities, 0.91 * rounds);
  EXPECT_LT(traces, rounds);
}

// With as many steps as dimensions the quadrature of each start is of the eigenvalues themselves: seen through a normal
// distribution, what it gives holds the exact density wherever it is looked at.
TEST(Density, IsThatOfTheSpectrum) {
  const Vector spectrum = heavy(40);
  PlantedOperator a(spectrum, 5);
  const SpectralDensity density(a, {.starts = 400, .steps = 40});
  int held = 0, places = 0;
  for (double x = -3; x < 22; x += 0.25, ++places) {
    const double width = 0.5;
    double exact = 0;
    for (const double value : spectrum)
      exact += std::exp(-0.5 * std::pow((x - value) / width, 2)) / (40 * width * std::sqrt(2 * std::acos(-1.0)));
    const metrics::Estimate found = density.at(x, width);
    held += holds(found, exact);
    EXPECT_NEAR(found.value, exact, 0.2 * exact + 1e-6) << x;
  }
  EXPECT_GE(held, 0.85 * places);
  const double beyond = density.least_tau();
  const double below = total(spectrum, [](double x) { return x < -0.2 ? 1.0 : 0.0; }) / 40;
  const double above = total(spectrum, [](double x) { return x > 0.2 ? 1.0 : 0.0; }) / 40;
  EXPECT_NEAR(beyond, 0.2, 1e-6);
  EXPECT_NEAR(density.mass_below(beyond).value, below, 0.02);
  EXPECT_NEAR(density.mass_above(beyond).value, above, 0.02);
  EXPECT_THROW(density.mass_above(0.1), Error);
}

TEST(Density, IsADensity) {
  PlantedOperator a(heavy(100), 2);
  const SpectralDensity density(a, {.starts = 3, .steps = 20});
  double integral = 0;
  for (double x = -8; x < 28; x += 0.05) integral += 0.05 * density.at(x, 0.5).value;
  EXPECT_NEAR(integral, 1, 1e-6);
  EXPECT_EQ(a.products(), 60);
  EXPECT_NEAR(density.largest_node(), 20, 1e-6);
  EXPECT_LT(density.smallest_node(), -1.5);
  EXPECT_THROW(density.mass_below(0.1), Error);
  EXPECT_THROW(density.at(0, 0), Error);
  EXPECT_THROW(SpectralDensity(a, {.starts = 1}), Error);
}

TEST(Trace, IntervalsHoldThePlantedSpectrum) {
  const Vector spectrum = heavy(150);
  PlantedOperator a(spectrum, 3);
  const double trace = total(spectrum, [](double x) { return x; });
  const double frobenius = std::sqrt(total(spectrum, [](double x) { return x * x; }));
  int traces = 0, norms = 0;
  double plain = 0, better = 0;  // squared errors of 30 random signs, and of as many products
  constexpr int rounds = 2000;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const TraceEstimate estimate = estimate_trace(a, 30, round);
    EXPECT_EQ(estimate.products, 30);
    traces += holds(estimate.trace, trace);
    norms += holds(estimate.frobenius, frobenius);
    better += std::pow(estimate.trace.value - trace, 2);
    double mean = 0;
    for (std::uint64_t k = 0; k < 30; ++k) {
      const Vector g = random_signs(150, round, "plain", k);
      mean += dot(g, a * g) / 30;
    }
    plain += std::pow(mean - trace, 2);
  }
  EXPECT_GE(traces, 0.91 * rounds);
  EXPECT_GE(norms, 0.91 * rounds);
  EXPECT_LT(traces, rounds);
  EXPECT_LT(better, 0.5 * plain);
}

TEST(Trace, IsExactWhereItSpansTheSpace) {
  PlantedOperator a({3, -1, 2}, 3), nothing(Vector(20, 0.0), 1);
  const TraceEstimate estimate = estimate_trace(a, 9);
  EXPECT_NEAR(estimate.trace.value, 4, 1e-13);
  EXPECT_EQ(estimate.trace.low, estimate.trace.high);
  EXPECT_NEAR(estimate.frobenius.value, std::sqrt(14.0), 1e-13);
  EXPECT_EQ(estimate_trace(nothing, 12).frobenius.high, 0);
  EXPECT_THROW(estimate_trace(a, 5), Error);
}

}  // namespace
}  // namespace fathom::curvature
