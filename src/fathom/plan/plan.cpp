#include "fathom/plan/plan.hpp"

#include <algorithm>
#include <set>

#include "fathom/graph/ops/random.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom {

using namespace passes;

namespace {

bool contains(const std::vector<NodeId>& ids, NodeId id) { return std::find(ids.begin(), ids.end(), id) != ids.end(); }

// The strides with which `from`, broadcast to `to`, is read.
Shape broadcast_strides(const Shape& from, const Shape& to) {
  const Shape inner = from.strides();
  Shape result = to;
  const int lead = to.rank() - from.rank();
  for (int axis = 0; axis < to.rank(); ++axis)
    result[axis] = axis < lead || from[axis - lead] == 1 ? 0 : inner[axis - lead];
  return result;
}

// How an elementwise step reads `id`: through broadcasts, without copying them.
GroupRead source_of(const Graph& graph, const Units& units, NodeId id) {
  id = home_of(graph, id);
  const NodeId from = memory_of(graph, units, id);
  if (graph.node(from).type.shape.count() == 1) return {from, GroupRead::Pattern::scalar, {}, {}};
  const Node& node = graph.node(id);
  if (graph.node(from).type.shape.count() == node.type.shape.count()) return {from, GroupRead::Pattern::full, {}, {}};
  return {from, GroupRead::Pattern::strided, node.type.shape,
          broadcast_strides(graph.node(node.operands[0]).type.shape, node.type.shape)};
}

Instruction::Over over_of(const Graph& graph, const Group& group, const Node& node) {
  if (group.columns == 0 || node.type.shape.count() == group.count) return Instruction::Over::elements;
  return reduces_rows(graph, node) ? Instruction::Over::reduces : Instruction::Over::rows;
}

Group lower(const Owned& owned, const Units& units, const Unit& unit, const std::vector<bool>& kept) {
  const Graph& graph = *owned.graph;
  Group group;
  std::vector<NodeId> nodes = unit.nodes;
  std::erase_if(nodes, [&](NodeId id) { return id == unit.whole || contains(unit.sums, id); });
  group.dtype = graph.node(nodes.front()).type.dtype;
  group.columns = unit.columns;
  group.count = elements_of(graph, unit);
  for (NodeId id : nodes) {
    Instruction instruction{id, {}, over_of(graph, group, graph.node(id))};
    for (int i = 0; i < static_cast<int>(graph.node(id).operands.size()); ++i) {
      const NodeId operand = graph.node(id).operands[index(i)];
      const bool row_index = is_row_index(graph.node(id), i);
      NodeId from = home_of(graph, operand);
      // As many elements: a broadcast that only adds axes is the value itself.
      const NodeId memory = memory_of(graph, units, from);
      if (graph.node(memory).type.shape.count() == group.count || (group.columns > 0 && contains(nodes, memory)))
        from = memory;
      const auto inside = std::find(nodes.begin(), nodes.end(), from);
      if (inside != nodes.end() && !row_index) {
        instruction.arguments.push_back({false, static_cast<int>(inside - nodes.begin())});
        continue;
      }
      GroupRead source =
          row_index ? GroupRead{from, GroupRead::Pattern::row, {}, {}} : source_of(graph, units, operand);
      if (source.pattern == GroupRead::Pattern::scalar && group.count == 1) source.pattern = GroupRead::Pattern::full;
      if (source.pattern == GroupRead::Pattern::full && instruction.over == Instruction::Over::rows)
        source.pattern = GroupRead::Pattern::row;
      auto known = std::find(group.sources.begin(), group.sources.end(), source);
      if (known == group.sources.end()) known = group.sources.insert(known, source);
      instruction.arguments.push_back({true, static_cast<int>(known - group.sources.begin())});
    }
    group.instructions.push_back(std::move(instruction));
    if (kept[index(id)]) group.stores.push_back({static_cast<int>(group.instructions.size()) - 1, id});
  }
  for (NodeId sum : unit.sums) {
    const auto of = std::find(nodes.begin(), nodes.end(), home_of(graph, graph.node(sum).operands[0]));
    group.sums.push_back({static_cast<int>(of - nodes.begin()), sum});
  }
  return group;
}

// Refuses what no replay could do.
void check(const Request& request) {
  std::vector<Var> all = request.outputs;
  std::set<NodeId> targets;
  for (const Update& update : request.updates) {
    all.push_back(update.target);
    all.push_back(update.value);
  }
  if (request.turn.defined()) all.push_back(request.turn);
  if (all.empty()) return;
  need_same_graph(all, all.front().graph(), "a plan");
  for (const Update& update : request.updates) {
    const Node& target = update.target.node();
    if (!is_input(target))
      fail(Code::usage, "the target of an update is the result of {} ({}), but must be an input", target.op->name,
           to_string(target.at));
    if (update.value.type() != target.type)
      fail(Code::usage, "the update of \"{}\" is {}, but must be {} ({})", target.name, to_string(update.value.type()),
           to_string(target.type), to_string(update.value.node().at));
    if (!targets.insert(update.target.id()).second) fail(Code::usage, "\"{}\" has two updates", target.name);
  }
}

void sort_unique(std::vector<NodeId>& ids) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

// Steps and places for a graph that no pass changes any more.
Plan planned(const Owned& owned, std::vector<NodeId> again, const PlanOptions& options) {
#ifndef NDEBUG
  verify(*owned.graph);
#endif
  Units units = passes::group(owned, options);
  if (options.defer) defer(owned, units);
  if (options.carry) carry(owned, units);
  if (options.rows) passes::rows(owned, units);
  if (options.sums) passes::sums(owned, units);
  const Order order = passes::order(owned, units);
  const std::vector<bool> kept = kept_values(owned, units);
  const Graph& graph = *owned.graph;

  Plan plan;
  plan.graph = owned.graph;
  plan.again = std::move(again);
  for (NodeId id = 0; id < graph.size(); ++id) plan.homes.push_back(home_of(graph, id));
  plan.places.resize(index(graph.size()));
  for (std::size_t k = 0; k < owned.request.updates.size(); ++k) {
    const Update& update = owned.request.updates[k];
    if (order.direct[k])
      plan.places[index(home_of(graph, update.value.id()))] = {
          .kind = Place::Kind::input, .offset = 0, .input = update.target.id()};
  }
  for (int number : order.units) {
    const Unit& unit = units.units[static_cast<std::size_t>(number)];
    Step step;
    step.reads = dependencies(graph, units, number);
    sort_unique(step.reads);
    step.kind = unit.whole < 0 ? Step::Kind::group : Step::Kind::op;
    step.node = unit.whole;
    if (unit.whole >= 0) step.writes.push_back(unit.whole);
    if (unit.has_group()) step.group = lower(owned, units, unit, kept);
    for (const Store& store : step.group.stores) step.writes.push_back(store.value);
    for (const GroupSum& sum : step.group.sums) step.writes.push_back(sum.value);
    plan.steps.push_back(std::move(step));
  }
  if (options.join) join(plan);
  for (std::size_t k = 0; k < owned.request.updates.size(); ++k) {
    const Update& update = owned.request.updates[k];
    const NodeId value = home_of(graph, update.value.id());
    if (order.direct[k] || value == update.target.id()) continue;
    plan.steps.push_back({.kind = Step::Kind::copy,
                          .node = value,
                          .target = update.target.id(),
                          .group = {},
                          .reads = {value},
                          .writes = {}});
  }
  for (const Var& output : owned.request.outputs) plan.outputs.push_back(output.id());
  place(plan, owned, options);
  return plan;
}

}  // namespace

