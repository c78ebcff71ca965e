// Schedules: the learning rate of each step, as host code.
#pragma once

#include <limits>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom {

// Below, t counts the steps since the warm-up, from 0, and T is the number of steps after the warm-up.
struct ConstantRate {};
struct StepDecay {  // factor ^ floor(t / every)
  Index every = 1000;
  double factor = 0.1;
};
struct ExponentialDecay {  // factor ^ (t / every)
  Index every = 1000;
  double factor = 0.5;
};
struct InverseDecay {  // 1 / (1 + t / half), so that half is reached after `half` steps (Robbins and Monro 1951)
  Index half = 1000;
};
struct LinearDecay {  // 1 - (1 - final) t / T
  double final = 0;
};
struct CosineDecay {  // final + (1 - final) (1 + cos(pi t / T)) / 2 (Loshchilov and Hutter 2017, eq. 5)
  double final = 0;
};
struct PlateauDecay {  // `factor` each time the monitored loss has not improved for more than `patience` epochs
  double factor = 0.5;
  Index patience = 3;
  double min_delta = 1e-4;  // an improvement is at least this share of the best
  double final = 0;         // never below this
};

using Decay =
    std::variant<ConstantRate, StepDecay, ExponentialDecay, InverseDecay, LinearDecay, CosineDecay, PlateauDecay>;

enum class WarmupShape { linear, cosine };

struct Schedule {
  double base = 1e-3;  // the learning rate that the factors multiply
  Decay decay = ConstantRate{};
  Index warmup_steps = 0;
  WarmupShape warmup = WarmupShape::linear;  // from base / warmup_steps at step 1 to base at step warmup_steps
};

// What a plateau remembers; part of a checkpoint. Other schedules leave it alone.
struct PlateauState {
  double scale = 1;
  double best = std::numeric_limits<double>::infinity();
  Index bad_epochs = 0;

  friend bool operator==(const PlateauState&, const PlateauState&) = default;
};

// The learning rate of step 1, 2, ... `total_steps` (later steps have that of the last). Needs: step >= 1.
double rate(const Schedule& schedule, Index step, Index total_steps, const PlateauState& plateau = {});

// Tells a plateau an epoch's loss (lower is better); gives true when the rate was cut. Other schedules do nothing.
bool observe(const Schedule& schedule, PlateauState& plateau, double loss);

// constant step exponential inverse linear cosine plateau, with their defaults. Throws Error(config) with the names
// otherwise.
Decay decay(std::string_view name);
const std::vector<std::string>& decay_names();
// Throws Error(config) naming the first setting out of its range.
void check(const Schedule& schedule);

}  // namespace fathom
