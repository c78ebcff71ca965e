#include "fathom/plan/reads.hpp"

#include <algorithm>

#include "fathom/graph/ops/index.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/graph/ops/shape.hpp"

namespace fathom {

NodeId home_of(const Graph& graph, NodeId id) {
  while (graph.node(id).op == &reshape_op || graph.node(id).op == &stop_gradient_op) id = graph.node(id).operands[0];
  return id;
}

std::optional<Bags> bags_of(const Graph& graph, const Node& sum) {
  if (sum.op != &sum_op) return std::nullopt;
  const Node& rows = graph.node(sum.operands[0]);
  if (rows.op != &gather_op) return std::nullopt;
  for (NodeId id = sum.operands[0] + 1; id < graph.size(); ++id) {
    const Node& other = graph.node(id);
    if (&other != &sum &&
        std::find(other.operands.begin(), other.operands.end(), sum.operands[0]) != other.operands.end())
      return std::nullopt;
  }
  const int axis = graph.node(rows.operands[1]).type.shape.rank() - 1;
  const Shape& shape = rows.type.shape;
  if (axis < 1 || sum.attributes.ints != std::vector<Index>{axis}) return std::nullopt;
  const Bags bags{home_of(graph, rows.operands[0]), home_of(graph, rows.operands[1]), shape.count(0, axis), shape[axis],
                  shape.count(axis + 1, shape.rank())};
  return bags.count > 1 && bags.length > 0 && bags.width > 1 ? std::optional(bags) : std::nullopt;
}

std::optional<RepeatedRows> repeated_rows_of(const Graph& graph, const Node& scatter) {
  if (scatter.op != &scatter_add_op && scatter.op != &scatter_set_op) return std::nullopt;
  const Node& repeated = graph.node(home_of(graph, scatter.operands[2]));
  if (repeated.op != &broadcast_op) return std::nullopt;
  const Shape &to = repeated.type.shape, &from = graph.node(repeated.operands[0]).type.shape;
  if (from.rank() != to.rank()) return std::nullopt;
  int axis = -1;
  for (int i = 0; i < to.rank(); ++i) {
    if (from[i] == to[i]) continue;
    if (axis >= 0) return std::nullopt;
    axis = i;
  }
  const Index width = scatter.type.shape.count(1, scatter.type.shape.rank());
  if (axis < 0 || to.count(axis + 1, to.rank()) != width || to.count() == 0) return std::nullopt;
  return RepeatedRows{home_of(graph, repeated.operands[0]), to[axis]};
}

bool reads_operand(const Graph& graph, const Node& node, int i) {
  if (i != 0 || (node.op != &scatter_add_op && node.op != &scatter_set_op)) return true;
  double value = 1;
  return !is_constant(const_cast<Graph&>(graph).var(node.operands[0]), &value) || value != 0;
}

std::vector<NodeId> values_read(const Graph& graph, const Node& node) {
  if (const auto bags = bags_of(graph, node)) return {bags->table, bags->indices};
  std::vector<NodeId> values;
  for (int i = 0; i < static_cast<int>(node.operands.size()); ++i)
    if (reads_operand(graph, node, i)) values.push_back(home_of(graph, node.operands[static_cast<std::size_t>(i)]));
  if (const auto repeated = repeated_rows_of(graph, node)) values.back() = repeated->rows;
  return values;
}

}  // namespace fathom
