#include <algorithm>

#include "fathom/graph/ops/random.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom::passes {

NodeId memory_of(const Graph& graph, const Units& units, NodeId id) {
  id = home_of(graph, id);
  const bool written_out = units.unit_of[static_cast<std::size_t>(id)] >= 0;
  return graph.node(id).op == &broadcast_op && !written_out ? home_of(graph, graph.node(id).operands[0]) : id;
}

bool by_another_name(const Graph& graph, NodeId id) {
  while (graph.node(id).op == &reshape_op) id = graph.node(id).operands[0];
  return graph.node(id).op == &stop_gradient_op;
}

bool groupable(const Graph& graph, const Node& node) {
  if (node.op->kind != Kind::elementwise || node.operands.size() > 3 || node.op == &stop_gradient_op ||
      !is_float(node.type.dtype))
    return false;
  return std::all_of(node.operands.begin(), node.operands.end(),
                     [&](NodeId operand) { return graph.node(operand).type.dtype == node.type.dtype; });
}

namespace {

// Broadcasts that something other than an elementwise step reads (another broadcast, say), and gathered rows that
// something other than a sum of bags reads: these have to be written out.
std::vector<bool> needed_in_memory(const Owned& owned) {
  const Graph& graph = *owned.graph;
  std::vector<bool> needed(static_cast<std::size_t>(graph.size()), false);
  const auto need = [&](NodeId id) { needed[static_cast<std::size_t>(home_of(graph, id))] = true; };
  for (const Var& output : owned.request.outputs) need(output.id());
  for (const Update& update : owned.request.updates) need(update.value.id());
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (node.op == &reshape_op || node.op == &stop_gradient_op) continue;
    const bool elementwise = groupable(graph, node);
    for (const NodeId value : values_read(graph, node))
      if (!elementwise || graph.node(value).op == &gather_op) need(value);
  }
  return needed;
}

}  // namespace

std::vector<NodeId> dependencies(const Graph& graph, const Units& units, int unit) {
  std::vector<NodeId> result;
  const Unit& self = units.units[static_cast<std::size_t>(unit)];
  for (NodeId id : self.nodes) {
    const Node& node = graph.node(id);
    for (NodeId from : values_read(graph, node)) {
      if (id != self.whole) from = memory_of(graph, units, from);
      if (units.unit_of[static_cast<std::size_t>(from)] != unit) result.push_back(from);
    }
  }
  return result;
}

std::vector<bool> kept_values(const Owned& owned, const Units& units) {
  const Graph& graph = *owned.graph;
  std::vector<bool> kept(index(graph.size()), false);
  for (int unit = 0; unit < static_cast<int>(units.units.size()); ++unit)
    for (NodeId value : dependencies(graph, units, unit)) kept[index(value)] = true;
  for (const Var& output : owned.request.outputs) kept[index(home_of(graph, output.id()))] = true;
  for (const Update& update : owned.request.updates) kept[index(home_of(graph, update.value.id()))] = true;
  return kept;
}

Units group(const Owned& owned, const PlanOptions& options) {
  const Graph& graph = *owned.graph;
  Units result;
  result.unit_of.assign(static_cast<std::size_t>(graph.size()), -1);
  const std::vector<bool> needed = needed_in_memory(owned);
  Merger merger(graph, result);
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    const bool elementwise = groupable(graph, node);
    const bool moves_nothing =
        is_input(node) || node.op == &constant_op || node.op == &reshape_op || node.op == &stop_gradient_op;
    const bool may_be_read_through = node.op == &broadcast_op || node.op == &gather_op;
    if (moves_nothing || (may_be_read_through && !needed[static_cast<std::size_t>(id)])) continue;
    const int unit = static_cast<int>(result.units.size());
    result.units.push_back({{id}, elementwise ? -1 : id});
    result.unit_of[static_cast<std::size_t>(id)] = unit;
    if (!elementwise || !options.group) continue;
    for (NodeId operand : node.operands) {
      const NodeId from = home_of(graph, operand);
      const Node& source = graph.node(from);
      if (groupable(graph, source) && !by_another_name(graph, operand) && source.type.dtype == node.type.dtype &&
          source.type.shape.count() == node.type.shape.count()) {
        const int a = result.unit_of[static_cast<std::size_t>(from)], b = result.unit_of[static_cast<std::size_t>(id)];
        const std::size_t together = result.units[static_cast<std::size_t>(a)].nodes.size() +
                                     result.units[static_cast<std::size_t>(b)].nodes.size();
        if (together <= largest_group && merger.may_merge(a, b)) merger.merge(a, b);
      }
    }
  }
  return result;
}

}  // namespace fathom::passes
