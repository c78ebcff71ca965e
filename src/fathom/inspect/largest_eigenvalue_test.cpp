#include "fathom/inspect/largest_eigenvalue.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/error.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/inspect/eigen_solver.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom::curvature {
namespace {

struct Sampled : Module {
  Sampled() : Module(Dtype::f64) {}
  Linear hidden{*this, "hidden", {.in = 4, .out = 12}};
  Linear out{*this, "out", {.in = 12, .out = 1}};
  Var operator()(Var x) const { return out(tanh(hidden(x))); }
};

struct LargestEigenvalueTest : testing::Test {
  static constexpr Index count = 1024;

  static TensorSource make_source() {
    Tensor x({Dtype::f32, {count, 4}}), y({Dtype::f32, {count, 1}});
    Random random(3);
    for (Index i = 0; i < x.count(); ++i) x.set(i, random.normal());
    for (Index i = 0; i < count; ++i) y.set(i, std::sin(x.at(4 * i)) * x.at(4 * i + 1) + 0.3 * random.normal());
    return {{{"x", x}, {"y", y}}, {.train = count, .valid = 0, .test = 0}};
  }

  Sampled model;
  TensorSource source = make_source();
  Objective objective{.row_losses = [this](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                      .outputs = [this](const Batch& b) { return model(b["x"]); }};
  Flat weights = model.parameters().initialise(5);
  LossRows rows{objective, source, spread_rows(source, Part::train, 0)};
};

TEST_F(LargestEigenvalueTest, IsTheDenseSpectrumsForFewerProductsThanFromChance) {
  LossCurvature hessian(rows, weights);
  const Index n = hessian.dimension();
  const Vector matrix = dense_matrix(hessian);
  const double known = symmetric_eigen(n, matrix, EigenVectors::none).values.back();
  const auto products_of = [&](Index one_of) {
    const LargestEigenvalue largest = largest_eigenvalue(rows, weights, {.accuracy = 1e-3, .one_of = one_of});
    EXPECT_TRUE(largest.converged);
    EXPECT_LE(largest.found.bound, 1e-3 * known);
    EXPECT_NEAR(largest.found.value, known, largest.found.bound);
    const Vector image = hessian * largest.direction;
    EXPECT_NEAR(dot(image, largest.direction), known, 1e-3 * known);
    EXPECT_EQ(largest.sample_products > 0, one_of > 1);
    return static_cast<double>(largest.products) + largest.sample_products;
  };
  const double from_sample = products_of(8), from_chance = products_of(1);
  EXPECT_LT(from_sample, from_chance);
}

TEST_F(LargestEigenvalueTest, OfADividedMatrixIsItsDenseSpectrums) {
  LossCurvature hessian(rows, weights);
  const auto n = static_cast<std::size_t>(hessian.dimension());
  Vector matrix = dense_matrix(hessian), divisor(n);
  Random random(9);
  for (double& d : divisor) d = std::exp(2 * random.normal());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) matrix[i * n + j] /= std::sqrt(divisor[i] * divisor[j]);
  const double known = symmetric_eigen(hessian.dimension(), matrix, EigenVectors::none).values.back();
  const LargestEigenvalue largest = largest_eigenvalue(rows, weights, {.divisor = divisor});
  EXPECT_TRUE(largest.converged);
  EXPECT_NEAR(largest.found.value, known, largest.found.bound);
}

TEST_F(LargestEigenvalueTest, BeginsByChanceOnFewRowsAndSaysWhereProductsDoNotSuffice) {
  LossRows few = rows;
  few.rows.resize(8 * 31);
  EXPECT_EQ(largest_eigenvalue(few, weights).sample_products, 0);
  const LargestEigenvalue cut = largest_eigenvalue(few, weights, {.accuracy = 1e-9, .most_products = 3});
  EXPECT_FALSE(cut.converged);
  EXPECT_EQ(cut.products, 3);
  EXPECT_THROW(largest_eigenvalue(few, weights, {.one_of = 0}), Error);
}

}  // namespace
}  // namespace fathom::curvature
