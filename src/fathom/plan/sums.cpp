#include <algorithm>
#include <numeric>

#include "fathom/graph/ops/reduce.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

// Whether a sum leaves a row of a matrix whose rows are all that it goes over.
bool over_rows(const Graph& graph, const Node& sum) {
  const Type& of = graph.node(sum.operands[0]).type;
  const Index columns = sum.type.shape.count();
  std::vector<Index> leading(sum.attributes.ints.size());
  std::iota(leading.begin(), leading.end(), Index{0});
  return sum.attributes.ints == leading && columns > 1 && of.shape.count() > columns &&
         static_cast<std::size_t>(columns) * size_of(of.dtype) <= tile_bytes;
}

// One sum for each result, and all of rows of one length.
bool takes(const Graph& graph, const Unit& group, const Node& sum, NodeId of) {
  const Index columns = sum.type.shape.count();
  if (group.columns > 0 && (group.columns != columns || graph.node(of).type.shape.count() != elements_of(graph, group)))
    return false;
  return std::all_of(group.sums.begin(), group.sums.end(), [&](NodeId other) {
    return graph.node(other).type.shape.count() == columns && home_of(graph, graph.node(other).operands[0]) != of;
  });
}

}  // namespace

// Nothing in the group waits for the sum, or the group would wait for itself: the two can always be one.
void sums(const Owned& owned, Units& units) {
  const Graph& graph = *owned.graph;
  Merger merger(graph, units);
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    const int unit = units.unit_of[index(id)];
    if (node.op != &sum_op || unit < 0 || !over_rows(graph, node)) continue;
    const NodeId of = home_of(graph, node.operands[0]);
    const int group = units.unit_of[index(of)];
    if (group < 0 || !groupable(graph, graph.node(of)) || units.units[index(group)].whole >= 0 ||
        by_another_name(graph, node.operands[0]) || !takes(graph, units.units[index(group)], node, of))
      continue;
    units.units[index(unit)].whole = -1;
    units.units[index(unit)].sums = {id};
    merger.merge(group, unit);
  }
}

}  // namespace fathom::passes
