// Exclusive or with two hidden units, from three beginnings.
//   All weights 0: no gradient, and nothing bends down. No step of any length leads out; a random beginning does.
//   All weights 1/2: both units stay the same for ever. Descent parks where one unit can take it, at a saddle, and a
//   step along its most negative direction, which turns the units apart, sets free what they can do together.
#include <fmt/format.h>

#include <cmath>

#include "fathom/fathom.hpp"
#include "fathom/inspect/survey.hpp"

using namespace fathom;
using curvature::Vector;
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
  const auto look = [&](const char* where, const Flat& weights) {
    const curvature::Survey found = curvature::survey(rows, nullptr, weights);
    fmt::print("{}: loss {:.6f}, |gradient| {:.1e}, eigenvalues {:.1e} to {:.2f}: {}\n", where, found.loss,
               found.gradient_norm, found.spectrum.front(), found.spectrum.back(), name_of(found.finding.verdict));
    return found;
  };
  const auto at_zero = look("all weights 0", Flat(model.parameters()));
  if (at_zero.finding.verdict != Verdict::degenerate || at_zero.gradient_norm != 0) return 1;

  Flat weights(model.parameters());
  for (const Parameter& parameter : model.parameters())
    for (double& value : weights.view(parameter.name).span<double>()) value = 0.5;
  constexpr int updates = 50'000;
  const Flat parked = descended(model, weights, updates);
  if (look("all weights 1/2, descended", parked).finding.verdict != Verdict::saddle) return 1;

  curvature::LossCurvature hessian(rows, parked);
  const auto eigen =
      curvature::symmetric_eigen(hessian.dimension(), curvature::dense_matrix(hessian), curvature::EigenVectors::all);
  const Vector centre = hessian.parameters().from(parked), down(eigen.vectors.begin(), eigen.vectors.begin() + 9);
  curvature::LossAt loss(rows, parked);
  Flat best = parked;
  double lowest = loss(), length = 0;
  for (const double sign : {-1.0, 1.0})
    for (double step = 1e-3; step < 20; step *= 2) {
      Vector w = centre;
      curvature::axpy(sign * step, down, w);
      hessian.parameters().to(w, loss.weights());
      if (const double there = loss(); there < lowest) lowest = there, best = loss.weights(), length = sign * step;
    }
  fmt::print("a step of length {:.3f} along the most negative direction: loss {:.6f}\n", length, lowest);
  loss.weights() = descended(model, parked, updates);
  const double stayed = loss();
  loss.weights() = descended(model, best, updates);
  const double escaped = loss();
  fmt::print("{} updates later: {:.6f} without the step, {:.6f} behind it\n", updates, stayed, escaped);
  return stayed > 1000 * escaped ? 0 : 1;
}
