#include "fathom/graph/evaluate.hpp"

namespace fathom {

std::vector<Tensor> evaluate(std::span<const Var> outputs, const Feed& feed) {
  std::vector<Tensor> results;
  if (outputs.empty()) return results;
  const Graph& graph = outputs.front().graph();
  need_same_graph(outputs, graph, "evaluate");
  std::map<NodeId, Tensor> values;
  for (NodeId id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    if (is_input(node)) {
      const auto it = feed.find(node.name);
      if (it == feed.end()) fail(Code::usage, "the input \"{}\" was not given", node.name);
      if (it->second.type() != node.type)
        fail(Code::usage, "the input \"{}\" is {}, but {} was given", node.name, to_string(node.type),
             to_string(it->second.type()));
      values.emplace(id, it->second);
      continue;
    }
    std::vector<TensorView> in;
    for (NodeId operand : node.operands) in.push_back(values.at(operand).view());
    Tensor out(node.type);
    node.op->reference({in, out.view(), node.attributes});
    values.emplace(id, std::move(out));
  }
  for (const Var& output : outputs) results.push_back(values.at(output.id()));
  return results;
}

}  // namespace fathom
