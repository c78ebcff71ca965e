#include <algorithm>

#include "fathom/graph/ops/index.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/graph/ops/shape.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

bool fits_rows(Dtype dtype, Index lines, Index columns) {
  return is_float(dtype) && lines > 1 && columns > 1 &&
         static_cast<std::size_t>(columns) * size_of(dtype) <= tile_bytes;
}

}  // namespace

bool reduces_rows(const Graph& graph, const Node& node) {
  if (node.op != &sum_op && node.op != &max_op && node.op != &logsumexp_op && node.op != &pick_op) return false;
  const Type& of = graph.node(node.operands[0]).type;
  const int rank = of.shape.rank();
  const auto& axes = node.attributes.ints;  // of max and logsumexp: one; of a pick: none, it is the last
  for (std::size_t k = 0; k < axes.size(); ++k)
    if (axes[axes.size() - 1 - k] != rank - 1 - static_cast<Index>(k)) return false;
  return node.type.shape.count() > 0 && fits_rows(of.dtype, node.type.shape.count(), columns_of(graph, node));
}

bool marks_rows(const Graph& graph, const Node& node) {
  return node.op == &one_hot_op && node.type.shape.count() > 0 &&
         fits_rows(node.type.dtype, graph.node(node.operands[0]).type.shape.count(), columns_of(graph, node));
}

Index columns_of(const Graph& graph, const Node& node) {
  const Index here = node.type.shape.count(), there = graph.node(node.operands[0]).type.shape.count();
  return node.op == &one_hot_op ? here / there : there / here;
}

bool is_row_index(const Node& node, int i) {
  return (node.op == &pick_op && i == 1) || (node.op == &one_hot_op && i == 0);
}

Index elements_of(const Graph& graph, const Unit& group) {
  Index count = 0;
  for (NodeId id : group.nodes) {
    const Index here = graph.node(id).type.shape.count();
    count = std::max(count, group.columns > 0 && reduces_rows(graph, graph.node(id)) ? here * group.columns : here);
  }
  return count;
}

namespace {

// What nodes of one or two units, run together over rows of one length, would be.
struct Rows {
  const Graph& graph;
  const Units& units;
  std::vector<NodeId> nodes;
  Index count, columns;  // elements in all, and of a row

  Index lines() const { return count / columns; }
  bool inside(NodeId id) const { return std::find(nodes.begin(), nodes.end(), id) != nodes.end(); }

  // Whether `id`, the operand of an op on elements, is the row's value for every element of a row.
  bool spread_over_rows(NodeId id) const {
    const Node& node = graph.node(home_of(graph, id));
    if (node.op != &broadcast_op) return false;
    const Shape &to = node.type.shape, from = graph.node(node.operands[0]).type.shape;
    Index after = 1;  // elements that lie behind the axes seen so far
    int axis = to.rank();
    while (after < columns && axis > 0) {
      --axis;
      const int own = axis - (to.rank() - from.rank());
      if (own >= 0 && from[own] != 1) return false;
      after *= to[axis];
    }
    return after == columns && from.count() == lines();
  }

  // Whether an operand can be read where the ops run: those that are made inside as they lie or spread over rows, those
  // from outside as they lie, spread over rows or one for all.
  bool can_read(const Node& node, int operand_number) const {
    const NodeId operand = node.operands[index(operand_number)], memory = memory_of(graph, units, operand);
    const Index here = node.type.shape.count(), there = graph.node(memory).type.shape.count();
    if (is_row_index(node, operand_number)) return there == lines() && home_of(graph, operand) == memory;
    if (reduces_rows(graph, node)) return there == count && home_of(graph, operand) == memory;
    if (here == lines()) return there == here || (!inside(memory) && there == 1);
    if (here != count) return false;
    return !inside(memory) || there == count || (there == lines() && spread_over_rows(operand));
  }

  bool can_run() const {
    const Dtype dtype = graph.node(nodes.front()).type.dtype;
    return nodes.size() <= largest_group && std::all_of(nodes.begin(), nodes.end(), [&](NodeId id) {
             const Node& node = graph.node(id);
             bool reads = node.type.dtype == dtype;
             for (int i = 0; reads && i < static_cast<int>(node.operands.size()); ++i)
               reads = !by_another_name(graph, node.operands[index(i)]) && can_read(node, i);
             return reads;
           });
  }
};

bool is_group(const Unit& unit) { return unit.whole < 0 && !unit.nodes.empty(); }

class Fusion {
 public:
  Fusion(const Graph& graph, Units& units) : graph_(graph), units_(units), merger_(graph, units) {}

  void run() {
    for (NodeId id = 0; id < graph_.size(); ++id) {
      const int unit = units_.unit_of[index(id)];
      if (unit < 0) continue;
      const Node& node = graph_.node(id);
      const bool knows_rows = reduces_rows(graph_, node) || marks_rows(graph_, node);
      if (knows_rows) begin(id, unit);
      if (!knows_rows && !groupable(graph_, node)) continue;
      for (NodeId operand : node.operands) join(units_.unit_of[index(memory_of(graph_, units_, operand))], id);
    }
    for (Unit& unit : units_.units)
      if (unit.columns > 0 && unit.nodes.size() == 1) unit = {unit.nodes, unit.nodes.front()};
  }

 private:
  // A reduction, or ones in rows, becomes a group of one.
  void begin(NodeId id, int number) {
    Unit& unit = units_.units[index(number)];
    unit.whole = -1;
    unit.columns = columns_of(graph_, graph_.node(id));
  }

  // Puts the unit that reads a value together with the one that makes it, if one of them reduces rows.
  void join(int maker, NodeId reader) {
    const int own = units_.unit_of[index(reader)];
    if (maker < 0 || maker == own) return;
    const Unit &a = units_.units[index(maker)], &b = units_.units[index(own)];
    if (!is_group(a) || !is_group(b) || (a.columns == 0 && b.columns == 0)) return;
    if (a.columns > 0 && b.columns > 0 && a.columns != b.columns) return;
    std::vector<NodeId> nodes = a.nodes;
    nodes.insert(nodes.end(), b.nodes.begin(), b.nodes.end());
    const Index count = std::max(elements_of(graph_, a), elements_of(graph_, b));
    if (Rows{graph_, units_, nodes, count, std::max(a.columns, b.columns)}.can_run() && merger_.may_merge(maker, own))
      merger_.merge(maker, own);
  }

  const Graph& graph_;
  Units& units_;
  Merger merger_;
};

}  // namespace

void rows(const Owned& owned, Units& units) { Fusion(*owned.graph, units).run(); }

}  // namespace fathom::passes
