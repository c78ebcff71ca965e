#include "fathom/chart/scale.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/rng.hpp"

namespace fathom::chart {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();

// Whether a number is 1, 2 or 5 times a power of ten.
bool is_round_step(double step) {
  const double digit = step / std::pow(10.0, std::floor(std::log10(step * (1 + 1e-9))));
  return std::abs(digit - 1) < 1e-6 || std::abs(digit - 2) < 1e-6 || std::abs(digit - 5) < 1e-6;
}

void check_laws(const std::vector<double>& values, const ScaleOptions& options) {
  const Scale scale = make_scale(values, options);
  SCOPED_TRACE(testing::PrintToString(values));
  ASSERT_LT(scale.low, scale.high);
  ASSERT_TRUE(std::isfinite(scale.low) && std::isfinite(scale.high));
  ASSERT_GE(scale.ticks.size(), options.exact ? 1u : 2u);
  ASSERT_EQ(scale.ticks.size(), scale.labels.size());
  EXPECT_LE(scale.ticks.size(), 3 * static_cast<std::size_t>(options.ticks) + 2);
  for (const double value : values) {
    if (can_be_drawn(value, options.log))
      EXPECT_TRUE(scale.at(value) >= -1e-9 && scale.at(value) <= 1 + 1e-9) << value;
    else
      EXPECT_TRUE(std::isnan(scale.at(value))) << value;
  }
  for (std::size_t i = 0; i < scale.ticks.size(); ++i) {
    EXPECT_TRUE(scale.at(scale.ticks[i]) >= 0 && scale.at(scale.ticks[i]) <= 1) << scale.ticks[i];
    if (i > 0) {
      EXPECT_GT(scale.ticks[i], scale.ticks[i - 1]);
    }
    if (i > 0) {
      EXPECT_NE(scale.labels[i], scale.labels[i - 1]);
    }
  }
  if (!options.exact) {
    EXPECT_EQ(scale.ticks.front(), scale.low);
    EXPECT_EQ(scale.ticks.back(), scale.high);
  }
  if (!options.log && !options.exact) {
    EXPECT_TRUE(is_round_step(scale.ticks[1] - scale.ticks[0])) << scale.ticks[1] - scale.ticks[0];
  }
}

TEST(Scale, CoversTheValuesWithRoundTicks) {
  Random random(3, "scales");
  for (int i = 0; i < 3000; ++i) {
    const double size = std::pow(10.0, random.uniform() * 24 - 12), center = (random.uniform() - 0.5) * 10 * size;
    std::vector<double> values{nan, inf, -inf};
    for (int k = 0; k < 1 + i % 5; ++k) values.push_back(center + size * random.uniform());
    for (const bool log : {false, true})
      for (const bool exact : {false, true}) check_laws(values, {.log = log, .exact = exact, .ticks = 2 + i % 8});
  }
}

TEST(Scale, StandsWhateverTheValuesAre) {
  for (const std::vector<double>& values : {std::vector<double>{},
                                            {nan},
                                            {0},
                                            {0, 0},
                                            {-5},
                                            {5, 5},
                                            {1e300, -1e300},
                                            {1e308, -1e308},
                                            {5e-324},
                                            {1e-300, 1e300},
                                            {-0.0},
                                            {1e9, 1e9 + 1},
                                            {1, 1 + 1e-15}})
    for (const bool log : {false, true})
      for (const int ticks : {1, 5}) {
        const Scale scale = make_scale(values, {.log = log, .ticks = ticks});
        EXPECT_LT(scale.low, scale.high) << testing::PrintToString(values);
        EXPECT_TRUE(std::isfinite(scale.low) && std::isfinite(scale.high));
        EXPECT_TRUE(scale.ticks.size() >= 2 && scale.ticks.size() < 20) << scale.ticks.size();
      }
}

TEST(Scale, ALogarithmHasNoPlaceForZero) {
  const Scale scale = make_scale(std::vector<double>{0, -3, 0.001, 100}, {.log = true});
  EXPECT_TRUE(std::isnan(scale.at(0)) && std::isnan(scale.at(-3)));
  EXPECT_NEAR(scale.at(0.001), 0, 1e-12);
  EXPECT_NEAR(scale.at(100), 1, 1e-12);
  EXPECT_NEAR(scale.at(std::sqrt(0.1)), 0.5, 1e-9);
  EXPECT_EQ(scale.labels, (std::vector<std::string>{"0.001", "0.01", "0.1", "1", "10", "100"}));
}

TEST(Scale, LabelsAreShort) {
  EXPECT_EQ(make_scale(std::vector<double>{0, 0.83}).labels,
            (std::vector<std::string>{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
  EXPECT_EQ(make_scale(std::vector<double>{-20000, 38000}, {.ticks = 3}).labels,
            (std::vector<std::string>{"-20,000", "0", "20,000", "40,000"}));
  EXPECT_EQ(make_scale(std::vector<double>{0, 4e9}, {.ticks = 4}).labels,
            (std::vector<std::string>{"0", "10⁹", "2×10⁹", "3×10⁹", "4×10⁹"}));
  EXPECT_EQ(make_scale(std::vector<double>{0, 1.2}, {.whole = true}).labels, (std::vector<std::string>{"0", "1", "2"}));
}

TEST(Scale, NumbersForPeople) {
  const std::pair<double, const char*> cases[] = {{0.0, "0"},
                                                  {0.5, "0.5"},
                                                  {0.123456, "0.123"},
                                                  {12.3456, "12.3"},
                                                  {1234.5, "1,234"},
                                                  {-0.00123, "-0.00123"},
                                                  {0.000123, "1.23×10⁻⁴"},
                                                  {1e-7, "10⁻⁷"},
                                                  {-2e12, "-2×10¹²"},
                                                  {99.97, "100"},
                                                  {nan, "–"},
                                                  {inf, "∞"},
                                                  {1e6, "1,000,000"}};
  for (const auto& [value, text] : cases) EXPECT_EQ(number(value), text) << value;
  EXPECT_EQ(number(0.90882, 4), "0.9088");
  EXPECT_EQ(count(-12345678), "-12,345,678");
  EXPECT_EQ(count(999), "999");
}

}  // namespace
}  // namespace fathom::chart
