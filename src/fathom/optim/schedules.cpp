#include "fathom/optim/schedules.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "fathom/base/error.hpp"

namespace fathom {

namespace {

// Where a step stands: t steps after the warm-up, of T.
struct Progress {
  double t = 0;
  double T = 1;
  double share() const { return std::min(1.0, t / T); }
};

double factor(const ConstantRate&, Progress) { return 1; }
double factor(const StepDecay& d, Progress p) {
  return std::pow(d.factor, std::floor(p.t / static_cast<double>(d.every)));
}
double factor(const ExponentialDecay& d, Progress p) { return std::pow(d.factor, p.t / static_cast<double>(d.every)); }
double factor(const InverseDecay& d, Progress p) { return 1 / (1 + p.t / static_cast<double>(d.half)); }
double factor(const LinearDecay& d, Progress p) { return 1 - (1 - d.final) * p.share(); }
double factor(const CosineDecay& d, Progress p) {
  return d.final + (1 - d.final) * (1 + std::cos(std::numbers::pi * p.share())) / 2;
}
double factor(const PlateauDecay&, Progress) { return 1; }

void need_in_schedule(bool holds, std::string_view setting, std::string_view range, double value) {
  if (!holds) fail(Code::config, "schedule: {} must be {}, not {}", setting, range, value);
}

void check_one(const ConstantRate&) {}
template <class Stepped>
void check_stepped(const Stepped& d) {
  need_in_schedule(d.every >= 1, "every", "at least 1", static_cast<double>(d.every));
  need_in_schedule(d.factor > 0 && d.factor <= 1, "factor", "above 0 and at most 1", d.factor);
}
void check_one(const StepDecay& d) { check_stepped(d); }
void check_one(const ExponentialDecay& d) { check_stepped(d); }
void check_one(const InverseDecay& d) {
  need_in_schedule(d.half >= 1, "half", "at least 1", static_cast<double>(d.half));
}
void check_one(const LinearDecay& d) {
  need_in_schedule(d.final >= 0 && d.final <= 1, "final", "between 0 and 1", d.final);
}
void check_one(const CosineDecay& d) {
  need_in_schedule(d.final >= 0 && d.final <= 1, "final", "between 0 and 1", d.final);
}
void check_one(const PlateauDecay& d) {
  need_in_schedule(d.factor > 0 && d.factor < 1, "factor", "above 0 and below 1", d.factor);
  need_in_schedule(d.patience >= 0, "patience", "at least 0", static_cast<double>(d.patience));
  need_in_schedule(d.min_delta >= 0 && d.min_delta < 1, "min_delta", "at least 0 and below 1", d.min_delta);
  need_in_schedule(d.final >= 0 && d.final <= 1, "final", "between 0 and 1", d.final);
}

}  // namespace

double rate(const Schedule& schedule, Index step, Index total_steps, const PlateauState& plateau) {
  FATHOM_ASSERT(step >= 1);
  step = std::min(step, std::max<Index>(total_steps, 1));
  const double base = schedule.base * plateau.scale;
  if (step <= schedule.warmup_steps) {
    const double share = static_cast<double>(step) / static_cast<double>(schedule.warmup_steps);
    return base * (schedule.warmup == WarmupShape::linear ? share : (1 - std::cos(std::numbers::pi * share)) / 2);
  }
  const Progress progress{static_cast<double>(step - 1 - schedule.warmup_steps),
                          static_cast<double>(std::max<Index>(total_steps - schedule.warmup_steps, 1))};
  return base * std::visit([&](const auto& any) { return factor(any, progress); }, schedule.decay);
}

bool observe(const Schedule& schedule, PlateauState& plateau, double loss) {
  const auto* options = std::get_if<PlateauDecay>(&schedule.decay);
  if (options == nullptr) return false;
  // A share of |best|, so that negative losses work too. A NaN is no improvement.
  if (std::isinf(plateau.best) ? loss < plateau.best
                               : loss < plateau.best - options->min_delta * std::abs(plateau.best)) {
    plateau.best = loss;
    plateau.bad_epochs = 0;
    return false;
  }
  if (++plateau.bad_epochs <= options->patience) return false;
  plateau.bad_epochs = 0;
  const double before = plateau.scale;
  plateau.scale = std::max(options->final, plateau.scale * options->factor);
  return plateau.scale < before;
}

const std::vector<std::string>& decay_names() {
  static const std::vector<std::string> names{"constant", "step",   "exponential", "inverse",
                                              "linear",   "cosine", "plateau"};
  return names;
}

Decay decay(std::string_view name) {
  if (name == "constant") return ConstantRate{};
  if (name == "step") return StepDecay{};
  if (name == "exponential") return ExponentialDecay{};
  if (name == "inverse") return InverseDecay{};
  if (name == "linear") return LinearDecay{};
  if (name == "cosine") return CosineDecay{};
  if (name == "plateau") return PlateauDecay{};
  throw Error(Code::config, message("there is no schedule \"{}\"", name), {},
              fmt::format("choose one of {}", fmt::join(decay_names(), ", ")));
}

void check(const Schedule& schedule) {
  if (!(schedule.base > 0 && std::isfinite(schedule.base)))
    fail(Code::config, "learning_rate must be above 0, not {}", schedule.base);
  need_in_schedule(schedule.warmup_steps >= 0, "warmup", "at least 0 steps",
                   static_cast<double>(schedule.warmup_steps));
  std::visit([](const auto& any) { check_one(any); }, schedule.decay);
}

}  // namespace fathom
