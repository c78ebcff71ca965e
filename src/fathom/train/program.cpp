#include "fathom/train/program.hpp"

#include <algorithm>
#include <cmath>

namespace fathom {

namespace {

Vars all_values(const Request& request) {
  Vars vars = request.outputs;
  for (const Update& update : request.updates) vars.push_back(update.value);
  return vars;
}

void check_repeatable([[maybe_unused]] const Program::Body& body, [[maybe_unused]] Mode mode,
                      [[maybe_unused]] Trace& first, [[maybe_unused]] const Request& request) {
#ifndef NDEBUG
  Trace second(mode);
  const Request again = body(second);
  if (structural_hash(first.graph(), all_values(request)) != structural_hash(second.graph(), all_values(again)))
    throw Error(Code::usage, "the function gives another graph each time that it is traced", {},
                "it may depend on nothing but its arguments and the trace");
#endif
}

// The largest magnitude, and whether every element is finite.
struct Extent {
  double largest = 0;
  bool finite = true;
};
Extent extent_of(const TensorView& view) {
  Extent extent;
  if (!is_float(view.type.dtype)) return extent;
  visit(view.type.dtype, [&](auto zero) {
    for (const auto value : view.span<decltype(zero)>()) {
      extent.finite = extent.finite && std::isfinite(static_cast<double>(value));
      if (std::isfinite(static_cast<double>(value)))
        extent.largest = std::max(extent.largest, std::abs(static_cast<double>(value)));
    }
  });
  return extent;
}

}  // namespace

Program::Program(const Body& body, Mode mode, const PlanOptions& options) : trace_(std::make_unique<Trace>(mode)) {
  request_ = body(*trace_);
  trace_->leave();
  check_repeatable(body, mode, *trace_, request_);
  executor_ = std::make_unique<Executor>(make_plan(request_, options));
}

void Program::bind(const std::string& name, TensorView view) {
  if (!executor_->needs(name)) return;
  executor_->bind(name, view);
  bound_[name] = view;
}

void Program::run() {
  if (!complete_) {
    const auto missing = executor_->unbound();
    if (!missing.empty()) fail(Code::usage, "inputs without a value: {}", fmt::join(missing, ", "));
    complete_ = true;
  }
  executor_->run();
}

double Program::number(std::size_t i) const {
  const TensorView view = output(i);
  return visit(view.type.dtype, [&](auto zero) { return static_cast<double>(*view.as<decltype(zero)>()); });
}

Message Program::first_bad_value() const {
  Graph& graph = trace_->graph();
  const Vars wanted = all_values(request_);
  std::vector<Tensor> values(static_cast<std::size_t>(graph.size()));
  for (NodeId id : reachable(graph, wanted)) {
    const Node& node = graph.node(id);
    Tensor& value = values[static_cast<std::size_t>(id)];
    value = Tensor(node.type);
    double largest_operand = 0;
    if (is_input(node)) {
      std::memcpy(value.view().data, bound_.at(node.name).data, value.bytes());
    } else {
      std::vector<TensorView> in;
      for (NodeId operand : node.operands) {
        in.push_back(values[static_cast<std::size_t>(operand)].view());
        largest_operand = std::max(largest_operand, extent_of(in.back()).largest);
      }
      node.op->reference({in, value.view(), node.attributes});
    }
    if (extent_of(value.view()).finite) continue;
    if (is_input(node)) return message("the input \"{}\"", node.name);
    return message("{} {}{}, operands up to {:.2g}", node.op->name, to_string(node.type),
                   node.at.line > 0 ? fmt::format(" ({})", to_string(node.at)) : "", largest_operand);
  }
  return {};
}

}  // namespace fathom
