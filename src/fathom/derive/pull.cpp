#include <unordered_map>
#include <unordered_set>

#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/elementwise.hpp"

namespace fathom {

namespace {

using Cotangents = std::unordered_map<NodeId, Var>;

void accumulate(Cotangents& cotangents, NodeId id, Var part) {
  const auto [it, fresh] = cotangents.emplace(id, part);
  if (!fresh) it->second = add(it->second, part);
}

// Those of `nodes` (ascending) that depend on `wrt`, `wrt` included.
std::unordered_set<NodeId> depending(const Graph& graph, const std::vector<NodeId>& nodes, const Vars& wrt) {
  std::unordered_set<NodeId> result;
  for (const Var& var : wrt) result.insert(var.id());
  for (NodeId id : nodes) {
    const Node& node = graph.node(id);
    if (!is_float(node.type.dtype)) continue;
    for (std::size_t i = 0; i < node.operands.size(); ++i)
      if (node.op->rule(static_cast<int>(i)).role != Role::constant && result.contains(node.operands[i]))
        result.insert(id);
  }
  return result;
}

// The transpose of the linear map t -> e, applied to c: for s = <c, e(t)>, gives ds/dt.
Var transpose_linear(Var e, Var t, Var c) {
  Graph& graph = e.graph();
  std::vector<NodeId> nodes;  // whatever depends on t was made after it
  for (NodeId id = t.id(); id <= e.id(); ++id) nodes.push_back(id);
  const auto active = depending(graph, nodes, {t});
  if (!active.contains(e.id())) return zeros_like(t);
  Cotangents cotangents{{e.id(), c}};
  for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
    const NodeId id = *it;
    if (id == t.id() || !active.contains(id) || !cotangents.contains(id)) continue;
    const Var cotangent = cotangents.at(id);
    const Node& node = graph.node(id);
    for (int i = 0; i < static_cast<int>(node.operands.size()); ++i) {
      const NodeId operand = node.operands[static_cast<std::size_t>(i)];
      const OperandRule& rule = node.op->rule(i);
      if (rule.role == Role::constant || !active.contains(operand)) continue;
      FATHOM_ASSERT(rule.role == Role::straight);  // a push is linear in its tangent
      accumulate(cotangents, operand, rule.pull({graph.var(id), i}, cotangent));
    }
  }
  const auto result = cotangents.find(t.id());
  return result == cotangents.end() ? zeros_like(t) : result->second;
}

}  // namespace

Vars vjp(const Vars& outputs, const Vars& wrt, const Vars& cotangents) {
  if (outputs.size() != cotangents.size())
    fail(Code::usage, "vjp: {} outputs have {} cotangents", outputs.size(), cotangents.size());
  Vars results;
  if (outputs.empty()) {
    for (const Var& var : wrt) results.push_back(zeros_like(var));
    return results;
  }
  Graph& graph = outputs.front().graph();
  for (const Vars* values : {&outputs, &wrt, &cotangents}) need_same_graph(*values, graph, "vjp");
  const std::vector<NodeId> nodes = reachable(graph, outputs);
  const auto active = depending(graph, nodes, wrt);
  std::unordered_set<NodeId> ends;
  for (const Var& var : wrt) ends.insert(var.id());
  Cotangents known;
  for (std::size_t k = 0; k < outputs.size(); ++k) {
    if (cotangents[k].type() != outputs[k].type())
      fail(Code::usage, "vjp: the cotangent of {} is {}", to_string(outputs[k].type()),
           to_string(cotangents[k].type()));
    accumulate(known, outputs[k].id(), cotangents[k]);
  }
  for (auto it = nodes.rbegin(); it != nodes.rend(); ++it) {
    const NodeId id = *it;
    if (ends.contains(id) || !active.contains(id) || !known.contains(id)) continue;
    const Var cotangent = known.at(id);
    const Node& node = graph.node(id);
    const NodeId first_new = graph.size();
    for (int i = 0; i < static_cast<int>(node.operands.size()); ++i) {
      const NodeId operand = node.operands[static_cast<std::size_t>(i)];
      const OperandRule& rule = node.op->rule(i);
      if (rule.role == Role::constant || !active.contains(operand)) continue;
      const Applied applied{graph.var(id), i};
      if (rule.role == Role::straight) {
        accumulate(known, operand, rule.pull(applied, cotangent));
      } else {
        const Var tangent = graph.placeholder(applied.in().type());
        accumulate(known, operand, transpose_linear(rule.push(applied, tangent), tangent, cotangent));
      }
    }
    graph.relocate(first_new, node.at);
  }
  for (const Var& var : wrt) {
    const auto it = known.find(var.id());
    results.push_back(it == known.end() ? zeros_like(var) : it->second);
  }
  return results;
}

Vars grad(Var loss, const Vars& wrt) {
  if (loss.shape().rank() != 0 || !is_float(loss.dtype()))
    throw Error(Code::usage, message("grad: the loss is {}, but must be a scalar", to_string(loss.type())), {},
                "reduce it with mean() or sum()");
  return vjp({loss}, wrt, {full_like(loss, 1)});
}

Vars hvp(Var loss, const Vars& wrt, const Vars& v) { return jvp(grad(loss, wrt), wrt, v); }

Vars gauss_newton_product(Var loss, const Vars& outputs, const Vars& wrt, const Vars& v) {
  return vjp(outputs, wrt, hvp(loss, outputs, jvp(outputs, wrt, v)));
}

}  // namespace fathom
