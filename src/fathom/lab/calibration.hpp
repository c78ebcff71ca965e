// Calibration: whether what is said to happen with probability p happens in a share p of the cases.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "fathom/nn/metrics.hpp"

namespace fathom {

struct CalibrationBin {
  double low = 0, high = 0;  // of the probability; the last bin holds its upper end
  std::size_t rows = 0;
  double probability = 0;     // mean
  metrics::Estimate share{};  // of the rows in which it happened, with Wilson's interval; NaN without rows
};

struct Calibration {
  std::vector<CalibrationBin> bins;  // of equal width
  // The mean over the rows of |share - probability| of their bin (expected calibration error: Naeini, Cooper and
  // Hauskrecht 2015). NaN without rows.
  double error = 0;
  // What `error` would be on average if each probability were exact: chance alone moves a bin of n rows with mean
  // probability p by sqrt(2 p (1 - p) / (pi n)).
  double error_by_chance = 0;
};

// Needs: as many outcomes as probabilities, which lie in [0, 1].
Calibration calibration(std::span<const double> probabilities, std::span<const std::uint8_t> happened,
                        std::size_t bins = 10);

}  // namespace fathom
