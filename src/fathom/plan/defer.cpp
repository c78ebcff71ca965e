#include <algorithm>

#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

class Deferral {
 public:
  Deferral(const Owned& owned, Units& units)
      : graph_(*owned.graph), units_(units), readers_(index(graph_.size())), wanted_(index(graph_.size()), false) {
    for (NodeId id = 0; id < graph_.size(); ++id) note_operands(id);
    for (const Var& output : owned.request.outputs) wanted_[index(home_of(graph_, output.id()))] = true;
    for (const Update& update : owned.request.updates) wanted_[index(home_of(graph_, update.value.id()))] = true;
  }

  void run() {
    for (NodeId id = graph_.size() - 1; id >= 0; --id) {
      const int to = only_reader(id);
      std::vector<NodeId> chain;
      if (to < 0 || !can_wait(id, units_.unit_of[index(id)], chain)) continue;
      if (units_.units[index(to)].nodes.size() + chain.size() <= largest_group) move(chain, to);
    }
  }

 private:
  void note_operands(NodeId id) {
    const int unit = units_.unit_of[index(id)];
    if (unit < 0) return;
    const Node& node = graph_.node(id);
    for (const NodeId home : values_read(graph_, node))
      readers_[index(id == units_.units[index(unit)].whole ? home : memory_of(graph_, units_, home))].push_back(id);
  }

  bool in_group(NodeId id) const {
    const int unit = units_.unit_of[index(id)];
    return unit >= 0 && units_.units[index(unit)].whole < 0;
  }

  // The one group, other than its own, whose ops are all that read a value, each element for an element; -1: none.
  int only_reader(NodeId id) const {
    const auto& readers = readers_[index(id)];
    if (!in_group(id) || wanted_[index(id)] || readers.empty()) return -1;
    const int to = units_.unit_of[index(readers.front())];
    const bool all = std::all_of(readers.begin(), readers.end(), [&](NodeId reader) {
      return units_.unit_of[index(reader)] == to &&
             graph_.node(reader).type.shape.count() == graph_.node(id).type.shape.count() &&
             std::none_of(graph_.node(reader).operands.begin(), graph_.node(reader).operands.end(),
                          [&](NodeId operand) { return by_another_name(graph_, operand); });
    });
    return all && in_group(readers.front()) && to != units_.unit_of[index(id)] ? to : -1;
  }

  bool in_memory(NodeId id) const {
    const int unit = units_.unit_of[index(id)];
    return !in_group(id) || wanted_[index(id)] ||
           std::any_of(readers_[index(id)].begin(), readers_[index(id)].end(),
                       [&](NodeId reader) { return units_.unit_of[index(reader)] != unit; });
  }

  // Whether a value can be made later from what is in memory anyway, and with it what nothing else reads: the `chain`.
  bool can_wait(NodeId id, int unit, std::vector<NodeId>& chain) const {
    chain.push_back(id);
    const auto& operands = graph_.node(id).operands;
    return std::all_of(operands.begin(), operands.end(), [&](NodeId operand) {
      const NodeId from = memory_of(graph_, units_, operand);
      if (in_memory(from)) return !by_another_name(graph_, operand);
      const auto& readers = readers_[index(from)];
      return units_.unit_of[index(from)] == unit && from == home_of(graph_, operand) &&
             std::all_of(readers.begin(), readers.end(), [&](NodeId reader) { return reader == id; }) &&
             can_wait(from, unit, chain);
    });
  }

  void move(const std::vector<NodeId>& chain, int to) {
    Unit &from = units_.units[index(units_.unit_of[index(chain.front())])], &into = units_.units[index(to)];
    for (NodeId id : chain) {
      std::erase(from.nodes, id);
      into.nodes.push_back(id);
      units_.unit_of[index(id)] = to;
    }
    std::sort(into.nodes.begin(), into.nodes.end());
  }

  const Graph& graph_;
  Units& units_;
  std::vector<std::vector<NodeId>> readers_;  // of each value, the nodes
  std::vector<bool> wanted_;                  // after the run
};

}  // namespace

void defer(const Owned& owned, Units& units) { Deferral(owned, units).run(); }

}  // namespace fathom::passes
