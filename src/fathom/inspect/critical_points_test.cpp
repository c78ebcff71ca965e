// Critical points that are known in closed form: those of deep linear networks, and networks on exclusive or.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <deque>
#include <numeric>

#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/matmul.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/inspect/eigen_solver.hpp"
#include "fathom/inspect/loss_program.hpp"
#include "fathom/inspect/survey.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom::curvature {
namespace {

constexpr std::size_t four = 4;                                     // inputs, outputs and rows
constexpr std::array<double, four> singular_values{4, 2, 1, 0.25};  // of what is to be learned

// Orthogonal matrices whose numbers are halves.
double left(std::size_t i, std::size_t k) { return std::popcount(i & k) % 2 == 0 ? 0.5 : -0.5; }
double right(std::size_t j, std::size_t k) { return left(j, (k + 1) % four); }

// y = x W1 ... WL, without biases. Of the four rows 2 e_i, whose targets are x U S V', the loss is
// |W1 ... WL - U S V'|^2 / 4.
struct DeepLinear : Module {
  DeepLinear(std::size_t depth, Index hidden) : Module(Dtype::f64) {
    for (std::size_t l = 0; l < depth; ++l)
      layers.emplace_back(*this, fmt::format("layer{}", l + 1),
                          WeightOptions{.shape = {l == 0 ? 4 : hidden, l + 1 == depth ? 4 : hidden}});
  }
  Var operator()(Var x) const {
    for (const Weight& layer : layers) x = matmul(x, layer());
    return x;
  }

