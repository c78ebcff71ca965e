// Exclusive or with two hidden units, from two beginnings.
//   All weights 0: no gradient, and nothing bends down, so neither shows a way out; a random beginning has one.
//   All weights 1/2: both units stay the same for ever. Descent parks where one unit can take it, at a saddle, and a
//   step along its most negative direction, which turns the units apart, sets free what they can do together.
#include <fmt/format.h>

#include "fathom/fathom.hpp"
#include "fathom/inspect/survey.hpp"

using namespace fathom;
using curvature::Verdict;

struct ExclusiveOr : Module {
  ExclusiveOr() : Module(Dtype::f64) {}
  Linear hidden{*this, "hidden", {.in = 2, .out = 2}};
  Linear out{*this, "out", {.in = 2, .out = 1}};
  Var operator()(Var x) const { return out(tanh(hidden(x))); }
  Var losses(Var x, Var y) const { return binary_cross_entropy((*this)(x), y); }
};

const Tensor x(Shape{4, 2}, {0.f, 0.f, 0.f, 1.f, 1.f, 0.f, 1.f, 1.f}), y(Shape{4, 1}, {0.f, 1.f, 1.f, 0.f});

// Gradient descent on all four rows.
Flat descended(const ExclusiveOr& model, Flat weights, int updates) {
  Program step([&](Trace& trace) {
    const auto input = [&](const char* name, const Tensor& t) {
      return cast(trace.graph().input(name, t.type()), Dtype::f64);
    };
    const Vars w = model.parameters().vars();
    const Vars g = grad(mean(model.losses(input("x", x), input("y", y))), w);
    Request request;
    for (std::size_t i = 0; i < w.size(); ++i) request.updates.push_back({.target = w[i], .value = w[i] - 0.5 * g[i]});
    return request;
  });
  Tensor rows = x, targets = y;
  step.bind("x", rows.view());
  step.bind("y", targets.view());
  bind_weights(step, weights);
  for (int i = 0; i < updates; ++i) step.run();
  return weights;
}

int main() {
  const ExclusiveOr model;
  const TensorSource source({{"x", x}, {"y", y}}, {.train = 4});
  const Objective objective{.row_losses = [&](const Batch& b) { return model.losses(b["x"], b["y"]); },
                            .outputs = [&](const Batch& b) { return model(b["x"]); }};
  const curvature::LossRows rows{objective, source, {0, 1, 2, 3}};
  constexpr int updates = 50'000;
  // Full batches: the seed, which would decide the order of the rows, changes nothing.
  const curvature::WayOut way_out{rows,
                                  [&](const Flat& start, std::uint64_t) { return descended(model, start, updates); }};
  const auto look = [&](const char* where, const Flat& weights) {
    const curvature::Survey found = curvature::survey(rows, nullptr, weights, {}, &way_out);
    fmt::print("{}: loss {:.6f}, |gradient| {:.1e}, eigenvalues {:.1e} to {:.2f}: {}\n", where, found.loss,
               found.gradient_norm, found.spectrum.front(), found.spectrum.back(), name_of(found.finding.verdict));
    return found;
  };
  const auto at_zero = look("all weights 0", Flat(model.parameters()));
  if (at_zero.finding.verdict != Verdict::degenerate || at_zero.gradient_norm != 0) return 1;

  Flat halves(model.parameters());
  for (const Parameter& parameter : model.parameters())
    for (double& value : halves.view(parameter.name).span<double>()) value = 0.5;
  const auto parked = look("all weights 1/2, descended", descended(model, halves, updates));
  if (parked.finding.verdict != Verdict::saddle_escapable) return 1;
  const curvature::Twins twins = parked.escape->twins.front();
  fmt::print("a step of length {:.3f} along the most negative direction: loss {:.6f}\n", parked.escape->length,
             parked.escape->loss_after);
  fmt::print("{} updates later: {:.6f} without the step, {:.6f} behind it\n", updates, twins.stayed, twins.escaped);
  return twins.stayed > 1000 * twins.escaped ? 0 : 1;
}
