#include "fathom/lab/late_burst.hpp"

#include <cmath>

namespace fathom {

namespace {

double burst_of(const BowlPath& path) {
  const double start = std::abs(path.y.front());
  std::size_t at = 0;
  while (at < path.y.size() && std::abs(path.y[at]) > start / 100) ++at;
  if (at == path.y.size()) return std::numeric_limits<double>::quiet_NaN();
  double farthest = 0;
  for (; at < path.y.size(); ++at) farthest = std::max(farthest, std::abs(path.y[at]));
  return farthest / start;
}

}  // namespace

LateBursts walk_late_bursts(const Bowl& bowl) {
  BowlWalker walker(bowl, Adagrad{});
  const auto of_mean = [](Index step) { return burst_rate * std::sqrt(static_cast<double>(step)); };
  LateBursts bursts{
      .sum = walker.walk([](Index) { return burst_rate; }, burst_steps),
      .mean = walker.walk(of_mean, burst_steps),
      .decayed = walker.walk(
          [&](Index step) { return of_mean(step) / (1 + static_cast<double>(step) / static_cast<double>(burst_half)); },
          burst_steps)};
  bursts.burst_of_sum = burst_of(bursts.sum);
  bursts.burst_of_mean = burst_of(bursts.mean);
  bursts.burst_of_decayed = burst_of(bursts.decayed);
  return bursts;
}

}  // namespace fathom
