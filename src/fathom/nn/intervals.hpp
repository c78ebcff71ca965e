// Intervals: the 95 % ranges that metrics are given with.
#pragma once

#include "fathom/nn/metrics.hpp"

namespace fathom::metrics {

// One for every row where none are given.
class Weights {
 public:
  // Throws Error(usage) when there are weights, but not one a row, or one is negative or not finite.
  Weights(Numbers weights, std::size_t rows);
  double operator[](std::size_t row) const { return weights_.empty() ? 1 : weights_[row]; }

 private:
  Numbers weights_;
};

// Sums of weights and of their squares.
struct Mass {
  double weight = 0;
  double squared = 0;

  void add(double w) {
    weight += w;
    squared += w * w;
  }
  // As many equal rows would tell as much (Kish 1965, section 11.7).
  double rows() const { return squared > 0 ? weight * weight / squared : 0; }
};

Estimate undefined();
// The quantile 0.975 of Student's t; infinite below one degree of freedom (Abramowitz and Stegun 26.7.5).
double student_quantile(double degrees);
// Wilson's interval of the number of rows at which a proportion would have this variance, but at most `rows`; of
// `rows_at_the_edge` where the value is 0 or 1, or the variance 0 but for rounding. The value is never lost.
Estimate share_with_variance(double value, double variance, double rows, double rows_at_the_edge);

}  // namespace fathom::metrics
