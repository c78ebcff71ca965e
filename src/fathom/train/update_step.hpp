// One update of a training as a graph: the loss of a batch, its gradient, the optimizer's rule. Trainer replays it; who
// wants to know what an update costs or does replays the same.
#pragma once

#include "fathom/train/trainer.hpp"

namespace fathom {

struct UpdateStep {
  Request request;  // outputs: the loss of the batch without the penalty, and the norm of the gradient
  std::vector<StateVar> states;
};
// Of `options`: the optimizer, the update and what is frozen. A loss or a gradient that is not finite changes nothing.
// Needs: the trace is in training mode. Throws Error(config) when every parameter is frozen.
UpdateStep update_step(Trace& trace, const Objective& objective, const std::map<std::string, Type>& types,
                       const Parameters& parameters, const TrainerOptions& options);

// The optimizer's numbers before the first update, one tensor for each state.
std::vector<Tensor> initial_states(const std::vector<StateVar>& states);

// The learned parameters that are not frozen. Throws Error(config) when there is none.
Vars trained_parameters(const Parameters& parameters, const std::set<std::string>& frozen);

// What random ops read (Trace::random_key) in step `step`, counted from 0, of a training with this seed.
void set_random_key(Tensor& key, std::uint64_t seed, Index step);

}  // namespace fathom