Plan make_plan(const Request& request, const PlanOptions& options) {
  check(request);
  Owned owned = prune(request);
  if (options.simplify) owned = simplify(owned);
  owned = keep_old_values(owned);
  Plan plan = planned(owned, {}, options);
  if (!options.recompute) return plan;
  Recomputed recomputed = passes::recompute(owned);
  if (recomputed.again.empty()) return plan;
  Plan smaller = planned(recomputed.owned, std::move(recomputed.again), options);
  if (smaller.arena_bytes < plan.arena_bytes) return smaller;
  return plan;
}

namespace {

std::vector<const Group*> groups_of(const Step& step) {
  std::vector<const Group*> groups{&step.group};
  for (const Group& group : step.beside) groups.push_back(&group);
  return groups;
}

std::string names_of(const Graph& graph, const Group& group) {
  std::vector<std::string_view> names;
  for (const Instruction& instruction : group.instructions) names.push_back(graph.node(instruction.node).op->name);
  for (const GroupSum& sum : group.sums) names.push_back(graph.node(sum.value).op->name);
  return fmt::format("{{{}}}", fmt::join(names, " "));
}

// "f32[1024 + 64] {mul add}, f32[1] {sub}": of the groups that a step runs, those that do the same together.
std::string names_of_groups(const Graph& graph, const Step& step) {
  std::string text, type, names;
  for (const Group* group : groups_of(step)) {
    const std::string own_type(name_of(group->dtype)), own_names = names_of(graph, *group);
    if (own_type == type && own_names == names)
      text += fmt::format(" + {}", group->count);
    else
      text += fmt::format("{}{}[{}", text.empty() ? "" : fmt::format("] {}, ", names), own_type, group->count);
    type = own_type;
    names = own_names;
  }
  return fmt::format("{}] {}", text, names);
}

}  // namespace

