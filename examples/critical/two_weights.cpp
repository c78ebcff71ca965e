// The smallest network with a saddle: y = w2 w1 x. With one row x = 1, y = 1 its loss is (1 - w1 w2)^2, whose gradient
// is 0 at w1 = w2 = 0. Descent stays there; the Hessian shows the way out, along (1, 1) or (-1, -1), and from there
// descent reaches a minimum, which lies in a valley: w1 w2 = 1 is a curve, and along it nothing changes.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fathom/fathom.hpp"
#include "fathom/inspect/loss_gradient.hpp"
#include "fathom/inspect/verdict.hpp"

using namespace fathom;
using curvature::Vector;

struct TwoWeights : Module {
  TwoWeights() : Module(Dtype::f64) {}
  Weight w1{*this, "w1", {.shape = {1, 1}}};
  Weight w2{*this, "w2", {.shape = {1, 1}}};
  Var operator()(Var x) const { return x * w1() * w2(); }
};

// Looks at a point, and prints what is there.
curvature::Finding look(const curvature::LossRows& rows, const Flat& weights, Vector& lowest) {
  const auto at = curvature::loss_gradient(rows, weights, 1);
  curvature::LossCurvature hessian(rows, weights);
  const auto ends = curvature::lanczos_extremes(hessian, {.largest = 1, .smallest = 1});
  const double size = std::max(std::abs(ends.smallest[0].value), std::abs(ends.largest[0].value));
  curvature::Evidence evidence;
  evidence.loss = at.loss;
  evidence.loss_floor = 1e-24;  // the loss is a square of numbers around 1, each known to 1e-16
  evidence.predicted_decrease = curvature::quadratic_decrease(curvature::dot(at.gradient, at.gradient), size);
  evidence.eigenvalues = ends.all();
  evidence.whole = ends.whole;
  evidence.zero_band = curvature::noise_floor(hessian, 4, 1).zero_band(size);
  const auto finding = curvature::judge(evidence);
  fmt::print("w = ({:.6f}, {:.6f})   loss {:.3g}   |gradient| {:.3g}   eigenvalues {:.6f} and {:.6f}: {}\n",
             weights.values().at(0), weights.values().at(Parameters::alignment), at.loss, curvature::norm(at.gradient),
             ends.smallest[0].value, ends.largest[0].value, name_of(finding.verdict));
  lowest = ends.smallest_vectors[0];
  return finding;
}

int main() {
  const TwoWeights model;
  const TensorSource source({{"x", Tensor(Shape{1, 1}, {1.f})}, {"y", Tensor(Shape{1, 1}, {1.f})}},
                            {.train = 1, .valid = 0, .test = 0});
  const Objective objective{.row_losses = [&](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                            .outputs = [&](const Batch& b) { return model(b["x"]); }};
  const curvature::LossRows rows{objective, source, {0}};
  const curvature::ParameterVector places(model.parameters(), {});
  const auto loss = [&](const Vector& w) {
    Flat weights(model.parameters());
    places.to(w, weights);
    return curvature::loss_gradient(rows, weights, 1).loss;
  };

  Flat weights(model.parameters());
  Vector lowest;
  const auto at_zero = look(rows, weights, lowest);
  if (at_zero.verdict != curvature::Verdict::saddle || std::abs(at_zero.most_negative + 2) > 1e-12) return 1;

  // Both ways along the most negative direction, with steps that double: the lowest loss wins.
  Vector best(2, 0.0);
  for (const double sign : {-1.0, 1.0})
    for (double step = 1e-3; step < 10; step *= 2) {
      Vector w = lowest;
      curvature::scale(w, sign * step);
      if (loss(w) < loss(best)) best = w;
    }
  // The way out turns both weights alike.
  if (std::abs(best[0] - best[1]) > 1e-9) return 1;
  places.to(best, weights);
  fmt::print("a step of length {:.3f} along ({:.3f}, {:.3f}) brings the loss from 1 to {:.3g}\n", curvature::norm(best),
             best[0] / curvature::norm(best), best[1] / curvature::norm(best), loss(best));

  // Until what is left is rounding: there the curvature along the valley is rounding, too.
  int updates = 0;
  for (; loss(places.from(weights)) >= 1e-26 && updates < 1000; ++updates) {
    Vector w = places.from(weights);
    curvature::axpy(-0.05, curvature::loss_gradient(rows, weights, 1).gradient, w);
    places.to(w, weights);
  }
  fmt::print("{} updates of gradient descent later:\n", updates);
  const auto at_end = look(rows, weights, lowest);
  return at_end.verdict == curvature::Verdict::degenerate_minimum && at_end.flat == 1 && updates < 1000 ? 0 : 1;
}
