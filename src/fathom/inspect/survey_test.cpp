#include "fathom/inspect/survey.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "fathom/base/rng.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/inspect/vectors.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom::curvature {
namespace {

// Two tanh units, two inputs.
struct Units : Module {
  explicit Units(Index hidden_units)
      : Module(Dtype::f64),
        hidden{*this, "hidden", {.in = 2, .out = hidden_units}},
        out{*this, "out", {.in = hidden_units, .out = 1}} {}
  Linear hidden, out;
  Var operator()(Var x) const { return out(tanh(hidden(x))); }
};

// A linear model.
struct Line : Module {
  Line(Index inputs, Dtype dtype) : Module(dtype), out(*this, "out", {.in = inputs, .out = 1}) {}
  Linear out;
  Var operator()(Var x) const { return out(x); }
};

struct SurveyTest : testing::Test {
  static TensorSource source_of(Index count, double noise) {
    Tensor x({Dtype::f32, {count, 2}}), y({Dtype::f32, {count, 1}});
    Random random(3);
    for (Index i = 0; i < x.count(); ++i) x.set(i, random.normal());
    for (Index i = 0; i < count; ++i) y.set(i, std::tanh(x.at(2 * i) - x.at(2 * i + 1)) + noise * random.normal());
    return {{{"x", x}, {"y", y}}, {.train = count, .valid = 0, .test = 0}};
  }
  static std::vector<Index> range(Index first, Index last) {
    std::vector<Index> rows(static_cast<std::size_t>(last - first));
    std::iota(rows.begin(), rows.end(), first);
    return rows;
  }
  // A sum of 30 inputs, with noise; each of them stands so many times in x.
  static TensorSource linear_rows(Index count, Index times, std::uint64_t seed) {
    const Index width = 30 * times;
    Tensor x({Dtype::f32, {count, width}}), y({Dtype::f32, {count, 1}});
    Random random(seed);
    for (Index i = 0; i < count; ++i) {
      double sum = random.normal();
      for (Index k = 0; k < 30; ++k) {
        const double value = random.normal();
        for (Index time = 0; time < times; ++time) x.set(width * i + 30 * time + k, value);
        sum += value / 5;
      }
      y.set(i, sum);
    }
    return {{{"x", x}, {"y", y}}, {.train = count, .valid = 0, .test = 0}};
  }
  template <class Model>
  static Objective objective_of(const Model& model) {
    return {.row_losses = [&model](const Batch& b) { return mse(model(b["x"]), b["y"]); },
            .outputs = [&model](const Batch& b) { return model(b["x"]); }};
  }
  // By gradient descent with the rate halved where the loss rises.
  static Flat descended(const LossRows& rows, Flat weights, int steps) {
    const ParameterVector places(weights.layout(), rows.frozen);
    double rate = 0.5;
    LossGradient at = loss_gradient(rows, weights, 1);
    for (int step = 0; step < steps; ++step) {
      Vector w = places.from(weights);
      axpy(-rate, at.gradient, w);
      Flat moved = weights;
      places.to(w, moved);
      LossGradient there = loss_gradient(rows, moved, 1);
      if (there.loss > at.loss) {
        rate *= 0.5;
        continue;
      }
      rate *= 1.1;
      weights = moved;
      at = there;
    }
    return weights;
  }
};

// With all weights 0 the gradient in the weights is 0, and the output's bias is fitted: the Hessian has the directions
// that lead out, half of them down.
TEST_F(SurveyTest, ZerosAreASaddleUnlessNothingIsThere) {
  const Units model(2);
  const Objective objective = objective_of(model);
  const TensorSource source = source_of(200, 0.1);
  const LossRows rows{objective, source, range(0, 200)};
  Flat weights(model.parameters());
  double mean = 0;
  for (Index i = 0; i < 200; ++i) {
    BatchTensors batch = tensors_of(source.inputs(1));
    source.fill(Part::train, std::vector<Index>{i}, batch);
    mean += batch.at("y").at(0) / 200;
  }
  weights.view("out.bias").span<double>()[0] = mean;
  const Survey found = survey(rows, nullptr, weights);
  EXPECT_EQ(found.finding.verdict, Verdict::saddle);
  EXPECT_LT(found.gradient_norm, 1e-7);
  ASSERT_EQ(found.spectrum.size(), 9u);
  EXPECT_EQ(found.finding.negative, 2);  // a way down for each unit: its input and output weight together
  EXPECT_EQ(found.finding.positive, 3);
  EXPECT_EQ(found.finding.flat, 4);
  EXPECT_NEAR(found.spectrum[0], found.spectrum[1], 1e-12);
  // The Gauss-Newton part cannot go down: at 0 it is flat along the way out.
  EXPECT_NEAR(found.smallest[0].gauss_newton, 0, 1e-12);
  EXPECT_FALSE(found.evidence.witness);
}

// The same point by all eigenvalues and by products alone; and a step on the slope that gains.
TEST_F(SurveyTest, ProductsAgreeWithTheWholeSpectrum) {
  const Units model(12);
  const Objective objective = objective_of(model);
  const TensorSource source = source_of(400, 0.3);
  const LossRows rows{objective, source, range(0, 200)}, fresh{objective, source, range(200, 400), Part::train, 20};
  const Flat begin = model.parameters().initialise(4), weights = descended(rows, begin, 300);
  const Survey slope = survey(rows, &fresh, begin);
  EXPECT_EQ(slope.finding.verdict, Verdict::still_descending);
  EXPECT_LT(slope.gradient.p_value, 0.05);
  EXPECT_GT(*slope.evidence.realised_decrease, 0.25 * slope.evidence.predicted_decrease);

  const Survey all = survey(rows, nullptr, weights), some = survey(rows, nullptr, weights, {.dense_up_to = 0});
  EXPECT_TRUE(all.evidence.whole && all.converged && some.converged);
  EXPECT_TRUE(some.spectrum.empty());
  const double width = all.spectrum.back() - all.spectrum.front();
  for (std::size_t k = 0; k < 5; ++k) {
    const std::size_t last = all.spectrum.size() - 1 - k;
    EXPECT_NEAR(some.smallest[k].eigenvalue.value, all.spectrum[k], some.smallest[k].eigenvalue.bound + 1e-3 * width);
    EXPECT_NEAR(some.largest[k].eigenvalue.value, all.spectrum[last], some.largest[k].eigenvalue.bound + 1e-3 * width);
    EXPECT_LT(some.largest[k].eigenvalue.bound, 1e-3 * width * 1.001);
    EXPECT_NEAR(std::accumulate(some.largest[k].shares.begin(), some.largest[k].shares.end(), 0.0), 1, 1e-12);
  }
  EXPECT_NEAR(some.largest[0].gauss_newton, all.largest[0].gauss_newton, 1e-3 * width);
  EXPECT_TRUE(some.trace.low <= all.trace.value && all.trace.value <= some.trace.high);
  EXPECT_TRUE(some.evidence.unseen.low <= all.spectrum.front() && all.spectrum.back() <= some.evidence.unseen.high);
  for (const Survey* one : {&all, &some}) {
    double integral = 0;
    for (std::size_t i = 1; i < one->density.x.size(); ++i)
      integral += one->density.y[i].value * (one->density.x[i] - one->density.x[i - 1]);
    EXPECT_NEAR(integral, 1, 0.01);
  }
}

// Units that are equal, of many inputs: a sample's own gradient promises much, and it is noise; that the loss bends
// down between the units holds on other rows, too.
TEST_F(SurveyTest, ASampleSeesTheSaddleThroughItsNoise) {
  struct Wide : Module {
    Wide() : Module(Dtype::f64) {}
    Linear hidden{*this, "hidden", {.in = 50, .out = 4}};
    Linear out{*this, "out", {.in = 4, .out = 1}};
    Var operator()(Var x) const { return out(tanh(hidden(x))); }
  };
  const Wide model;
  constexpr Index count = 4000;
  Tensor x({Dtype::f32, {count, 50}}), y({Dtype::f32, {count, 1}});
  Random random(17);
  for (Index i = 0; i < count; ++i) {
    double a = 0, b = 0;
    for (Index k = 0; k < 50; ++k) {
      const double value = random.normal();
      x.set(50 * i + k, value);
      (k % 2 == 0 ? a : b) += value / 3;
    }
    y.set(i, std::tanh(a) - std::tanh(b) + 0.3 * random.normal());
  }
  const TensorSource source{{{"x", x}, {"y", y}}, {.train = count, .valid = 0, .test = 0}};
  const Objective objective{.row_losses = [&](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                            .outputs = [&](const Batch& b) { return model(b["x"]); }};
  const LossRows whole{objective, source, range(0, count)}, rows{objective, source, range(0, 800)},
      fresh{objective, source, range(800, count), Part::train, 200};
  Flat equal(model.parameters());
  for (const char* name : {"hidden.weight", "out.weight"})
    for (double& value : equal.view(name).span<double>()) value = 0.1;
  const Flat parked = descended(whole, equal, 150);
  SurveyOptions of_all;
  of_all.gradient_rows = &whole;
  const Survey sampled = survey(rows, &fresh, parked), alone = survey(rows, nullptr, parked),
               known = survey(rows, nullptr, parked, of_all);
  EXPECT_EQ(sampled.finding.verdict, Verdict::saddle);
  ASSERT_TRUE(sampled.evidence.witness);
  EXPECT_TRUE(sampled.evidence.witness->proven());
  EXPECT_GT(sampled.evidence.predicted_decrease, 0.05 * sampled.loss);
  EXPECT_LT(*sampled.evidence.realised_decrease, 0.01 * sampled.loss);
  EXPECT_EQ(known.finding.verdict, Verdict::saddle);
  EXPECT_EQ(known.gradient_rows, count);
  // The rows that propose a step would have it for a slope.
  EXPECT_EQ(alone.finding.verdict, Verdict::still_descending);
}

// A linear model that is fitted to all rows: a sample's own gradient promises to fit its noise, which gains nothing on
// other rows, and its groups do not agree.
TEST_F(SurveyTest, ASampleIsAtTheNoiseFloor) {
  const Line model(30, Dtype::f64);
  constexpr Index count = 3000;
  const TensorSource source = linear_rows(count, 1, 23);
  const Objective objective = objective_of(model);
  const LossRows whole{objective, source, range(0, count)}, rows{objective, source, range(0, 300)},
      fresh{objective, source, range(300, count), Part::train, 200};
  const Flat begin = model.parameters().initialise(2), fitted = descended(whole, begin, 150);
  const Survey found = survey(rows, &fresh, fitted);
  EXPECT_EQ(found.finding.verdict, Verdict::noise_floor);
  EXPECT_GT(found.gradient.p_value, 0.05);
  EXPECT_GT(found.evidence.predicted_decrease, 0.02 * found.loss);
  EXPECT_LT(*found.evidence.realised_decrease, 0.01 * found.loss);
  EXPECT_EQ(survey(whole, nullptr, fitted).finding.verdict, Verdict::local_minimum);
  EXPECT_EQ(survey(rows, &fresh, begin).finding.verdict, Verdict::still_descending);
}

// In f32 and by products alone: inputs that repeat others leave flat directions, which rounding hides from no one.
TEST_F(SurveyTest, FlatDirectionsAreSeenInSinglePrecision) {
  const Line model(60, Dtype::f32);
  constexpr Index count = 400;
  const TensorSource source = linear_rows(count, 2, 29);
  const Objective objective = objective_of(model);
  const LossRows rows{objective, source, range(0, count)};
  const Flat fitted = descended(rows, model.parameters().initialise(2), 100);
  const Survey found = survey(rows, nullptr, fitted, {.dense_up_to = 0});
  EXPECT_EQ(found.finding.verdict, Verdict::degenerate);
  EXPECT_GE(found.finding.flat, 1);
  EXPECT_EQ(found.finding.negative, 0);
}

// Rows that are few leave no groups to compare, and the survey does without.
TEST_F(SurveyTest, OfOneRow) {
  const Units model(1);
  const Objective objective = objective_of(model);
  const TensorSource source = source_of(3, 0);
  const Survey one = survey({objective, source, {1}}, nullptr, model.parameters().initialise(1));
  EXPECT_EQ(one.groups, 0);
  EXPECT_EQ(one.rows, 1);
  EXPECT_EQ(one.finding.verdict, Verdict::still_descending);
}

}  // namespace
}  // namespace fathom::curvature
