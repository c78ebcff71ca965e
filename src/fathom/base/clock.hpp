// Time: a stopwatch for durations and the wall clock for dates.
#pragma once

#include <chrono>
#include <string>

namespace fathom {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// Now, in UTC, as 2026-01-31T12:00:00Z.
std::string utc_now();

}  // namespace fathom
