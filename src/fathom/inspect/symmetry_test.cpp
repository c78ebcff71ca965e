#include "fathom/inspect/symmetry.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "fathom/base/rng.hpp"
#include "fathom/inspect/eigen_solver.hpp"
#include "fathom/inspect/loss_gradient.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/images.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom::curvature {
namespace {

struct Dense : Module {
  Dense(const std::string& activation_name, bool normed) : Module(Dtype::f64), function(activation(activation_name)) {
    if (normed) norm.emplace(*this, "norm", LayerNormOptions{.width = 4, .epsilon = 1e-14});
  }
  Var operator()(Var x) const {
    const Var h = first(x);
    return second(function(norm ? (*norm)(h) : h));
  }
  Activation function;
  Linear first{*this, "first", {.in = 3, .out = 4}};
  Linear second{*this, "second", {.in = 4, .out = 2}};
  std::optional<LayerNorm> norm;
};

struct SymmetryTest : testing::Test {
  static constexpr Index count = 40;

  // Sixteenths, so that what a network of relu units gives of them is exact in f32.
  static double sixteenth(Random& random) { return std::round(32 * random.uniform() - 16) / 16; }
  static Flat drawn(const Dense& model, std::uint64_t seed) {
    Flat weights(model.parameters());
    Random random(seed, "weights");
    for (const Parameter& parameter : model.parameters())
      for (double& value : weights.view(parameter.name).span<double>()) value = sixteenth(random);
    return weights;
  }
  // Rows that the weights fit exactly (relu units without a norm), or that they do not.
  static TensorSource source_of(const Flat* fitted) {
    Tensor x({Dtype::f32, {count, 3}}), y({Dtype::f32, {count, 2}}), classes({Dtype::i32, {count}});
    Random random(5, "rows");
    for (Index i = 0; i < x.count(); ++i) x.set(i, sixteenth(random));
    for (Index i = 0; i < count; ++i) {
      classes.set(i, static_cast<double>(i % 2));
      for (Index o = 0; o < 2; ++o) y.set(2 * i + o, fitted != nullptr ? output_of(*fitted, x, i, o) : random.normal());
    }
    return {{{"x", x}, {"y", y}, {"classes", classes}}, {.train = count}};
  }
  static double output_of(const Flat& weights, const Tensor& x, Index row, Index output) {
    const Tensor w1 = weights.copy("first.weight"), b1 = weights.copy("first.bias"), w2 = weights.copy("second.weight");
    double sum = weights.copy("second.bias").at(output);
    for (Index unit = 0; unit < 4; ++unit) {
      double h = b1.at(unit);
      for (Index i = 0; i < 3; ++i) h += x.at(3 * row + i) * w1.at(4 * i + unit);
      sum += std::max(h, 0.0) * w2.at(2 * unit + output);
    }
    return sum;
  }
  static Objective squares(const Dense& model) {
    return {.row_losses = [&model](const Batch& b) { return mse(model(b["x"]), b["y"]); },
            .outputs = [&model](const Batch& b) { return model(b["x"]); }};
  }
  static std::vector<Index> all_rows() {
    std::vector<Index> rows(count);
    std::iota(rows.begin(), rows.end(), 0);
    return rows;
  }
  // Where a loss stays as weights w are multiplied, its gradient falls with 1 / |w|: H w is -g on w and 0 beside it. So
  // it is 0 wherever the gradient is.
  static void expect_scale(LossCurvature& hessian, const Vector& g, const Flat& weights,
                           const SparseVector& direction) {
    const Vector w = hessian.parameters().from(weights);
    double length = 0;
    for (const auto& [k, number] : direction) length += w[k] * w[k];
    Vector product = hessian * dense(direction, hessian.dimension());
    for (const auto& [k, number] : direction) product[k] += g[k] / std::sqrt(length);
    EXPECT_LT(norm(product), 1e-11);
  }
  static Vector dense(const SparseVector& direction, Index n) {
    Vector v(static_cast<std::size_t>(n));
    for (const auto& [k, number] : direction) v[k] += number;
    return v;
  }
};

// A batch norm that takes the statistics of its rows: of each unit before it, scale and shift are lost.
TEST_F(SymmetryTest, BatchStatisticsLoseScaleAndShift) {
  struct Normed : Module {
    Normed() : Module(Dtype::f64) {}
    Var operator()(Var x) const { return second(tanh(norm(first(x)))); }
    Linear first{*this, "first", {.in = 3, .out = 4}};
    BatchNorm norm{*this, "norm", {.width = 4, .epsilon = 1e-14}};
    Linear second{*this, "second", {.in = 4, .out = 2}};
  };
  const Normed model;
  const Flat weights = model.parameters().initialise(3);
  const TensorSource source = source_of(nullptr);
  const Objective objective{.row_losses = [&](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                            .outputs = [&](const Batch& b) { return model(b["x"]); }};
  const LossRows rows{objective, source, all_rows(), Part::train, count, {}, Mode::training};
  LossCurvature hessian(rows, weights);
  const Vector g = loss_gradient(rows, weights, 1).gradient;
  EXPECT_GT(norm(g), 1e-2);
  // The Gauss-Newton part applies the network for its outputs and for the loss: one and the same norm.
  EXPECT_TRUE(std::isfinite(norm(LossCurvature(rows, weights, Matrix::gauss_newton) * g)));
  const auto symmetries = symmetries_of({.layers = {}, .softmax = false, .before_batch_norm = {"first"}}, weights, {});
  ASSERT_EQ(symmetries.size(), 2u);
  EXPECT_EQ(symmetries[0].kind, SymmetryKind::norm_shift);
  EXPECT_EQ(symmetries[1].kind, SymmetryKind::norm_scale);
  for (const Symmetry& symmetry : symmetries) {
    ASSERT_EQ(symmetry.directions.size(), 4u);
    for (const SparseVector& direction : symmetry.directions) {
      const Vector d = dense(direction, hessian.dimension());
      EXPECT_NEAR(dot(g, d), 0, 1e-12) << name_of(symmetry.kind);
      if (symmetry.kind == SymmetryKind::norm_scale)
        expect_scale(hessian, g, weights, direction);
      else
        EXPECT_LT(norm(hessian * d), 1e-12);
    }
  }
}

// At weights that fit every row exactly the Hessian is flat along what no output depends on, and along nothing else
// where rows are many: its flat directions are the span of the symmetries.
TEST_F(SymmetryTest, ExplainsTheFlatDirectionsOfReluUnits) {
  const Dense model("relu", false);
  const DenseNetwork network{{{.name = "first", .activation = "relu"}, {.name = "second"}}};
  for (const bool with_dead : {false, true}) {
    Flat weights = drawn(model, 3);
    if (with_dead) weights.view("first.bias").span<double>()[2] = -8;
    const TensorSource source = source_of(&weights);
    const Objective objective = squares(model);
    const LossRows rows{objective, source, all_rows()};
    ASSERT_EQ(loss_gradient(rows, weights, 1).loss, 0);
    LossCurvature hessian(rows, weights);
    const SymmetricEigen eigen = symmetric_eigen(hessian.dimension(), dense_matrix(hessian), EigenVectors::all);
    const std::vector<DeadUnits> dead{{0, {2}}};
    const auto symmetries = symmetries_of(network, weights, {},
                                          with_dead ? std::span<const DeadUnits>(dead) : std::span<const DeadUnits>());
    ASSERT_EQ(symmetries.size(), with_dead ? 2u : 1u);
    EXPECT_EQ(symmetries[0].kind, SymmetryKind::unit_scale);
    EXPECT_EQ(symmetries[0].directions.size(), 4u);
    // Of the six weights of a dead unit, its scale is one.
    const std::size_t flat = with_dead ? 3 + 6 : 4, n = eigen.values.size();
    for (std::size_t k = 0; k < n; ++k) {
      const auto v = std::span(eigen.vectors).subspan(k * n, n);
      if (k < flat) {
        EXPECT_NEAR(eigen.values[k], 0, 1e-12) << k;
        EXPECT_NEAR(share_in(symmetries, v), 1, 1e-9) << k;
      } else {
        EXPECT_GT(eigen.values[k], 1e-6) << k;
        EXPECT_NEAR(share_in(symmetries, v), 0, 1e-9) << k;
      }
    }
    if (!with_dead) continue;
    EXPECT_EQ(symmetries[1].kind, SymmetryKind::dead_unit);
    double by_scale = 0, by_dead = 0;
    for (std::size_t k = 0; k < flat; ++k) {
      const auto v = std::span(eigen.vectors).subspan(k * n, n);
      by_scale += share_in(std::span(symmetries).first(1), v);
      by_dead += share_in(std::span(symmetries).last(1), v);
    }
    EXPECT_NEAR(by_scale, 4, 1e-9);
    EXPECT_NEAR(by_dead, 6, 1e-9);
  }
}

// Away from critical points, too, the gradient is 0 along every direction; and the Hessian along those whose path is
// straight.
TEST_F(SymmetryTest, LeavesTheLossAsItIsAnywhere) {
  for (const std::string name : {"relu", "leaky_relu", "identity"})
    for (const bool normed : {false, true}) {
      const Dense model(name, normed);
      const Flat weights = drawn(model, 4);
      const TensorSource source = source_of(nullptr);
      const Objective objective{
          .row_losses = [&](const Batch& b) { return softmax_cross_entropy(model(b["x"]), b["classes"]); },
          .outputs = [&](const Batch& b) { return model(b["x"]); }};
      const LossRows rows{objective, source, all_rows()};
      const DenseNetwork network{
          {{.name = "first", .norm = normed ? "norm" : "", .activation = name}, {.name = "second"}}, true};
      LossCurvature hessian(rows, weights);
      const Vector g = loss_gradient(rows, weights, 1).gradient;
      const auto symmetries = symmetries_of(network, weights, {});
      ASSERT_EQ(symmetries.size(), normed ? 4u : 2u);
      EXPECT_EQ(symmetries[1].kind, SymmetryKind::output_shift);
      EXPECT_EQ(symmetries[1].directions.size(), 5u);
      if (normed) {
        EXPECT_EQ(symmetries[2].kind, SymmetryKind::norm_shift);
        EXPECT_EQ(symmetries[2].directions.size(), 4u);
        EXPECT_EQ(symmetries[3].kind, SymmetryKind::norm_scale);
        EXPECT_EQ(symmetries[3].directions.size(), 1u);
      }
      EXPECT_GT(norm(g), 1e-2);
      for (const Symmetry& symmetry : symmetries)
        for (const SparseVector& direction : symmetry.directions) {
          const Vector d = dense(direction, hessian.dimension());
          EXPECT_NEAR(norm(d), 1, 1e-14);
          EXPECT_NEAR(dot(g, d), 0, 1e-12) << name_of(symmetry.kind) << " " << name << " " << normed;
          if (symmetry.kind == SymmetryKind::norm_scale) {
            expect_scale(hessian, g, weights, direction);
          } else if (symmetry.kind != SymmetryKind::unit_scale) {
            EXPECT_LT(norm(hessian * d), 1e-13) << name_of(symmetry.kind);
          }
        }
    }
}

// Against a projection by Gram-Schmidt, of directions that are far from orthogonal and some of which repeat.
TEST_F(SymmetryTest, ShareIsThatOfTheProjection) {
  Random random(8, "directions");
  Symmetry symmetry{SymmetryKind::unit_scale, {}};
  std::vector<Vector> orthonormal;
  for (int k = 0; k < 6; ++k) {
    SparseVector direction;
    for (std::size_t i = 0; i < 20; ++i)
      if (i % 3 != static_cast<std::size_t>(k % 3)) direction.emplace_back(i, 1 + 0.3 * random.normal());
    symmetry.directions.push_back(direction);
    Vector v = dense(direction, 20);
    for (int pass = 0; pass < 2; ++pass)
      for (const Vector& q : orthonormal) axpy(-dot(q, v), q, v);
    scale(v, 1 / norm(v));
    orthonormal.push_back(v);
  }
  symmetry.directions.push_back(symmetry.directions.front());
  for (std::uint64_t round = 0; round < 20; ++round) {
    const Vector v = random_normal(20, round, "v");
    double expected = 0;
    for (const Vector& q : orthonormal) expected += dot(q, v) * dot(q, v) / dot(v, v);
    EXPECT_NEAR(share_in(std::span(&symmetry, 1), v), expected, 1e-9);
  }
  EXPECT_EQ(share_in(std::span(&symmetry, 1), Vector(20)), 0);
  EXPECT_EQ(share_in({}, Vector(20, 1.0)), 0);
}

TEST_F(SymmetryTest, MovesNothingThatIsFrozen) {
  const Dense model("relu", false);
  const Flat weights = drawn(model, 3);
  const DenseNetwork network{{{.name = "first", .activation = "relu"}, {.name = "second"}}, true};
  EXPECT_EQ(symmetries_of(network, weights, {"first.bias"}).size(), 1u);
  const auto alone = symmetries_of(network, weights, {"first.weight", "first.bias", "second.bias"});
  ASSERT_EQ(alone.size(), 1u);
  EXPECT_EQ(alone[0].directions.size(), 4u);
  const DenseNetwork smooth{{{.name = "first", .activation = "tanh"}, {.name = "second"}}};
  EXPECT_TRUE(symmetries_of(smooth, weights, {}).empty());
  EXPECT_THROW(symmetries_of({{{.name = "third"}}}, weights, {}), Error);
  EXPECT_THROW(symmetries_of(network, weights, {}, std::vector<DeadUnits>{{0, {4}}}), Error);
  EXPECT_THROW(symmetries_of(network, weights, {}, std::vector<DeadUnits>{{1, {0}}}), Error);
}

}  // namespace
}  // namespace fathom::curvature
