#include <algorithm>
#include <numeric>

#include "fathom/graph/ops/conv.hpp"
#include "fathom/graph/ops/matmul.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

// What a group may read and write beside the product's result, in values of its size: more than an activation, a mask
// or a residual needs is faster in a pass of its own, which the processor can fetch ahead of.
constexpr std::ptrdiff_t most_carried = 3;

// The values of a group's size that it reads, and those that it makes and that are kept.
std::ptrdiff_t traffic(const Graph& graph, const Units& units, int group, const std::vector<bool>& kept) {
  const Unit& self = units.units[index(group)];
  const Index count = graph.node(self.nodes.front()).type.shape.count();
  std::vector<NodeId> values = dependencies(graph, units, group);
  for (NodeId id : self.nodes)
    if (kept[index(id)]) values.push_back(id);
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return std::count_if(values.begin(), values.end(),
                       [&](NodeId id) { return graph.node(id).type.shape.count() == count; }) -
         1;  // the product's own
}

// An op whose kernels make their result piece by piece, each once and for all.
bool is_product(const Op* op) {
  return op == &matmul_op || op == &conv_op || op == &conv_input_op || op == &conv_weight_op;
}

}  // namespace

Merger::Merger(const Graph& graph, Units& units)
    : graph_(graph), units_(units), furthest_(static_cast<std::size_t>(graph.size())) {
  std::iota(furthest_.begin(), furthest_.end(), NodeId{0});
  for (const Unit& unit : units.units) note(unit);
}

void Merger::note(const Unit& unit) {
  if (unit.nodes.empty()) return;
  const NodeId last = unit.nodes.back();
  for (NodeId id = unit.nodes.front(); id < last; ++id) furthest_[index(id)] = std::max(furthest_[index(id)], last);
}

void Merger::merge(int a, int b) {
  Unit &into = units_.units[index(a)], &from = units_.units[index(b)];
  for (NodeId node : from.nodes) {
    into.nodes.push_back(node);
    units_.unit_of[index(node)] = a;
  }
  std::sort(into.nodes.begin(), into.nodes.end());
  into.whole = std::max(into.whole, from.whole);
  into.columns = std::max(into.columns, from.columns);
  into.sums.insert(into.sums.end(), from.sums.begin(), from.sums.end());
  from = {};
  note(into);
}

// A node waits for nodes before it, and their units for no node behind their last: the search ends where none of these
// reaches b.
bool Merger::waits_through_another(int a, int b) {
  const NodeId first_of_b = units_.units[index(b)].nodes.front();
  stack_.clear();
  visited_.resize(units_.units.size(), 0);
  ++search_;
  const auto visit = [&](int unit) {
    NodeId end = units_.units[index(unit)].nodes.back();
    while (furthest_[index(end)] > end) end = furthest_[index(end)];
    if (end < first_of_b) return;
    for (NodeId node : dependencies(graph_, units_, unit)) {
      const int next = units_.unit_of[index(node)];
      if (next < 0 || next == unit || visited_[index(next)] == search_) continue;
      if (unit == a && next == b) continue;  // a direct edge is what merging removes
      visited_[index(next)] = search_;
      stack_.push_back(next);
    }
  };
  visit(a);
  while (!stack_.empty()) {
    const int unit = stack_.back();
    stack_.pop_back();
    if (unit == b) return true;
    visit(unit);
  }
  return false;
}

void carry(const Owned& owned, Units& units) {
  const Graph& graph = *owned.graph;
  Merger merger(graph, units);
  const std::vector<bool> kept = kept_values(owned, units);
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    if (!groupable(graph, node)) continue;
    for (NodeId operand : node.operands) {
      const NodeId from = home_of(graph, operand);
      const Type& made = graph.node(from).type;
      if (!is_product(graph.node(from).op) || made.dtype != node.type.dtype ||
          made.shape.count() != node.type.shape.count() || made.shape.count() == 1 || by_another_name(graph, operand))
        continue;
      const int product = units.unit_of[index(from)], group = units.unit_of[index(id)];
      if (!units.units[index(product)].has_group() && units.units[index(group)].whole < 0 &&
          traffic(graph, units, group, kept) <= most_carried && merger.may_merge(product, group))
        merger.merge(product, group);
    }
  }
}

}  // namespace fathom::passes
