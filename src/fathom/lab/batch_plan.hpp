// Which batch sizes an experiment trains, so that all trainings fit into the time there is.
#pragma once

#include <span>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom {

// 1 and its multiples by `factor` up to `largest`, with `largest` and `own` among them; rising. A multiple that is
// within a third of `largest` gives way to it. Needs: factor >= 2, 1 <= own <= largest.
std::vector<Index> batch_sizes(Index largest, Index own, Index factor);

struct BatchPlan {
  std::vector<Index> sizes, left_out;  // rising
  double seconds = 0;                  // that all trainings of `sizes` take
};
// The sizes whose trainings fit into `budget` seconds; the dearest are left out first, `own` never. `cost`: seconds of
// all trainings of a size.
BatchPlan plan_batches(std::span<const Index> sizes, std::span<const double> cost, Index own, double budget);

// At most `most` of some sizes, evenly by their places, the first and the last and `own` among them.
std::vector<std::size_t> chosen_places(std::span<const Index> sizes, Index own, std::size_t most);

}  // namespace fathom
