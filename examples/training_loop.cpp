// A training loop of one's own: the step is one program that reads a batch, derives the gradient and writes the new
// weights into their buffer. Here with gradients of two half batches added up, which the ready Trainer does not do.
#include <fmt/format.h>

#include <cmath>

#include "fathom/base/rng.hpp"
#include "fathom/fathom.hpp"

using namespace fathom;

struct Curve : Module {
  Linear hidden{*this, "hidden", {.in = 1, .out = 32}};
  Linear out{*this, "out", {.in = 32, .out = 1}};
  Var operator()(Var x) const { return out(tanh(hidden(x))); }
};

int main() {
  const Curve model;
  constexpr Index half = 32;
  const auto half_loss = [&](Trace& trace, const std::string& which) {
    const Var x = trace.graph().input("x" + which, {Dtype::f32, {half, 1}});
    const Var y = trace.graph().input("y" + which, {Dtype::f32, {half, 1}});
    return mean(mse(model(x), y));
  };
  Program step([&](Trace& trace) {
    const Vars weights = model.parameters().vars();
    const Var first = half_loss(trace, "1"), second = half_loss(trace, "2");
    const Vars a = grad(first, weights), b = grad(second, weights);
    const Var rate = trace.graph().input("rate", {Dtype::f32, {}});
    Request request{.outputs = {(first + second) * 0.5}};
    for (std::size_t i = 0; i < weights.size(); ++i)
      request.updates.push_back({.target = weights[i], .value = weights[i] - rate * 0.5 * (a[i] + b[i])});
    return request;
  });

  Flat weights = model.parameters().initialise(1);
  Tensor x[2] = {Tensor({Dtype::f32, {half, 1}}), Tensor({Dtype::f32, {half, 1}})}, y[2] = {x[0], x[0]},
         rate({Dtype::f32, {}});
  bind_weights(step, weights);
  step.bind("rate", rate.view());
  for (int k = 0; k < 2; ++k) {
    step.bind("x" + std::to_string(k + 1), x[k].view());
    step.bind("y" + std::to_string(k + 1), y[k].view());
  }

  Random random(3, "points of the curve");
  double smooth = 1;
  constexpr int steps = 4000;
  for (int i = 0; i < steps; ++i) {
    for (int k = 0; k < 2; ++k)
      for (Index row = 0; row < half; ++row) {
        const double at = 6 * random.uniform() - 3;
        x[k].set(row, at);
        y[k].set(row, std::sin(2 * at));
      }
    rate.set(0, 0.1 * (1 - static_cast<double>(i) / steps));
    step.run();  // the weights have changed
    smooth = 0.99 * smooth + 0.01 * step.number(0);
    if ((i + 1) % 1000 == 0) fmt::print("step {}   loss {:.4f}\n", i + 1, smooth);
  }
  fmt::print("without the curve's shape the loss is 0.5\n");
  return smooth < 0.1 ? 0 : 1;
}
