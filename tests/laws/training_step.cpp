#include "tests/laws/training_step.hpp"

#include "fathom/derive/derive.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/optim/update.hpp"

namespace fathom::laws {

Request training_step(Trace& trace, const Module& model, Var scores, Var classes) {
  const Var loss = mean(softmax_cross_entropy(scores, classes));
  const Vars weights = model.parameters().vars();
  const Updates updates = update(Momentum{}, weights, grad(loss, weights), {.clip_norm = 1});
  Request request{{loss, updates.gradient_norm}, {}, loss};
  for (std::size_t k = 0; k < weights.size(); ++k) request.updates.push_back({weights[k], updates.parameters[k]});
  for (const StateVar& state : updates.states) request.updates.push_back({state.value, state.next});
  for (const auto& [target, value] : trace.assigned()) request.updates.push_back({target, value});
  return request;
}

Feed feed_of(const Request& request, const Module& model, Index classes, Random& random) {
  Vars wanted = request.outputs;
  for (const Update& update : request.updates) {
    wanted.push_back(update.target);
    wanted.push_back(update.value);
  }
  const Flat weights = model.parameters().initialise(3);
  const Graph& graph = wanted.front().graph();
  Feed feed;
  for (const NodeId id : reachable(graph, wanted)) {
    const Node& node = graph.node(id);
    if (!is_input(node)) continue;
    if (model.parameters().find(node.name) != nullptr)
      feed[node.name] = weights.copy(node.name);
    else if (node.name == "classes")
      feed[node.name] = sample(node.type, {.low = 0, .high = static_cast<double>(classes - 1), .index = true}, random);
    else if (node.name == rate_input)
      feed[node.name] = Tensor({}, {0.05f});
    else if (node.name == step_input)
      feed[node.name] = Tensor({}, {1.f});
    else if (node.name.starts_with("x") || node.type.dtype == Dtype::i32)
      feed[node.name] = noise(node.type, random);
    else
      feed[node.name] = Tensor(node.type);
  }
  return feed;
}

}  // namespace fathom::laws