  std::deque<Weight> layers;
};

struct DeepLinearPoint {
  std::size_t depth = 2, hidden = 4;
  std::vector<std::size_t> fitted;  // singular values, each by a hidden unit of its own
  double passed = 0;                // what the layers between hand on of a hidden unit that fits nothing
};

// Each layer gives the fitted directions a share of s^(1 / depth): a critical point, as the gradient in any layer holds
// W1 ... WL - U S V' between factors that lie in the fitted directions.
Flat weights_of(const DeepLinear& model, const DeepLinearPoint& point) {
  Flat weights(model.parameters());
  const auto share = [&](std::size_t k) {
    return std::pow(singular_values[point.fitted[k]], 1 / static_cast<double>(point.depth));
  };
  for (std::size_t l = 0; l < point.depth; ++l) {
    const auto w = weights.view(model.layers[l].name()).span<double>();
    const std::size_t columns = l + 1 == point.depth ? four : point.hidden;
    for (std::size_t k = 0; k < point.hidden; ++k) {
      const bool fits = k < point.fitted.size();
      if (l > 0 && l + 1 < point.depth) w[k * columns + k] = fits ? share(k) : point.passed;
      for (std::size_t i = 0; fits && i < four; ++i) {
        if (l == 0) w[i * columns + k] = left(i, point.fitted[k]) * share(k);
        if (l + 1 == point.depth) w[k * columns + i] = share(k) * right(i, point.fitted[k]);
      }
    }
  }
  return weights;
}

// In the bases of U and V the Hessian falls into blocks of one or two numbers:
// - what links two fitted directions i, j changes the product by sum_l t_i^(l-1) t_j^(L-l) dW_l: one eigenvalue, and
//   zeros along which layers trade;
// - a direction i that is not fitted meets each hidden unit twice, on its way in and out: the two together change the
//   product by s_i's own direction, to second order, times what the layers between hand on.
Vector closed_form(const DeepLinearPoint& point) {
  Vector values;
  const auto depth = static_cast<double>(point.depth);
  const auto shared = [&](std::size_t k) { return std::pow(singular_values[point.fitted[k]], 1 / depth); };
  for (std::size_t i = 0; i < point.fitted.size(); ++i)
    for (std::size_t j = 0; j < point.fitted.size(); ++j) {
      double sum = 0;
      for (double l = 1; l <= depth; ++l)
        sum += std::pow(std::pow(shared(i), l - 1) * std::pow(shared(j), depth - l), 2);
      values.push_back(0.5 * sum);
    }
  for (std::size_t i = 0; i < four; ++i) {
    if (std::find(point.fitted.begin(), point.fitted.end(), i) != point.fitted.end()) continue;
    for (std::size_t k = 0; k < point.hidden; ++k) {
      const bool fits = k < point.fitted.size();
      const double own = fits ? std::pow(shared(k), 2 * depth - 2) : 0;
      const double between = singular_values[i] * std::pow(fits ? shared(k) : point.passed, depth - 2);
      values.push_back(0.5 * (own + between));
      values.push_back(0.5 * (own - between));
    }
  }
  const std::size_t all = 2 * four * point.hidden + (point.depth - 2) * point.hidden * point.hidden;
  values.resize(all, 0.0);
  std::sort(values.begin(), values.end());
  return values;
}

struct DeepLinearTest : testing::Test {
  static TensorSource make_source() {
    Tensor x({Dtype::f32, {4, 4}}), y = x;
    for (std::size_t i = 0; i < four; ++i) {
      x.set(static_cast<Index>(i * four + i), 2);
      for (std::size_t j = 0; j < four; ++j) {
        double sum = 0;
        for (std::size_t k = 0; k < four; ++k) sum += 2 * left(i, k) * singular_values[k] * right(j, k);
        y.set(static_cast<Index>(i * four + j), sum);
      }
    }
    return {{{"x", x}, {"y", y}}, {.train = 4}};
  }
  TensorSource source = make_source();
};

TEST_F(DeepLinearTest, CriticalPointsInClosedForm) {
  using Fitted = std::vector<std::size_t>;
  int saddles = 0, minima = 0, higher = 0;
  for (std::size_t depth = 2; depth <= 5; ++depth)
    for (const std::size_t hidden : {std::size_t{4}, std::size_t{5}})
      for (const Fitted& fitted : {Fitted{}, {0}, {2}, {0, 1}, {3, 1}, {0, 1, 2}, {0, 1, 2, 3}})
        for (const double passed : {0.0, 1.0}) {
          const DeepLinearPoint point{depth, hidden, fitted, passed};
          const DeepLinear model(depth, static_cast<Index>(hidden));
          const Objective objective{.row_losses = [&](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                                    .outputs = [&](const Batch& b) { return model(b["x"]); }};
          const Survey found = survey({objective, source, {0, 1, 2, 3}}, nullptr, weights_of(model, point));
          const std::string where =
              fmt::format("depth {}, hidden {}, fitted {}, passed {}", depth, hidden, fmt::join(fitted, "+"), passed);
          double loss = 0;
          for (std::size_t k = 0; k < four; ++k)
            if (std::find(fitted.begin(), fitted.end(), k) == fitted.end()) loss += std::pow(singular_values[k], 2) / 4;
          EXPECT_NEAR(found.loss, loss, 1e-13) << where;
          EXPECT_LT(found.gradient_norm, 1e-13) << where;
          const Vector expected = closed_form(point);
          ASSERT_EQ(found.spectrum.size(), expected.size()) << where;
          for (std::size_t k = 0; k < expected.size(); ++k)
            EXPECT_NEAR(found.spectrum[k], expected[k], 1e-12) << where << " " << k;
          // Which of them are below 0: where a larger singular value is left over for a unit that fits a smaller one,
          // or that hands on and fits none. A point where nothing is handed on can be a saddle all the same: three
          // layers have to move at once, which curvature does not see.
          const bool down = expected.front() < 0;
          EXPECT_EQ(found.finding.verdict, down        ? Verdict::saddle
                                           : loss == 0 ? Verdict::degenerate_minimum
                                                       : Verdict::degenerate)
              << where;
          EXPECT_EQ(found.finding.negative,
                    std::count_if(expected.begin(), expected.end(), [](double v) { return v < 0; }))
              << where;
          EXPECT_EQ(found.finding.flat, std::count(expected.begin(), expected.end(), 0.0)) << where;
          saddles += down ? 1 : 0;
          minima += !down && loss == 0 ? 1 : 0;
          higher += !down && loss > 0 ? 1 : 0;
        }
  EXPECT_GT(saddles, 40);
  EXPECT_EQ(minima, 16);
  EXPECT_GT(higher, 20);
}

// Rank-deficient points from where curvature shows the way: descent from behind a step along it ends lower, and descent
// from the point itself stays.
TEST_F(DeepLinearTest, SaddlesAreEscaped) {
  for (const DeepLinearPoint& point : {DeepLinearPoint{2, 4, {}, 0}, DeepLinearPoint{2, 4, {1}, 0},
                                       DeepLinearPoint{3, 4, {2}, 0}, DeepLinearPoint{4, 4, {0}, 1}}) {
    const DeepLinear model(point.depth, static_cast<Index>(point.hidden));
    const Objective objective{.row_losses = [&](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                              .outputs = [&](const Batch& b) { return model(b["x"]); }};
    const LossRows rows{objective, source, {0, 1, 2, 3}};
    const auto descended = [&](const Flat& start, std::uint64_t) {
      Flat weights = start;
      const ParameterVector places(weights.layout(), {});
      for (int step = 0; step < 20; ++step) {
        Vector w = places.from(weights);
        axpy(-0.05, loss_gradient(rows, weights, 1).gradient, w);
        places.to(w, weights);
      }
      return weights;
    };
    const WayOut way_out{rows, descended};
    const Survey found = survey(rows, nullptr, weights_of(model, point), {}, &way_out);
    EXPECT_EQ(found.finding.verdict, Verdict::saddle_escapable) << point.depth;
    ASSERT_TRUE(found.escape) << point.depth;
    for (const Twins& twins : found.escape->twins) {
      EXPECT_NEAR(twins.stayed, found.loss, 1e-9) << point.depth;
      EXPECT_LT(twins.escaped, 0.9 * found.loss) << point.depth;
    }
  }
}

// The origin of three and more layers as products alone see it: every one of them is 0.
TEST_F(DeepLinearTest, TheOriginIsFlatForProductsToo) {
  const DeepLinear model(3, 4);
  const Objective objective{.row_losses = [&](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                            .outputs = [&](const Batch& b) { return model(b["x"]); }};
  const Survey found = survey({objective, source, {0, 1, 2, 3}}, nullptr, Flat(model.parameters()), {.dense_up_to = 0});
  EXPECT_EQ(found.finding.verdict, Verdict::degenerate);
  EXPECT_EQ(found.finding.negative + found.finding.positive, 0);
}

// Two tanh units on exclusive or, by binary cross-entropy.
struct ExclusiveOr : Module {
  ExclusiveOr() : Module(Dtype::f64) {}
  Linear hidden{*this, "hidden", {.in = 2, .out = 2}};
  Linear out{*this, "out", {.in = 2, .out = 1}};
  Var operator()(Var x) const { return out(tanh(hidden(x))); }
};

// Eight layers of five sigmoid units.
struct DeepSigmoid : Module {
  DeepSigmoid() : Module(Dtype::f64) {
    for (Index l = 0; l < 8; ++l)
      hidden.emplace_back(*this, fmt::format("hidden{}", l + 1), LinearOptions{.in = l == 0 ? 2 : 5, .out = 5});
  }
  Var operator()(Var x) const {
    for (const Linear& layer : hidden) x = sigmoid(layer(x));
    return out(x);
  }
  std::deque<Linear> hidden;
  Linear out{*this, "out", {.in = 5, .out = 1}};
};

template <class Model>
struct OnExclusiveOr : testing::Test {
  Var losses(const Batch& b) const { return binary_cross_entropy(model(b["x"]), b["y"]); }
  // So many updates on all four rows: step(t, i, g) is what weight i loses in update t for its gradient g.
  template <class Step>
  Flat trained(Flat weights, int updates, const Step& step) const {
    const ParameterVector places(weights.layout(), {});
    Program program([&](Trace& trace) {
      const Batch batch = batch_in(trace, source.inputs(4), Dtype::f64);
      return Request{grad(mean(losses(batch)), model.parameters().vars()), {}};
    });
    BatchTensors tensors = tensors_of(source.inputs(4));
    source.fill(Part::train, rows.rows, tensors);
    for (auto& [name, tensor] : tensors) program.bind(name, tensor.view());
    bind_weights(program, weights);
    Vector w = places.from(weights), g(w.size());
    for (int t = 1; t <= updates; ++t) {
      program.run();
      std::fill(g.begin(), g.end(), 0);
      add_outputs(program, 0, places.names().size(), g);
      for (std::size_t i = 0; i < w.size(); ++i) w[i] -= step(t, i, g[i]);
      places.to(w, weights);
    }
    return weights;
  }
  Flat by_descent(Flat weights, int updates, double rate) const {
    return trained(std::move(weights), updates, [rate](int, std::size_t, double g) { return rate * g; });
  }
  // Kingma and Ba 2015, algorithm 1.
  Flat by_adam(Flat weights, int updates, double rate) const {
    Vector m(static_cast<std::size_t>(weights.total())), v = m;
    return trained(std::move(weights), updates, [&](int t, std::size_t i, double g) {
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      return rate * m[i] / (1 - std::pow(0.9, t)) / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-8);
    });
  }

  Model model;
  TensorSource source{{{"x", Tensor(Shape{4, 2}, {0.f, 0.f, 0.f, 1.f, 1.f, 0.f, 1.f, 1.f})},
                       {"y", Tensor(Shape{4, 1}, {0.f, 1.f, 1.f, 0.f})}},
                      {.train = 4}};
  Objective objective{.row_losses = [this](const Batch& b) { return losses(b); },
                      .outputs = [this](const Batch& b) { return model(b["x"]); }};
  LossRows rows{objective, source, {0, 1, 2, 3}};
};
using ExclusiveOrTest = OnExclusiveOr<ExclusiveOr>;
using DeepSigmoidTest = OnExclusiveOr<DeepSigmoid>;

// All weights the same: both units stay the same for ever, and one unit can tell one row of the four apart. What is
// left is the entropy of one in three, and the way out is to tell the units apart.
TEST_F(ExclusiveOrTest, ConstantWeightsParkAtASaddle) {
  Flat weights(model.parameters());
  for (const Parameter& parameter : model.parameters())
    for (double& value : weights.view(parameter.name).span<double>()) value = 0.5;
  const Flat parked = by_adam(weights, 3000, 0.05);
  const WayOut way_out{rows, [&](const Flat& start, std::uint64_t) { return by_adam(start, 3000, 0.05); }};
  const Survey found = survey(rows, nullptr, parked, {}, &way_out);
  EXPECT_NEAR(found.loss, 0.75 * (std::log(3.0) - 2.0 / 3 * std::log(2.0)), 1e-3);
  EXPECT_EQ(found.finding.verdict, Verdict::saddle_escapable);
  ASSERT_TRUE(found.escape);
  for (const Twins& twins : found.escape->twins) EXPECT_GT(twins.stayed, 1000 * twins.escaped);
  LossCurvature hessian(rows, parked);
  const Vector w = hessian.parameters().from(parked);
  const SymmetricEigen eigen = symmetric_eigen(hessian.dimension(), dense_matrix(hessian), EigenVectors::all);
  // In the order of the parameters: hidden.weight [2, 2], hidden.bias [2], out.weight [2, 1], out.bias.
  for (const std::size_t first : {0u, 2u, 4u, 6u}) {
    EXPECT_EQ(w[first], w[first + 1]);
    EXPECT_NEAR(eigen.vectors[first], -eigen.vectors[first + 1], 1e-6) << "the way out turns the units apart";
  }
}

// All weights 0: no gradient, and no direction that bends down. Only one bends at all, the bias of the output.
TEST_F(ExclusiveOrTest, ZerosAreDegenerate) {
  const Survey found = survey(rows, nullptr, Flat(model.parameters()));
  EXPECT_EQ(found.gradient_norm, 0);
  EXPECT_NEAR(found.loss, std::log(2.0), 1e-15);
  EXPECT_EQ(found.finding.verdict, Verdict::degenerate);
  EXPECT_EQ(found.finding.negative, 0);
  EXPECT_EQ(found.finding.flat, 8);
  EXPECT_EQ(found.finding.positive, 1);
  EXPECT_NEAR(found.spectrum.back(), 0.25, 1e-15);
}

// Gradients vanish on their way down through eight layers of sigmoid units: the outputs have learned how often each
// class occurs, what bends down bends next to nothing, and training from behind a step along it comes to no more.
TEST_F(DeepSigmoidTest, VanishingGradientsAreAPlateau) {
  const auto train_on = [&](const Flat& start, std::uint64_t) { return by_descent(start, 1500, 0.5); };
  const Flat stuck = train_on(model.parameters().initialise(1), 1);
  const WayOut way_out{rows, train_on};
  const Survey found = survey(rows, nullptr, stuck, {}, &way_out);
  EXPECT_NEAR(found.loss, std::log(2.0), 1e-3);
  EXPECT_EQ(found.finding.verdict, Verdict::plateau);
  EXPECT_LT(found.spectrum.front(), 0);
  ASSERT_TRUE(found.escape);
  for (const Twins& twins : found.escape->twins) EXPECT_NEAR(twins.escaped, twins.stayed, 0.01 * found.loss);
}

}  // namespace
}  // namespace fathom::curvature
