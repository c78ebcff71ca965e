#include "fathom/inspect/escape.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/shape.hpp"
#include "fathom/inspect/survey.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom::curvature {
namespace {

// Two weights: u, of which the loss is a function, and v, whose square is added to it.
struct BendAndBowl : Module {
  BendAndBowl() : Module(Dtype::f64) {}
  Weight u{*this, "u", {.shape = {1, 1}}};
  Weight v{*this, "v", {.shape = {1, 1}}};
};

struct EscapeTest : testing::Test {
  // loss(u) + v^2, of one row whose x is 1.
  void use(std::function<Var(const Var& u)> loss) {
    const auto both = [this](const Batch& b) { return concat({b["x"] * model.u(), b["x"] * model.v()}, 1); };
    objective = {.row_losses =
                     [both, loss](const Batch& b) {
                       const Var at = both(b), u = slice(at, 1, {.start = 0, .length = 1}),
                                 v = slice(at, 1, {.start = 1, .length = 1});
                       return reshape(loss(u) + square(v), {1});
                     },
                 .outputs = both};
  }
  LossRows rows() const { return {objective, source, {0}}; }
  // Gradient descent; the seed changes nothing.
  TrainOn descent(double rate, int steps) const {
    return [this, rate, steps](const Flat& start, std::uint64_t) {
      Flat weights = start;
      const ParameterVector places(weights.layout(), {});
      for (int step = 0; step < steps; ++step) {
        Vector w = places.from(weights);
        axpy(-rate, loss_gradient(rows(), weights, 1).gradient, w);
        places.to(w, weights);
      }
      return weights;
    };
  }
  Flat zero() const { return Flat(model.parameters()); }

  const BendAndBowl model;
  const TensorSource source{{{"x", Tensor(Shape{1, 1}, {1.f})}}, {.train = 1, .valid = 0, .test = 0}};
  Objective objective;
  const Vector along{1, 0};
};

// (1 - u^2)^2: the loss is 1 at u = 0, bends down, and is 0 at u = 1 and -1.
Var double_well(const Var& u) { return square(1.0 - square(u)); }

TEST_F(EscapeTest, FindsTheBottomOfADoubleWell) {
  use(double_well);
  const Escape escape = try_way_out(rows(), zero(), along, descent(0.05, 200));
  EXPECT_NEAR(std::abs(escape.length), 1, 1e-3);
  EXPECT_EQ(escape.loss_before, 1);
  EXPECT_LT(escape.loss_after, 1e-5);
  EXPECT_EQ(escape.outcome, Outcome::way_out);
  ASSERT_EQ(escape.twins.size(), 3u);
  for (const Twins& one : escape.twins) {
    EXPECT_EQ(one.stayed, 1);  // descent stays where the gradient is 0
    EXPECT_LT(one.escaped, 1e-12);
  }
  EXPECT_NEAR(escape.weights.values().at(0), escape.length, 1e-15);
  for (std::size_t k = 1; k < escape.line.size(); ++k) EXPECT_LE(escape.line[k - 1].length, escape.line[k].length);
}

TEST_F(EscapeTest, TheVerdictIsOfWhatTrainingMakesOfIt) {
  use(double_well);
  const LossRows all = rows();
  const WayOut way_out{all, descent(0.05, 200)};
  EXPECT_EQ(survey(all, nullptr, zero()).finding.verdict, Verdict::saddle);
  const Survey tried = survey(all, nullptr, zero(), {}, &way_out);
  EXPECT_EQ(tried.finding.verdict, Verdict::saddle_escapable);
  ASSERT_TRUE(tried.escape);
  EXPECT_LT(tried.escape->loss_after, 1e-5);
  use([](const Var& u) { return 1.0 + 1e-3 * double_well(u); });
  EXPECT_EQ(survey(all, nullptr, zero(), {}, &way_out).finding.verdict, Verdict::plateau);
  // Where nothing bends down, nothing is tried.
  use([](const Var& u) { return square(u); });
  EXPECT_FALSE(survey(all, nullptr, zero(), {}, &way_out).escape);
}

// The same bend, but all that there is to gain behind it is a thousandth of the loss.
TEST_F(EscapeTest, AShallowBendLeadsNowhere) {
  use([](const Var& u) { return 1.0 + 1e-3 * double_well(u); });
  const Escape escape = try_way_out(rows(), zero(), along, descent(1, 300));
  EXPECT_LT(escape.loss_after, escape.loss_before);
  EXPECT_EQ(escape.outcome, Outcome::leads_nowhere);
}

// A training that leaves without help ends in the same place.
TEST_F(EscapeTest, WhatTrainingLeavesByItselfIsNoGain) {
  use(double_well);
  Flat near_by = zero();
  near_by.values().set(0, 1e-3);
  const Escape escape = try_way_out(rows(), near_by, along, descent(0.1, 300));
  EXPECT_EQ(escape.outcome, Outcome::leads_nowhere);
  EXPECT_NEAR(escape.gain.value, 0, 1e-9);
}

TEST_F(EscapeTest, NothingIsLowerAtAMinimum) {
  use([](const Var& u) { return square(u); });
  const Escape escape = try_way_out(rows(), zero(), along, descent(0.1, 10));
  EXPECT_EQ(escape.length, 0);
  EXPECT_TRUE(escape.twins.empty());
  EXPECT_EQ(escape.outcome, Outcome::leads_nowhere);
}

TEST_F(EscapeTest, SeedsThatDisagreeLeaveItOpen) {
  use(double_well);
  const TrainOn by_chance = [&](const Flat& start, std::uint64_t seed) {
    Flat end = start;
    end.values().set(0, seed % 2 == 0 ? 0.0 : 1.0);
    if (start.values().at(0) == 0) end.values().set(0, seed % 2 == 0 ? 1.0 : 0.0);
    return end;
  };
  EXPECT_EQ(try_way_out(rows(), zero(), along, by_chance, {.seeds = 4}).outcome, Outcome::undecided);
  const TrainOn diverges = [&](const Flat& start, std::uint64_t seed) {
    Flat end = start;
    if (seed == 2) end.values().set(0, std::numeric_limits<double>::quiet_NaN());
    return end;
  };
  EXPECT_EQ(try_way_out(rows(), zero(), along, diverges).outcome, Outcome::undecided);
  const TrainOn always_diverges = [&](const Flat& start, std::uint64_t) {
    Flat end = start;
    end.values().set(0, std::numeric_limits<double>::quiet_NaN());
    return end;
  };
  EXPECT_EQ(try_way_out(rows(), zero(), along, always_diverges).outcome, Outcome::undecided);
}

TEST_F(EscapeTest, RefusesWhatCannotBe) {
  use(double_well);
  EXPECT_THROW(try_way_out(rows(), zero(), along, descent(0.1, 1), {.seeds = 2}), Error);
  EXPECT_THROW(try_way_out(rows(), zero(), Vector{2, 0}, descent(0.1, 1)), Error);
}

}  // namespace
}  // namespace fathom::curvature
