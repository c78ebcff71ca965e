// The way out of a saddle, tried: a step along a direction that bends down, and what training makes of it.
//
// 1. Curvature alone says little: a trained network keeps directions that bend down and lead nowhere. So the step
//    counts as a way out only where training from behind it ends lower than training from where one stood.
// 2. Nothing is kept of a trial but its losses and the weights behind the step.
#pragma once

#include <functional>
#include <optional>

#include "fathom/inspect/loss_gradient.hpp"

namespace fathom::curvature {

// Trains on from weights, with a seed that decides the order of the rows: the same number of updates each time.
using TrainOn = std::function<Flat(const Flat& start, std::uint64_t seed)>;

struct EscapeOptions {
  int seeds = 3;
  std::uint64_t seed = 1;     // of the first
  double loss_floor = 1e-12;  // no change of the loss below it counts
};

// A step along a direction, and the loss behind it.
struct LineStep {
  double length = 0, loss = 0;
};
// Where the loss is lowest along both sides of a direction of length 1: lengths a factor of 2 apart, from 2^-12 to 2^4
// times 1 + |weights|, then golden sections around the lowest. Every step that was looked at, by rising length, 0 among
// them; those of infinite loss are left out. Leaves other weights in `loss`. Throws Error(usage) for a direction of
// another length.
std::vector<LineStep> line_search(LossAt& loss, const Flat& weights, std::span<const double> direction,
                                  const std::set<std::string>& frozen);

// Both trained from one point with one seed: without the step, and from behind it. Losses of all rows; infinite where
// a training diverged.
struct Twins {
  std::uint64_t seed = 0;
  double stayed = 0, escaped = 0;
};

enum class Outcome : std::uint8_t {
  way_out,        // lower behind the step by more than 1 % of the loss: all of the interval is
  leads_nowhere,  // all of the interval is below that; or no step lowers the loss
  undecided,      // the interval holds both, or a training diverged
};

std::string_view name_of(Outcome outcome);

struct Escape {
  double length = 0;           // of the step along the direction; its sign is the side. 0: none lowers the loss
  std::vector<LineStep> line;  // what was looked at, from the far end of one side to that of the other, finite alone
  double loss_before = 0, loss_after = 0;
  Flat weights;              // behind the step
  std::vector<Twins> twins;  // empty where there is no step
  metrics::Estimate gain;    // mean of stayed - escaped, with its 95 % interval over the seeds
  Outcome outcome = Outcome::leads_nowhere;
};

// `rows`: all that the loss is of. Costs about 40 losses and 2 * seeds trainings.
// Throws Error(usage) for fewer than 3 seeds, and as LossAt and line_search do.
Escape try_way_out(const LossRows& rows, const Flat& weights, std::span<const double> direction,
                   const TrainOn& train_on, const EscapeOptions& options = {});

}  // namespace fathom::curvature
