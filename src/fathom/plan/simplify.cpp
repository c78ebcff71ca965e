#include <cmath>
#include <set>

#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/ops/random.hpp"
#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

// Copies nodes into another graph, through a rewrite of each.
template <class Rewrite>
Owned rebuild(const Request& request, Rewrite&& rewrite) {
  Owned result{std::make_shared<Graph>(), {}};
  std::vector<Var> wanted = request.outputs;
  for (const Update& update : request.updates) {
    wanted.push_back(update.target);
    wanted.push_back(update.value);
  }
  if (wanted.empty()) return result;
  const Graph& from = wanted.front().graph();
  std::vector<Var> copies(static_cast<std::size_t>(from.size()));
  for (NodeId id : reachable(from, wanted)) {
    const Node& node = from.node(id);
    std::vector<Var> operands;
    for (NodeId operand : node.operands) operands.push_back(copies[static_cast<std::size_t>(operand)]);
    copies[static_cast<std::size_t>(id)] =
        is_input(node) ? result.graph->input(node.name, node.type, node.at) : rewrite(*result.graph, node, operands);
  }
  const auto copy = [&](Var var) { return copies[static_cast<std::size_t>(var.id())]; };
  for (const Var& output : request.outputs) result.request.outputs.push_back(copy(output));
  for (const Update& update : request.updates)
    result.request.updates.push_back({copy(update.target), copy(update.value)});
  if (request.turn.defined()) result.request.turn = copy(request.turn);  // undefined where nothing depends on it
  return result;
}

bool is_op(Var var, const Op& op) { return var.node().op == &op; }

Var operand(Var var, int i = 0) { return var.graph().var(var.node().operands[static_cast<std::size_t>(i)]); }

bool is_number(Var var, double number) {
  double value = 0;
  return is_constant(var, &value) && value == number && std::signbit(value) == std::signbit(number);
}

// x where the op leaves x as it is.
Var identity(const Node& node, const std::vector<Var>& in) {
  const Op* op = node.op;
  // Not x + 0 and not 0 - x: they are 0 where x is -0.
  if (op == &sub_op && is_number(in[1], 0)) return in[0];
  if ((op == &mul_op || op == &div_op) && is_number(in[1], 1)) return in[0];
  if (op == &mul_op && is_number(in[0], 1)) return in[1];
  if (op == &cast_op && in[0].dtype() == node.type.dtype) return in[0];
  if (op == &stop_gradient_op) return in[0];
  if (op == &neg_op && is_op(in[0], neg_op)) return operand(in[0]);
  if (op == &select_op && in[1] == in[2]) return in[1];
  return {};
}

// The value before a broadcast (a scalar for constants); undefined when it is not one, or not larger than before.
Var before_broadcast(Var var) {
  while (is_op(var, reshape_op) && is_constant(var)) var = operand(var);
  if (is_op(var, constant_op)) return var;
  if (is_op(var, broadcast_op) && operand(var).shape().count() < var.shape().count()) return operand(var);
  return {};
}

// Ops whose result is rounded once, so that every way to compute it gives the same bits.
bool is_exact(const Op* op) {
  for (const Op* exact : {&add_op, &sub_op, &mul_op, &div_op, &neg_op, &sqrt_op, &abs_op, &sign_op, &maximum_op,
                          &minimum_op, &less_op, &less_equal_op, &equal_op, &not_equal_op, &select_op, &cast_op})
    if (op == exact) return true;
  return false;
}

// An exact elementwise op over scalar constants is a constant.
Var fold(Graph& graph, const Node& node, const std::vector<Var>& in) {
  if (!is_exact(node.op) || !is_float(node.type.dtype)) return {};
  for (const Var& var : in)
    if (!is_op(var, constant_op)) return {};
  const Var applied = graph.apply(*node.op, in, node.attributes, node.at);
  return constant(graph, evaluate(std::vector<Var>{applied}, {}).front().at(0), node.type.dtype);
}

