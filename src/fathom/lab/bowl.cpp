#include "fathom/lab/bowl.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/optim/update.hpp"

namespace fathom {

namespace {

constexpr const char* point_input = "point";
constexpr const char* curvatures_input = "curvatures";

// Whether it came to its end without the loss rising above that of the start.
bool keeps_below(const BowlPath& path, Index steps) {
  const double most = path.losses.front() * (1 + 1e-6);
  return static_cast<Index>(path.losses.size()) == steps + 1 &&
         std::all_of(path.losses.begin(), path.losses.end(), [&](double loss) { return loss <= most; });
}

BowlPath first_steps(BowlPath path, Index steps) {
  for (auto* values : {&path.x, &path.y, &path.losses}) values->resize(static_cast<std::size_t>(steps + 1));
  return path;
}

}  // namespace

BowlWalker::BowlWalker(const Bowl& bowl, const Optimizer& optimizer)
    : bowl_(bowl),
      point_(Type{Dtype::f32, {2}}),
      curvatures_(Tensor({2}, {static_cast<float>(bowl.flat), static_cast<float>(bowl.steep)})),
      rate_(Type{Dtype::f32, {}}),
      step_(Type{Dtype::f32, {}}) {
  std::vector<StateVar> states;
  program_ = std::make_unique<Program>(
      [&](Trace& trace) {
        const Var point = trace.graph().input(point_input, point_.type());
        const Var loss = sum(trace.graph().input(curvatures_input, curvatures_.type()) * square(point)) * 0.5;
        const Updates updates = update(optimizer, {point}, grad(loss, {point}));
        states = updates.states;
        Request request{.updates = {{point, updates.parameters[0]}}};
        for (const StateVar& state : states) request.updates.push_back({state.value, state.next});
        return request;
      },
      Mode::training);
  states_.reserve(states.size());
  for (const StateVar& state : states) {
    states_.emplace_back(state.type);
    program_->bind(state.name, states_.back().view());
  }
  program_->bind(point_input, point_.view());
  program_->bind(curvatures_input, curvatures_.view());
  program_->bind(rate_input, rate_.view());
  program_->bind(step_input, step_.view());
}

BowlPath BowlWalker::walk(double rate, const Decay& decay, Index steps) {
  const Schedule schedule{.base = rate, .decay = decay};
  return walk([&](Index step) { return fathom::rate(schedule, step, steps); }, steps);
}

BowlPath BowlWalker::walk(const std::function<double(Index step)>& rate, Index steps) {
  point_.set(0, bowl_.x);
  point_.set(1, bowl_.y);
  for (Tensor& state : states_)
    for (Index i = 0; i < state.count(); ++i) state.set(i, 0);
  BowlPath path;
  for (Index step = 0;; ++step) {
    const double loss = bowl_.loss(point_.at(0), point_.at(1));
    if (!std::isfinite(loss)) return path;
    path.x.push_back(point_.at(0));
    path.y.push_back(point_.at(1));
    path.losses.push_back(loss);
    if (step == steps) return path;
    rate_.set(0, rate(step + 1));
    step_.set(0, static_cast<double>(step + 1));
    program_->run();
  }
}

std::optional<Index> steps_to_stay(const BowlPath& path, double tolerance) {
  const double enough = tolerance * path.losses.front();
  Index steps = static_cast<Index>(path.losses.size());
  while (steps > 0 && path.losses[static_cast<std::size_t>(steps - 1)] <= enough) --steps;
  return steps == static_cast<Index>(path.losses.size()) ? std::nullopt : std::optional(steps);
}

std::optional<BowlBest> best_constant(BowlWalker& walker, std::span<const double> rates, double tolerance,
                                      Index limit) {
  std::optional<BowlBest> best;
  for (const double rate : rates) {
    BowlPath path = walker.walk(rate, ConstantRate{}, limit);
    if (!keeps_below(path, limit)) continue;
    const std::optional<Index> steps = steps_to_stay(path, tolerance);
    if (steps && (!best || *steps < best->steps)) best = BowlBest{rate, *steps, first_steps(std::move(path), *steps)};
  }
  return best;
}

std::optional<BowlBest> best_decaying(BowlWalker& walker, std::span<const double> rates, double tolerance,
                                      Index limit) {
  const double enough = tolerance * walker.bowl().loss(walker.bowl().x, walker.bowl().y);
  for (Index steps = 1; steps <= limit; steps = std::max(steps + 1, steps > 40 ? steps * 21 / 20 : 0)) {
    std::optional<BowlBest> best;
    for (const double rate : rates) {
      BowlPath path = walker.walk(rate, CosineDecay{}, steps);
      if (!keeps_below(path, steps) || path.losses.back() > enough) continue;
      if (!best || path.losses.back() < best->path.losses.back()) best = BowlBest{rate, steps, std::move(path)};
    }
    if (best) return best;
  }
  return {};
}

std::vector<double> bowl_rates() {
  std::vector<double> rates;
  for (int k = -4 * 12; k <= 18; ++k) rates.push_back(std::pow(10.0, k / 12.0));
  return rates;
}

double gradient_descent_steps(const Bowl& bowl, double tolerance) {
  const double k = bowl.steep / bowl.flat;
  return std::log(1 / tolerance) / (2 * std::log((k + 1) / (k - 1)));
}

}  // namespace fathom
