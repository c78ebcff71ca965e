#include "fathom/train/update_step.hpp"

#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom {

Vars trained_parameters(const Parameters& parameters, const std::set<std::string>& frozen) {
  Vars weights = parameters.vars();
  std::erase_if(weights, [&](Var weight) { return frozen.contains(weight.node().name); });
  if (weights.empty()) throw Error(Code::config, "trainer.freeze leaves nothing to train", {}, "freeze fewer weights");
  return weights;
}

UpdateStep update_step(Trace& trace, const Objective& objective, const std::map<std::string, Type>& types,
                       const Parameters& parameters, const TrainerOptions& options) {
  trace.freeze(options.frozen);
  const Batch b(trace.graph(), types);
  const Var data_loss = weighted_mean(objective.row_losses(b), b.row_weight());
  const Var loss = objective.penalty ? data_loss + objective.penalty() : data_loss;
  const Vars weights = trained_parameters(parameters, options.frozen);
  UpdateOptions update_options = options.update;
  update_options.bad_gradient = BadGradient::skip;
  const Updates updates = update(options.optimizer, weights, grad(loss, weights), update_options);
  Request request{{data_loss, updates.gradient_norm}, {}, loss};
  for (std::size_t k = 0; k < weights.size(); ++k) request.updates.push_back({weights[k], updates.parameters[k]});
  for (const StateVar& var : updates.states) request.updates.push_back({var.value, var.next});
  // A step that changes no weight changes no running statistics either.
  const Var finite = equal((data_loss + updates.gradient_norm) * 0.0, 0.0);
  for (const auto& [target, value] : trace.assigned())
    request.updates.push_back({target, select(finite, value, target)});
  return {std::move(request), updates.states};
}

std::vector<Tensor> initial_states(const std::vector<StateVar>& states) {
  std::vector<Tensor> tensors;
  for (const StateVar& var : states) {
    Tensor tensor(var.type);
    for (Index i = 0; var.initial != 0 && i < tensor.count(); ++i) tensor.set(i, var.initial);
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

void set_random_key(Tensor& key, std::uint64_t seed, Index step) {
  auto* words = key.as<std::int32_t>();
  const auto counter = static_cast<std::uint64_t>(step);
  words[0] = static_cast<std::int32_t>(static_cast<std::uint32_t>(seed));
  words[1] = static_cast<std::int32_t>(static_cast<std::uint32_t>(seed >> 32));
  words[2] = static_cast<std::int32_t>(static_cast<std::uint32_t>(counter));
  words[3] = static_cast<std::int32_t>(static_cast<std::uint32_t>(counter >> 32));
}

}  // namespace fathom
