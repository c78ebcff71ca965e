#include "fathom/nn/intervals.hpp"

#include <cmath>
#include <limits>

namespace fathom::metrics {

namespace {
constexpr double normal_quantile = 1.959963984540054;
constexpr double least_variance = 1e-18;
}  // namespace

Weights::Weights(Numbers weights, std::size_t rows) : weights_(weights) {
  if (weights.empty()) return;
  if (weights.size() != rows) fail(Code::usage, "{} rows have {} weights", rows, weights.size());
  for (std::size_t i = 0; i < rows; ++i)
    if (!(weights[i] >= 0 && std::isfinite(weights[i])))
      fail(Code::usage, "the weight of row {} is {}, but must be at least 0", i, weights[i]);
}

Estimate undefined() {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  return {nan, nan, nan};
}

double student_quantile(double degrees) {
  if (!(degrees >= 1)) return std::numeric_limits<double>::infinity();
  const double z = normal_quantile, z2 = z * z, d = degrees;
  if (d < 3) {  // exact for 1 and 2, the harmonic mean of both between
    const double one = 12.706204736174694, two = 4.302652729749464;
    return d <= 1 ? one : d >= 2 ? two : 1 / ((2 - d) / one + (d - 1) / two);
  }
  return z + z * (z2 + 1) / (4 * d) + z * ((5 * z2 + 16) * z2 + 3) / (96 * d * d) +
         z * (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * d * d * d) +
         z * ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / (92160 * d * d * d * d);
}

Estimate proportion(double value, double rows) {
  if (!(rows > 0) || std::isnan(value)) return undefined();
  const double z2 = normal_quantile * normal_quantile;
  const double shrink = 1 / (1 + z2 / rows);
  const double centre = (value + z2 / (2 * rows)) * shrink;
  const double half = normal_quantile * shrink * std::sqrt(value * (1 - value) / rows + z2 / (4 * rows * rows));
  return {value, value <= 0 ? 0 : std::max(0.0, centre - half), value >= 1 ? 1 : std::min(1.0, centre + half)};
}

Estimate share_with_variance(double value, double variance, double rows, double rows_at_the_edge) {
  // No number of rows has a proportion at an end with this variance, nor with one that is rounding alone.
  if (value <= 0 || value >= 1 || !(variance > least_variance)) return proportion(value, rows_at_the_edge);
  return proportion(value, std::min(rows, value * (1 - value) / variance));
}

Estimate mean_of(Numbers values, Numbers given) {
  const Weights weights(given, values.size());
  Mass mass;
  double total = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (weights[i] == 0) continue;
    mass.add(weights[i]);
    total += weights[i] * values[i];
  }
  if (!(mass.weight > 0)) return undefined();
  const double mean = total / mass.weight;
  double squares = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (weights[i] > 0) squares += weights[i] * weights[i] * (values[i] - mean) * (values[i] - mean);
  const double rows = mass.rows();
  if (rows < 2) return {mean, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  const double half = student_quantile(rows - 1) * std::sqrt(squares * rows / (rows - 1)) / mass.weight;
  return {mean, mean - half, mean + half};
}

}  // namespace fathom::metrics
