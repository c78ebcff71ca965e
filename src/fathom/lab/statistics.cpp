#include "fathom/lab/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "fathom/base/error.hpp"
#include "fathom/nn/intervals.hpp"

namespace fathom {

Interval mean_interval(std::span<const double> values) {
  if (std::any_of(values.begin(), values.end(), [](double value) { return !std::isfinite(value); }))
    return metrics::undefined();
  return metrics::mean_of(values);
}

Interval paired_interval(std::span<const double> a, std::span<const double> b) {
  if (a.size() != b.size())
    fail(Code::usage, "a list of {} values cannot be paired with one of {}", a.size(), b.size());
  std::vector<double> differences(a.size());
  std::transform(a.begin(), a.end(), b.begin(), differences.begin(), [](double x, double y) { return x - y; });
  return mean_interval(differences);
}

int sure_sign(const Interval& interval) { return interval.low > 0 ? 1 : interval.high < 0 ? -1 : 0; }

double hoeffding_margin(double count, double confidence) {
  if (!(count >= 1)) fail(Code::usage, "Hoeffding's bound is for at least 1 value, not {}", count);
  if (!(confidence > 0 && confidence < 1))
    fail(Code::usage, "a confidence is between 0 and 1, and {} is not", confidence);
  return std::sqrt(std::log(2 / (1 - confidence)) / (2 * count));
}

Interval hoeffding(double mean, double count, double confidence) {
  const double margin = hoeffding_margin(count, confidence);
  return {mean, std::max(0.0, mean - margin), std::min(1.0, mean + margin)};
}

}  // namespace fathom
