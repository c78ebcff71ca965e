// The loss of a small tanh network, its gradient and its whole Hessian are PyTorch's.
#include <numeric>

#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/inspect/loss_gradient.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "tests/golden/recorded.hpp"

namespace fathom::golden {
namespace {

struct TwoTanhLayers : Module {
  TwoTanhLayers() : Module(Dtype::f64) {}
  Linear hidden1{*this, "hidden1", {.in = 3, .out = 5}};
  Linear hidden2{*this, "hidden2", {.in = 5, .out = 4}};
  Linear output{*this, "output", {.in = 4, .out = 3}};
  Var operator()(Var x) const { return output(tanh(hidden2(tanh(hidden1(x))))); }
};

Tensor vector_of(const curvature::Vector& values, Shape shape) { return Tensor(std::move(shape), values); }

TEST(CurvatureGolden, HessianOfATanhNetwork) {
  const Recorded recorded("curvature.txt");
  const TwoTanhLayers model;
  const Tensor x = recorded.get("x", Dtype::f32);
  const Index count = x.shape()[0];
  const TensorSource source({{"x", x}, {"classes", recorded.get("classes", Dtype::i32)}}, {.train = count});
  const Objective objective{
      .row_losses = [&](const Batch& b) { return softmax_cross_entropy(model(b["x"]), b["classes"]); },
      .outputs = [&](const Batch& b) { return model(b["x"]); }};
  std::vector<Index> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  // In chunks that do not divide the rows.
  const curvature::LossRows rows{objective, source, all, Part::train, 4};

  Flat weights(model.parameters());
  for (const Parameter& parameter : model.parameters()) {
    const Tensor values = recorded.get(parameter.name, Dtype::f64);
    ASSERT_EQ(values.shape(), parameter.type.shape) << parameter.name;
    for (Index i = 0; i < values.count(); ++i)
      weights.view(parameter.name).span<double>()[static_cast<std::size_t>(i)] = values.at(i);
  }
  const curvature::LossGradient at = curvature::loss_gradient(rows, weights, 1);
  EXPECT_NEAR(at.loss, recorded.get("loss", Dtype::f64).at(0), 1e-12);
  curvature::LossCurvature hessian(rows, weights);
  const Index n = hessian.dimension();
  ASSERT_EQ(n, 59);
  expect_near(vector_of(at.gradient, {n}), recorded.get("gradient", Dtype::f64), 1e-12, "gradient");
  expect_near(vector_of(curvature::dense_matrix(hessian), {n, n}), recorded.get("hessian", Dtype::f64), 1e-11,
              "hessian");
}

}  // namespace
}  // namespace fathom::golden
