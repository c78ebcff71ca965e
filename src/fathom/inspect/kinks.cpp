#include "fathom/inspect/kinks.hpp"

#include <algorithm>
#include <optional>

#include "fathom/graph/ops/constant.hpp"
#include "fathom/graph/ops/pool.hpp"
#include "fathom/inspect/loss_program.hpp"

namespace fathom::curvature {

namespace {

// A unit whose slope jumps at 0: what it reads, and its activation's name.
struct Kink {
  Var input;
  std::string function;
};

// A select gives x above 0 and c f(x) below, where f(x) is x or expm1(x): its slope jumps at 0 unless c is 1.
std::optional<Kink> kink_of(Graph& graph, const Node& node) {
  if (node.op->name == "relu") return Kink{graph.var(node.operands[0]), "relu"};
  if (node.op->name != "select") return {};
  const Node &mask = graph.node(node.operands[0]), &below = graph.node(node.operands[1]);
  const NodeId above = node.operands[2];
  double zero = 1, factor = 1;
  if (mask.op->name != "less_equal" || mask.operands[0] != above || below.op->name != "mul") return {};
  if (!is_constant(graph.var(mask.operands[1]), &zero) || zero != 0) return {};
  if (!is_constant(graph.var(below.operands[1]), &factor) || factor == 1) return {};
  if (below.operands[0] == above) return Kink{graph.var(above), "leaky_relu"};
  if (graph.node(below.operands[0]).op->name == "expm1") return Kink{graph.var(above), "elu"};
  return {};
}

// What the activations of a network with a kink read, for a chunk of rows at a time.
class KinkInputs {
 public:
  KinkInputs(const LossRows& rows, const Flat& at)
      : weights(at),
        chunks_(rows, std::min(rows.chunk, static_cast<Index>(rows.rows.size()))),
        rows_(static_cast<Index>(rows.rows.size())),
        program_([&](Trace& trace) {
          const Var outputs = rows.objective.outputs(batch_in(trace, chunks_.types(), weights.dtype()));
          Vars read;
          names.clear();  // a program may be traced more than once
          functions.clear();
          for (const NodeId id : reachable(trace.graph(), std::span(&outputs, 1)))
            if (const auto kink = kink_of(trace.graph(), trace.graph().node(id))) {
              // A number alone is no unit.
              if (kink->input.shape().rank() < 2 || std::find(read.begin(), read.end(), kink->input) != read.end())
                continue;
              read.push_back(kink->input);
              names.push_back(parameters_of(trace.graph(), kink->input.id()));
              functions.push_back(kink->function);
            }
          read.push_back(outputs);  // a program computes something
          return Request{read, {}};
        }) {
    bind_weights(program_, weights);
    chunks_.bind(program_);
  }

  Index count() const { return chunks_.count(); }
  // Gives the rows of the chunk.
  Index run(Index chunk) {
    chunks_.fill(chunk);
    program_.run();
    return std::min(chunks_.length(), rows_ - chunk * chunks_.length());
  }
  TensorView input(std::size_t k) const { return program_.output(k); }
  // Elements of an input that belong to one row.
  std::size_t length(std::size_t k) const {
    return static_cast<std::size_t>(input(k).type.shape.count() / chunks_.length());
  }

  Flat weights;
  std::vector<std::vector<std::string>> names;  // of the parameters, by input
  std::vector<std::string> functions;           // by input

 private:
  std::vector<std::string> parameters_of(Graph& graph, NodeId of) const {
    std::vector<std::string> found;
    std::set<NodeId> seen;
    std::vector<NodeId> open{of};
    while (!open.empty()) {
      const NodeId id = open.back();
      open.pop_back();
      if (!seen.insert(id).second || kink_of(graph, graph.node(id))) continue;
      if (is_input(graph.node(id)) && weights.layout().find(graph.node(id).name) != nullptr)
        found.push_back(graph.node(id).name);
      for (const NodeId operand : graph.node(id).operands) open.push_back(operand);
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  Chunks chunks_;
  Index rows_;
  Program program_;
};

// What holds of the numbers of a tensor's first elements.
template <class Test>
std::vector<char> where(const TensorView& view, std::size_t count, Test&& test) {
  std::vector<char> result;
  result.reserve(count);
  visit(view.type.dtype, [&](auto zero) {
    for (const auto value : view.span<decltype(zero)>().first(count)) result.push_back(test(value) ? 1 : 0);
  });
  return result;
}
std::vector<char> above(const TensorView& view, std::size_t count) {
  return where(view, count, [](auto value) { return value > 0; });
}

}  // namespace

std::vector<Rectifier> rectifiers(const LossRows& rows, const Flat& weights) {
  check(rows);
  KinkInputs inputs(rows, weights);
  std::vector<std::vector<char>> ever(inputs.names.size());  // whether a unit has been at its kink or above it
  for (Index chunk = 0; chunk < inputs.count(); ++chunk) {
    const auto there = static_cast<std::size_t>(inputs.run(chunk));
    for (std::size_t k = 0; k < ever.size(); ++k) {
      const Shape& shape = inputs.input(k).type.shape;
      ever[k].resize(static_cast<std::size_t>(shape[shape.rank() - 1]));
      const auto now = where(inputs.input(k), there * inputs.length(k), [](auto value) { return value >= 0; });
      for (std::size_t i = 0; i < now.size(); ++i) ever[k][i % ever[k].size()] |= now[i];
    }
  }
  std::vector<Rectifier> all;
  for (std::size_t k = 0; k < ever.size(); ++k) {
    Rectifier one{inputs.functions[k], inputs.names[k], static_cast<Index>(ever[k].size()), {}};
    for (std::size_t unit = 0; unit < ever[k].size(); ++unit)
      if (ever[k][unit] == 0) one.dead.push_back(static_cast<Index>(unit));
    all.push_back(std::move(one));
  }
  return all;
}

Index rows_across_a_kink(const LossRows& rows, const Flat& weights, std::span<const double> step) {
  check(rows);
  const ParameterVector places(weights.layout(), rows.frozen);
  if (static_cast<Index>(step.size()) != places.dimension())
    fail(Code::usage, "a step has {} numbers for {} weights", step.size(), places.dimension());
  KinkInputs here(rows, weights), there(rows, weights);
  Vector moved = places.from(weights);
  axpy(1, step, moved);
  places.to(moved, there.weights);
  Index across = 0;
  for (Index chunk = 0; chunk < here.count(); ++chunk) {
    const auto count = static_cast<std::size_t>(here.run(chunk));
    there.run(chunk);
    std::vector<char> crossed(count);
    for (std::size_t k = 0; k < here.names.size(); ++k) {
      const std::size_t length = here.length(k);
      const auto before = above(here.input(k), count * length), after = above(there.input(k), count * length);
      for (std::size_t i = 0; i < before.size(); ++i) crossed[i / length] |= before[i] != after[i] ? 1 : 0;
    }
    across += std::count(crossed.begin(), crossed.end(), 1);
  }
  return across;
}

bool has_max_pool(const LossRows& rows, const Flat& weights) {
  check(rows);
  Trace trace(rows.mode);
  const Var outputs = rows.objective.outputs(
      batch_in(trace, rows.source.inputs(std::min(rows.chunk, static_cast<Index>(rows.rows.size()))), weights.dtype()));
  const std::vector<NodeId> all = reachable(trace.graph(), std::span(&outputs, 1));
  return std::any_of(all.begin(), all.end(), [&](NodeId id) { return trace.graph().node(id).op == &pool_max_op; });
}

}  // namespace fathom::curvature
