// Statistics of a few repetitions: what trainings with several seeds say together, and how sure that is.
//
// 1. An interval holds the true value in 95 of 100 cases, unless it is asked for another confidence.
// 2. What cannot be known is not made up: one value alone has an interval without ends, no value or one that is not
//    finite gives NaN.
#pragma once

#include <span>

#include "fathom/nn/metrics.hpp"

namespace fathom {

using Interval = metrics::Estimate;

// Of the mean, by Student's t: for values that scatter about it independently, as trainings with different seeds do.
Interval mean_interval(std::span<const double> values);
// Of the mean of a[i] - b[i]: what two trainings with the same seed share cancels out. Throws Error(usage) when the
// lists differ in length.
Interval paired_interval(std::span<const double> a, std::span<const double> b);
// 1 where all of the interval lies above 0, -1 where all of it lies below, else 0: the values do not agree on a sign.
int sure_sign(const Interval& interval);

// How far the mean of `count` independent values in [0, 1] is at most from its expectation, on either side, whatever
// their distribution (Hoeffding 1963, theorem 1): sqrt(log(2 / (1 - confidence)) / (2 count)).
// Throws Error(usage) for a confidence outside of (0, 1) and for fewer than 1 value.
double hoeffding_margin(double count, double confidence = 0.95);
// The same around a mean, within [0, 1].
Interval hoeffding(double mean, double count, double confidence = 0.95);

}  // namespace fathom
