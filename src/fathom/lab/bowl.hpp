// A bowl of two parameters that is flat in one direction and steep in the other, and how optimizers walk down it: why
// one rate for all directions fails, in the smallest loss that shows it.
//
// The loss is (flat x^2 + steep y^2) / 2. It is exact: no batches, no noise. A rate at or above 2 / steep makes plain
// gradient descent leave it, and one that small hardly moves along x. Its best constant rate, 2 / (flat + steep),
// takes both coordinates nearer by the factor (k - 1) / (k + 1) a step, k = steep / flat (Polyak 1987, section 1.4).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "fathom/optim/optimizers.hpp"
#include "fathom/optim/schedules.hpp"
#include "fathom/train/program.hpp"

namespace fathom {

struct Bowl {
  double flat = 1, steep = 100;
  double x = 10, y = 1;  // where walks start; here, both directions hold the same share of the loss

  double loss(double at_x, double at_y) const { return (flat * at_x * at_x + steep * at_y * at_y) / 2; }
};

// The start and the places after each step; fewer than asked for where the loss was no longer finite.
struct BowlPath {
  std::vector<double> x{}, y{}, losses{};
};

// Walks by the library's own update rule, on the library's own executor, in f32.
class BowlWalker {
 public:
  // The optimizer's rate does not count.
  BowlWalker(const Bowl& bowl, const Optimizer& optimizer);

  // The rate begins at `rate` and changes by `decay` over the steps.
  BowlPath walk(double rate, const Decay& decay, Index steps);
  // `rate` gives that of step 1, 2, ...
  BowlPath walk(const std::function<double(Index step)>& rate, Index steps);
  const Bowl& bowl() const { return bowl_; }

 private:
  Bowl bowl_;
  Tensor point_, curvatures_, rate_, step_;
  std::vector<Tensor> states_;
  std::unique_ptr<Program> program_;
};

// The steps after which the loss is at most `tolerance` of what it was at the start and stays so to the path's end.
std::optional<Index> steps_to_stay(const BowlPath& path, double tolerance);

struct BowlBest {
  double rate = 0;
  Index steps = 0;
  BowlPath path{};  // to the last of the steps
};

// At a constant rate: the rate of `rates` whose walk of `limit` steps comes within the tolerance the earliest and
// stays. None where none does.
std::optional<BowlBest> best_constant(BowlWalker& walker, std::span<const double> rates, double tolerance, Index limit);

// With the rate falling to 0 by a cosine over the walk: the shortest walk that ends within the tolerance at one of the
// rates. Up to 40 steps every length is tried, then lengths 5 % apart, up to `limit`.
std::optional<BowlBest> best_decaying(BowlWalker& walker, std::span<const double> rates, double tolerance, Index limit);

// 10^(k / 12) from 1e-4 to 10^1.5.
std::vector<double> bowl_rates();

// Of plain gradient descent at its best constant rate, until each coordinate is as near as the loss says:
// ln(1 / tolerance) / (2 ln((k + 1) / (k - 1))), about k / 4 ln(1 / tolerance).
double gradient_descent_steps(const Bowl& bowl, double tolerance);

}  // namespace fathom
