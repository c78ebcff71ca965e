// What the training loss of one training does, beside others on the same data: the five words of the lab, with the
// numbers that define them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace fathom {

enum class Course : std::uint8_t { hardly_moves, still_falls, converges, oscillates, diverges };

// What a course is measured by.
struct LossLevels {
  double start = 0;      // before the first update
  double untrained = 0;  // what needs no training: the start, or less where something simpler is better than that
  double lowest = 0;     // the lowest last_loss of the trainings that are compared
};

// Shares of the fall from `untrained` to `lowest`.
struct LossCourse {
  Course course = Course::converges;
  // How much the loss fell until the last quarter of its epochs, by their median; -infinity where it is not finite.
  double fell = 0;
  // How far it rose at its worst above the lowest before it, the start included.
  double given_back = 0;
};

inline constexpr double moved_share = 1.0 / 3;    // hardly_moves: fell less than this
inline constexpr double arrived_share = 0.9;      // converges: fell at least this; still_falls: less
inline constexpr double oscillation_share = 0.2;  // oscillates: gave back more than this
// diverges: a loss is not finite; or gave back that much, fell less than this, and rose above twice the start or ends
// that much above its lowest
inline constexpr double lost_share = 0.1;

// The median of the last quarter of the losses, of at least one.
double last_loss(std::span<const double> losses);

// `losses`: of each epoch. `finished`: false where the training ended because a number was not finite.
LossCourse loss_course(std::span<const double> losses, const LossLevels& levels, bool finished = true);

// "hardly moves", "is still falling", "converges", "oscillates", "diverges".
std::string_view name_of(Course course);

}  // namespace fathom
