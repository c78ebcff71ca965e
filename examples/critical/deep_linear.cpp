// Deep linear networks: y = x W1 W2 ... is linear in x, and its loss is not convex in the weights. What is to be
// learned is the matrix diag(2, 1), so the loss is |W1 W2 ... - diag(2, 1)|^2 / 4, and its critical points are known in
// closed form: each fits some of the singular values 2 and 1 and leaves the others (Baldi and Hornik 1989; Kawaguchi
// 2016).
#include <fmt/format.h>

#include <cmath>
#include <deque>

#include "fathom/fathom.hpp"
#include "fathom/inspect/survey.hpp"

using namespace fathom;
using curvature::Verdict;

struct DeepLinear : Module {
  explicit DeepLinear(int depth) : Module(Dtype::f64) {
    for (int l = 1; l <= depth; ++l)
      layers.emplace_back(*this, fmt::format("layer{}", l), WeightOptions{.shape = {2, 2}});
  }
  Var operator()(Var x) const {
    for (const Weight& layer : layers) x = matmul(x, layer());
    return x;
  }
  std::deque<Weight> layers;
};

// Surveys the point where every layer is diag(first, second); whether it is what theory says.
bool look(int depth, double first, double second, Verdict verdict, double loss, double smallest) {
  const DeepLinear model(depth);
  const TensorSource source(
      {{"x", Tensor(Shape{2, 2}, {1.f, 0.f, 0.f, 1.f})}, {"y", Tensor(Shape{2, 2}, {2.f, 0.f, 0.f, 1.f})}},
      {.train = 2});
  const Objective objective{.row_losses = [&](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                            .outputs = [&](const Batch& b) { return model(b["x"]); }};
  Flat weights(model.parameters());
  for (const Weight& layer : model.layers) {
    weights.view(layer.name()).span<double>()[0] = first;
    weights.view(layer.name()).span<double>()[3] = second;
  }
  const curvature::Survey found = curvature::survey({objective, source, {0, 1}}, nullptr, weights);
  fmt::print("{} layers diag({:.3f}, {:.3f}): loss {:.4f}, |gradient| {:.0e}, eigenvalues {:.4f} to {:.4f}: {}\n",
             depth, first, second, found.loss, found.gradient_norm, found.spectrum.front(), found.spectrum.back(),
             curvature::name_of(found.finding.verdict));
  return found.finding.verdict == verdict && found.gradient_norm < 1e-14 && std::abs(found.loss - loss) < 1e-14 &&
         std::abs(found.spectrum.front() - smallest) < 1e-13;
}

int main() {
  bool as_known = true;
  fmt::print("All weights 0. With two layers the way out bends down, by the largest singular value:\n");
  as_known &= look(2, 0, 0, Verdict::saddle, 1.25, -1);
  fmt::print("With three no product of two steps changes anything: curvature is 0, and does not show the way out.\n");
  as_known &= look(3, 0, 0, Verdict::degenerate, 1.25, 0);
  fmt::print("The smaller singular value is fitted and the larger one left: a saddle of any depth.\n");
  as_known &= look(2, 0, 1, Verdict::saddle, 1, -1);
  as_known &= look(3, 0, 1, Verdict::saddle, 1, -0.5);
  as_known &= look(5, 0, 1, Verdict::saddle, 1, -0.5);
  fmt::print("Both are fitted: a minimum, flat where one layer may grow as another one shrinks.\n");
  as_known &= look(2, std::sqrt(2), 1, Verdict::degenerate_minimum, 0, 0);
  as_known &= look(3, std::cbrt(2), 1, Verdict::degenerate_minimum, 0, 0);
  return as_known ? 0 : 1;
}