// f(broadcast(x), broadcast(y)) = broadcast(f(x, y)) for x, y of one shape, or scalars.
Var hoist(Graph& graph, const Node& node, const std::vector<Var>& in) {
  if (node.op->kind != Kind::elementwise) return {};
  Shape small;
  std::vector<Var> sources;
  for (const Var& var : in) {
    const Var source = before_broadcast(var);
    if (!source.defined()) return {};
    sources.push_back(source);
    if (source.shape().rank() > 0) {
      if (small.rank() > 0 && small != source.shape()) return {};
      small = source.shape();
    }
  }
  if (small.count() >= node.type.shape.count()) return {};
  for (Var& source : sources) source = broadcast_to(source, small);
  const Var folded = fold(graph, node, sources);
  return broadcast_to(folded.defined() ? folded : graph.apply(*node.op, sources, node.attributes, node.at),
                      node.type.shape);
}

// A product of a transposed matrix is a product that reads it transposed.
Var absorb_transpose(Graph& graph, const Node& node, const std::vector<Var>& in) {
  if (node.op != &matmul_op) return {};
  std::vector<Var> operands = in;
  Attributes attributes = node.attributes;
  bool changed = false;
  for (std::size_t i = 0; i < 2; ++i) {
    if (!is_op(operands[i], permute_op)) continue;
    const auto& axes = operands[i].node().attributes.ints;
    const auto rank = static_cast<Index>(axes.size());
    bool swaps_last =
        axes[static_cast<std::size_t>(rank - 1)] == rank - 2 && axes[static_cast<std::size_t>(rank - 2)] == rank - 1;
    for (Index axis = 0; axis < rank - 2; ++axis)
      swaps_last = swaps_last && axes[static_cast<std::size_t>(axis)] == axis;
    if (!swaps_last) continue;
    operands[i] = operand(operands[i]);
    attributes.ints[i] = 1 - attributes.ints[i];
    changed = true;
  }
  return changed ? graph.apply(*node.op, operands, attributes, node.at) : Var{};
}

Var simplified(Graph& graph, const Node& node, const std::vector<Var>& in) {
  if (const Var x = identity(node, in); x.defined()) return x;
  if (node.op == &reshape_op && is_op(in[0], reshape_op)) return reshape({operand(in[0]), node.at}, node.type.shape);
  if (node.op == &reshape_op && in[0].shape() == node.type.shape) return in[0];
  if (node.op == &broadcast_op && is_op(in[0], broadcast_op))
    return broadcast_to({operand(in[0]), node.at}, node.type.shape);
  if (node.op == &broadcast_op && is_constant(in[0]) && !is_op(in[0], constant_op)) {
    double value = 0;
    is_constant(in[0], &value);
    return full(graph, node.type, value);
  }
  if (node.op == &permute_op && is_op(in[0], permute_op)) {
    Shape axes;
    for (Index axis : node.attributes.ints)
      axes.push_back(in[0].node().attributes.ints[static_cast<std::size_t>(axis)]);
    return permute({operand(in[0]), node.at}, axes);
  }
  if (const Var x = fold(graph, node, in); x.defined()) return x;
  if (const Var x = hoist(graph, node, in); x.defined()) return x;
  if (const Var x = absorb_transpose(graph, node, in); x.defined()) return x;
  return graph.apply(*node.op, in, node.attributes, node.at);
}

}  // namespace

Owned prune(const Request& request) {
  return rebuild(request, [](Graph& graph, const Node& node, const std::vector<Var>& in) {
    return graph.apply(*node.op, in, node.attributes, node.at);
  });
}

Owned keep_old_values(const Owned& owned) {
  Owned result = owned;
  Graph& graph = *result.graph;
  std::set<NodeId> updated;
  for (const Update& update : result.request.updates) updated.insert(update.target.id());
  const auto copy = [&](Var var) {
    if (!updated.contains(home_of(graph, var.id()))) return var;
    return graph.apply(cast_op, {var}, {{static_cast<Index>(var.dtype())}, {}});
  };
  for (Var& output : result.request.outputs) output = copy(output);
  for (Update& update : result.request.updates)
    if (home_of(graph, update.value.id()) != update.target.id()) update.value = copy(update.value);
  return result;
}

Owned simplify(const Owned& owned) {
  Owned result = rebuild(owned.request, simplified);
  return prune(result.request.outputs.empty() && result.request.updates.empty() ? owned.request : result.request);
}

}  // namespace fathom::passes
