#include "fathom/inspect/loss_program.hpp"

#include <algorithm>
#include <numeric>

#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"

namespace fathom::curvature {

namespace {
constexpr const char* direction_prefix = "curvature direction/";
}

Batch batch_in(Trace& trace, const std::map<std::string, Type>& types, Dtype dtype) {
  std::map<std::string, Var> widened;
  if (dtype == Dtype::f64)
    for (const auto& [name, type] : types)
      if (type.dtype == Dtype::f32) widened.emplace(name, cast(trace.graph().input(name, type), Dtype::f64));
  return Batch(trace.graph(), types, std::move(widened));
}

Var weighted_loss(const LossRows& rows, const Batch& batch) {
  return sum(rows.objective.row_losses(batch) * batch.row_weight());
}

Vars learned_in_trace(const Parameters& parameters, const std::set<std::string>& frozen) {
  Vars vars = parameters.vars();
  std::erase_if(vars, [&](Var var) { return frozen.contains(var.node().name); });
  return vars;
}

Vars directions_in_trace(Trace& trace, const Vars& wrt) {
  Vars all;
  for (const Var& var : wrt) all.push_back(trace.graph().input(direction_prefix + var.node().name, var.type()));
  return all;
}

void bind_directions(Program& program, const Flat& values) {
  for (std::size_t k = 0; k < values.layout().size(); ++k)
    program.bind(direction_prefix + values.layout()[k].name, values.view(k));
}

void add_outputs(const Program& program, std::size_t first, std::size_t count, std::span<double> sum) {
  std::size_t at = 0;
  for (std::size_t k = 0; k < count; ++k) {
    const TensorView view = program.output(first + k);
    visit(view.type.dtype, [&](auto zero) {
      for (const auto value : view.span<decltype(zero)>()) sum[at++] += static_cast<double>(value);
    });
  }
}

void Chunks::bind(Program& program) {
  for (auto& [name, tensor] : tensors_) program.bind(name, tensor.view());
}

double Chunks::fill(Index number) {
  const auto first = static_cast<std::size_t>(number * length_);
  return fill(
      std::span(rows_.rows).subspan(first, std::min(rows_.rows.size() - first, static_cast<std::size_t>(length_))));
}

double Chunks::fill(std::span<const Index> rows) {
  rows_.source.fill(rows_.part, rows, tensors_);
  const auto weights = tensors_.at(Source::row_weight_name).span<float>();
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

}  // namespace fathom::curvature
