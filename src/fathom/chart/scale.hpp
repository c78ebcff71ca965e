// Scales: where a value lies along an axis, and the round numbers beside it.
//
// 1. Ticks rise, lie within the scale, and are round: 1, 2 or 5 times a power of ten.
// 2. A scale that is not exact begins and ends on a tick and covers the values.
// 3. What cannot be drawn (NaN, infinite, beyond 1e300; on a logarithmic scale not above 0) has no place: NaN.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace fathom::chart {

struct ScaleOptions {
  bool log = false;
  bool exact = false;      // from the lowest value to the highest, not to round numbers
  bool whole = false;      // ticks are whole numbers
  bool from_zero = false;  // linear: 0 is on it
  int ticks = 6;           // about so many
};

struct Scale {
  double low = 0, high = 1;
  bool log = false;
  std::vector<double> ticks;
  std::vector<std::string> labels;  // of the ticks

  // 0 at `low`, 1 at `high`, beyond them outside; NaN where the value has no place.
  double at(double value) const;
  // Whether the value has a place and lies on the scale.
  bool holds(double value) const { return at(value) >= 0 && at(value) <= 1; }
};

// A scale for the values that can be drawn; from 0 to 1 (log: 1 to 10) when there are none.
Scale make_scale(std::span<const double> values, const ScaleOptions& options = {});
// Positions 0, 1, ... with half a place more at both ends.
Scale named_scale(const std::vector<std::string>& names);

bool can_be_drawn(double value, bool log);

// A number for people, to so many digits: 0.0012, 12,500, 3×10⁻⁷.
std::string number(double value, int digits = 3);
// 38,569
std::string count(long long number);

}  // namespace fathom::chart
