#include "fathom/lab/layer_steps.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/nn/module.hpp"

namespace fathom {
namespace {

// Losses whose gradients are known: c w^2 / 2 in each parameter, for two sizes and one that begins at 0.
struct UnequalWeights : Module {
  Weight large{*this, "large", {.shape = {4}, .init = Init::constant(10)}};
  Weight small{*this, "small", {.shape = {2}, .init = Init::constant(0.1)}};
  Weight zero{*this, "zero", {.shape = {2}, .init = Init::zeros()}};
};

class LayerStepsTest : public testing::Test {
 protected:
  LayerSteps measured(const Optimizer& optimizer, double rate, Index steps, Index samples = 40) {
    const TensorSource source({{"x", Tensor({8}, std::vector<float>(8, 1))}}, {.train = 8, .valid = 0, .test = 0});
    const Objective objective{.row_losses =
                                  [&](const Batch& b) {
                                    const Var loss = sum(square(model_.large())) * 0.5 +
                                                     sum(square(model_.small())) * 50.0 +
                                                     sum(square(model_.zero())) * 0.5;
                                    return b["x"] * loss;
                                  },
                              .outputs = [](const Batch& b) { return b["x"]; }};
    return measure_layer_steps(objective, model_.parameters(), source,
                               {.batch = 8, .optimizer = optimizer, .schedule = {.base = rate}}, steps, samples);
  }
  UnequalWeights model_;
};

// Gradient descent: rate times curvature in every step, whatever the size.
TEST_F(LayerStepsTest, OfGradientDescentGoByTheCurvature) {
  const LayerSteps steps = measured(Sgd{}, 1e-3, 100);
  EXPECT_EQ(steps.names, (std::vector<std::string>{"large", "small", "zero"}));
  EXPECT_EQ(steps.steps.front(), 1);
  EXPECT_EQ(steps.steps.back(), 100);
  for (std::size_t i = 0; i < steps.steps.size(); ++i) {
    EXPECT_TRUE(i == 0 || steps.steps[i] > steps.steps[i - 1]);
    EXPECT_NEAR(steps.ratios[0][i], 1e-3, 1e-6) << steps.steps[i];
    EXPECT_NEAR(steps.ratios[1][i], 0.1, 1e-5) << steps.steps[i];
    EXPECT_TRUE(std::isnan(steps.ratios[2][i]));
  }
}

// Adam's first step is the rate for every element: a large share of what is small.
TEST_F(LayerStepsTest, OfAdamGoByTheSize) {
  const LayerSteps steps = measured(Adam{}, 1e-2, 3, 3);
  EXPECT_EQ(steps.steps, (std::vector<Index>{1, 2, 3}));
  EXPECT_NEAR(steps.ratios[0][0], 1e-3, 1e-6);
  EXPECT_NEAR(steps.ratios[1][0], 0.1, 1e-5);
  EXPECT_NEAR(steps.ratios[1][1], 1e-2 / 0.09, 2e-3);
}

TEST_F(LayerStepsTest, EndWhereTheTrainingDiverges) {
  const LayerSteps steps = measured(Sgd{}, 1e10, 50, 50);
  EXPECT_LT(steps.steps.back(), 50);
  EXPECT_EQ(steps.ratios[0].size(), steps.steps.size());
}

}  // namespace
}  // namespace fathom
