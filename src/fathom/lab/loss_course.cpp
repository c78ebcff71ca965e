#include "fathom/lab/loss_course.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "fathom/base/error.hpp"

namespace fathom {

double last_loss(std::span<const double> losses) {
  FATHOM_ASSERT(!losses.empty());
  const std::size_t count = std::max<std::size_t>(1, losses.size() / 4);
  std::vector<double> last(losses.end() - static_cast<std::ptrdiff_t>(count), losses.end());
  for (const double loss : last)
    if (!std::isfinite(loss)) return std::numeric_limits<double>::infinity();
  std::sort(last.begin(), last.end());
  return (last[(count - 1) / 2] + last[count / 2]) / 2;
}

LossCourse loss_course(std::span<const double> losses, const LossLevels& levels, bool finished) {
  LossCourse result;
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (losses.empty()) return {finished ? Course::hardly_moves : Course::diverges, finished ? 0 : -infinity, 0};
  const double whole = levels.untrained - levels.lowest;
  const double last = finished ? last_loss(losses) : infinity;
  // Where no training fell at all, each is as far as the best.
  result.fell = std::isfinite(last) ? (whole > 0 ? (levels.untrained - last) / whole : 0) : -infinity;
  double before = levels.start, highest_rise = 0;
  for (const double loss : losses) {
    const double rise = std::isfinite(loss) ? loss - before : infinity;
    highest_rise = std::max(highest_rise, rise);
    if (whole > 0) result.given_back = std::max(result.given_back, rise / whole);
    before = std::min(before, loss);
  }
  const bool gave_back = result.given_back > oscillation_share;
  const bool is_lost = gave_back && result.fell < lost_share &&
                       (highest_rise > std::abs(levels.start) || last - before > oscillation_share * whole);
  result.course = !std::isfinite(last) || is_lost ? Course::diverges
                  : gave_back                     ? Course::oscillates
                  : result.fell < moved_share     ? Course::hardly_moves
                  : result.fell < arrived_share   ? Course::still_falls
                                                  : Course::converges;
  return result;
}

std::string_view name_of(Course course) {
  constexpr std::string_view names[] = {"hardly moves", "is still falling", "converges", "oscillates", "diverges"};
  return names[static_cast<std::size_t>(course)];
}

}  // namespace fathom
