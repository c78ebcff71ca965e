#include <algorithm>
#include <queue>
#include <set>

#include "fathom/graph/ops/random.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

// Which units wait for which, as successors and counts.
class Edges {
 public:
  explicit Edges(std::size_t units) : after_(units), waits_(units, 0) {}

  void add(int before, int after) {
    if (before != after && after_[index(before)].insert(after).second) ++waits_[index(after)];
  }
  bool reaches(int from, int to) const {
    std::vector<bool> visited(after_.size(), false);
    std::vector<int> stack{from};
    while (!stack.empty()) {
      const int unit = stack.back();
      stack.pop_back();
      if (unit == to) return true;
      for (int next : after_[index(unit)])
        if (!visited[index(next)]) {
          visited[index(next)] = true;
          stack.push_back(next);
        }
    }
    return false;
  }
  const std::set<int>& after(int unit) const { return after_[index(unit)]; }
  // All units, each behind those that it waits for, and of those that may come next always the one with the first turn.
  std::vector<int> sorted(const std::vector<NodeId>& turn) const {
    std::priority_queue<std::pair<NodeId, int>, std::vector<std::pair<NodeId, int>>, std::greater<>> ready;
    std::vector<int> waits = waits_, result;
    for (int unit = 0; unit < static_cast<int>(waits.size()); ++unit)
      if (waits[index(unit)] == 0) ready.emplace(turn[index(unit)], unit);
    while (!ready.empty()) {
      const int unit = ready.top().second;
      ready.pop();
      result.push_back(unit);
      for (int next : after_[index(unit)])
        if (--waits[index(next)] == 0) ready.emplace(turn[index(next)], next);
    }
    return result;
  }

 private:
  std::vector<std::set<int>> after_;
  std::vector<int> waits_;
};

// Whether a unit that reads `target` may write `value` over it as it goes: element by element, or row by row in a
// scatter. What a product carries reads behind the product: no target that the product itself has written over.
bool may_write_over(const Graph& graph, const Units& units, const Unit& unit, NodeId value, NodeId target) {
  if (unit.columns > 0) return false;
  for (NodeId id : unit.nodes) {
    const Node& node = graph.node(id);
    const bool scatter = node.op == &scatter_add_op || node.op == &scatter_set_op;
    // A scatter's base is the first value that it reads, if it reads it.
    const std::vector<NodeId> homes = values_read(graph, node);
    const std::size_t base = scatter && reads_operand(graph, node, 0) ? 0 : homes.size();
    for (std::size_t i = 0; i < homes.size(); ++i)
      if (id != unit.whole ? memory_of(graph, units, homes[i]) == target && (homes[i] != target || value == unit.whole)
                           : homes[i] == target && i != base)
        return false;
  }
  return true;
}

}  // namespace

Order order(const Owned& owned, const Units& units) {
  const Graph& graph = *owned.graph;
  const int count = static_cast<int>(units.units.size());
  Edges edges(units.units.size());
  std::vector<std::vector<int>> readers(index(graph.size()));
  for (int unit = 0; unit < count; ++unit)
    for (NodeId node : dependencies(graph, units, unit)) {
      readers[index(node)].push_back(unit);
      if (const int before = units.unit_of[index(node)]; before >= 0) edges.add(before, unit);
    }

  // An update may write into its target once every other reader of the target has run.
  Order result;
  std::set<NodeId> taken;
  for (const Update& update : owned.request.updates) {
    const NodeId value = home_of(graph, update.value.id());
    const int writer = units.unit_of[index(value)];
    bool direct = writer >= 0 && update.value.type() == update.target.type() && !taken.contains(value) &&
                  may_write_over(graph, units, units.units[index(writer)], value, update.target.id());
    for (int reader : readers[index(update.target.id())])
      direct = direct && (reader == writer || !edges.reaches(writer, reader));
    if (direct) {
      for (int reader : readers[index(update.target.id())]) edges.add(reader, writer);
      taken.insert(value);
    }
    result.direct.push_back(direct);
  }

  // The order of the trace, as far as the edges allow. A product comes where it was traced, though what it carries was
  // traced later, for its operands may end there; and what it waits for comes before it.
  std::vector<NodeId> turn(units.units.size(), 0);
  for (int unit = 0; unit < count; ++unit) {
    const Unit& self = units.units[index(unit)];
    if (!self.nodes.empty()) turn[index(unit)] = self.whole >= 0 ? self.whole : self.nodes.back();
  }
  const std::vector<int> sorted = edges.sorted(turn);
  for (auto unit = sorted.rbegin(); unit != sorted.rend(); ++unit)
    for (int next : edges.after(*unit)) turn[index(*unit)] = std::min(turn[index(*unit)], turn[index(next)]);
  for (int unit : edges.sorted(turn))
    if (!units.units[index(unit)].nodes.empty()) result.units.push_back(unit);
  FATHOM_ASSERT(static_cast<std::ptrdiff_t>(result.units.size()) ==
                std::count_if(units.units.begin(), units.units.end(), [](const Unit& u) { return !u.nodes.empty(); }));
  return result;
}

}  // namespace fathom::passes
