#include "fathom/lab/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace fathom {

Calibration calibration(std::span<const double> probabilities, std::span<const std::uint8_t> happened,
                        std::size_t bins) {
  Calibration result;
  std::vector<double> said(bins), came(bins);
  const auto count = static_cast<double>(bins);
  for (std::size_t i = 0; i < bins; ++i)
    result.bins.push_back({.low = static_cast<double>(i) / count, .high = static_cast<double>(i + 1) / count});
  for (std::size_t row = 0; row < probabilities.size(); ++row) {
    const double place = std::clamp(probabilities[row], 0.0, 1.0) * count;
    const std::size_t bin = std::min(bins - 1, static_cast<std::size_t>(place));
    ++result.bins[bin].rows;
    said[bin] += probabilities[row];
    came[bin] += happened[row];
  }
  const auto rows = static_cast<double>(probabilities.size());
  for (std::size_t i = 0; i < bins; ++i) {
    CalibrationBin& bin = result.bins[i];
    const auto n = static_cast<double>(bin.rows);
    if (bin.rows == 0) {
      bin.probability = std::numeric_limits<double>::quiet_NaN();
      bin.share = {bin.probability, bin.probability, bin.probability};
      continue;
    }
    bin.probability = said[i] / n;
    bin.share = metrics::proportion(came[i] / n, n);
    result.error += n / rows * std::abs(bin.share.value - bin.probability);
    result.error_by_chance +=
        n / rows * std::sqrt(2 * bin.probability * (1 - bin.probability) / (std::numbers::pi * n));
  }
  if (probabilities.empty()) result.error = result.error_by_chance = std::numeric_limits<double>::quiet_NaN();
  return result;
}

}  // namespace fathom
