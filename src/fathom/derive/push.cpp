#include <optional>
#include <unordered_map>

#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/elementwise.hpp"

namespace fathom {

namespace {

using Tangents = std::unordered_map<NodeId, Var>;

void accumulate(std::optional<Var>& total, Var part) { total = total ? add(*total, part) : part; }

Var apply_with(Graph& graph, const Node& node, const std::vector<Var>& operands) {
  return graph.apply(*node.op, operands, node.attributes, node.at);
}

// The tangent of one node from those of its operands; nothing when none of them has one.
std::optional<Var> push_node(Graph& graph, NodeId id, const Tangents& tangents) {
  const Node& node = graph.node(id);
  std::optional<Var> total;
  if (!is_float(node.type.dtype)) return total;
  std::vector<Var> operands, joint;
  bool joint_any = false;
  for (NodeId operand : node.operands) operands.push_back(graph.var(operand));
  joint = operands;
  for (int i = 0; i < static_cast<int>(operands.size()); ++i) {
    const OperandRule& rule = node.op->rule(i);
    const auto k = static_cast<std::size_t>(i);
    const auto tangent = tangents.find(operands[k].id());
    const bool active = tangent != tangents.end();
    if (rule.role == Role::straight && node.op->linearity == Linearity::joint) {
      joint[k] = active ? tangent->second : zeros_like(operands[k]);
      joint_any = joint_any || active;
    } else if (rule.role == Role::straight && active) {
      std::vector<Var> replaced = operands;
      replaced[k] = tangent->second;
      accumulate(total, apply_with(graph, node, replaced));
    } else if (rule.role == Role::curved && active) {
      accumulate(total, rule.push({graph.var(id), i}, tangent->second));
    }
  }
  if (joint_any) accumulate(total, apply_with(graph, node, joint));
  return total;
}

}  // namespace

Vars jvp(const Vars& outputs, const Vars& wrt, const Vars& tangents) {
  if (wrt.size() != tangents.size()) fail(Code::usage, "jvp: {} values have {} tangents", wrt.size(), tangents.size());
  Vars results;
  if (outputs.empty()) return results;
  Graph& graph = outputs.front().graph();
  for (const Vars* values : {&outputs, &wrt, &tangents}) need_same_graph(*values, graph, "jvp");
  Tangents known;
  for (std::size_t k = 0; k < wrt.size(); ++k) {
    if (tangents[k].type() != wrt[k].type())
      fail(Code::usage, "jvp: the tangent of {} is {}", to_string(wrt[k].type()), to_string(tangents[k].type()));
    const auto [it, fresh] = known.emplace(wrt[k].id(), tangents[k]);
    if (!fresh) it->second = add(it->second, tangents[k]);
  }
  for (NodeId id : reachable(graph, outputs)) {
    if (known.contains(id)) continue;
    const NodeId first_new = graph.size();
    if (const auto tangent = push_node(graph, id, known)) known.emplace(id, *tangent);
    graph.relocate(first_new, graph.node(id).at);
  }
  for (const Var& output : outputs) {
    const auto it = known.find(output.id());
    results.push_back(it == known.end() ? zeros_like(output) : it->second);
  }
  return results;
}

}  // namespace fathom