std::string Plan::explain() const {
  std::string text = fmt::format("{} steps, arena {:.3f} MB ({:.3f} MB without reuse)", steps.size(),
                                 static_cast<double>(arena_bytes) / 1e6, static_cast<double>(value_bytes) / 1e6);
  text += again.empty() ? "\n" : fmt::format(", {} values computed again\n", again.size());
  const std::set<NodeId> repeated(again.begin(), again.end());
  const auto where = [&](NodeId id) {
    const Place& place = places[index(id)];
    if (place.kind == Place::Kind::input) return fmt::format("%{}={}", id, graph->node(place.input).name);
    if (place.kind == Place::Kind::constant) return fmt::format("{}", graph->node(id).attributes.reals[0]);
    return fmt::format("%{}@{}", id, place.offset);
  };
  const auto list = [&](const std::vector<NodeId>& ids) {
    std::vector<std::string> parts;
    for (NodeId id : ids) parts.push_back(where(id));
    return fmt::format("{}", fmt::join(parts, " "));
  };
  int number = 0;
  for (const Step& step : steps) {
    text += fmt::format("{:4} ", number++);
    if (step.kind == Step::Kind::copy) {
      text += fmt::format("copy {} -> {}\n", where(step.node), graph->node(step.target).name);
      continue;
    }
    if (step.kind == Step::Kind::group)
      text += "group " + names_of_groups(*graph, step);
    else
      text += fmt::format("{} {}", graph->node(step.node).op->name, to_string(graph->node(step.node).type));
    if (step.kind == Step::Kind::op && !step.group.instructions.empty()) text += " " + names_of(*graph, step.group);
    const NodeId node = step.kind == Step::Kind::group ? step.group.instructions.back().node : step.node;
    text += fmt::format("  reads {}  writes {}", list(step.reads), list(step.writes));
    const std::vector<const Group*> groups = groups_of(step);
    const auto repeats = [&](const Group* group) {
      return std::any_of(group->instructions.begin(), group->instructions.end(),
                         [&](const Instruction& instruction) { return repeated.contains(instruction.node); });
    };
    if (repeated.contains(step.node) || std::any_of(groups.begin(), groups.end(), repeats)) text += "  again";
    if (graph->node(node).at.line > 0) text += "  " + to_string(graph->node(node).at);
    text += '\n';
  }
  return text;
}

}  // namespace fathom
