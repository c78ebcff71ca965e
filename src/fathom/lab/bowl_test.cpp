#include "fathom/lab/bowl.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace fathom {
namespace {

constexpr double tolerance_of_walks = 1e-3;

// What gradient descent does here is known for every step.
TEST(Bowl, IsWalkedAsTheoryHasIt) {
  const Bowl bowl;
  BowlWalker walker(bowl, Sgd{});
  const double rate = 2 / (bowl.flat + bowl.steep);
  const BowlPath path = walker.walk(rate, ConstantRate{}, 200);
  ASSERT_EQ(path.losses.size(), 201u);
  for (std::size_t t = 0; t <= 200; t += 50) {
    EXPECT_NEAR(path.x[t], 10 * std::pow(99.0 / 101, t), 1e-4) << t;
    EXPECT_NEAR(path.y[t], (t % 2 == 0 ? 1 : -1) * std::pow(99.0 / 101, t), 1e-4) << t;
    EXPECT_NEAR(path.losses[t], bowl.loss(path.x[t], path.y[t]), 1e-12);
  }
  const double theory = gradient_descent_steps(bowl, tolerance_of_walks);
  EXPECT_NEAR(theory, 100.0 / 4 * std::log(1 / tolerance_of_walks), 0.01 * theory);
  const auto steps = steps_to_stay(path, tolerance_of_walks);
  ASSERT_TRUE(steps);
  EXPECT_NEAR(static_cast<double>(*steps), theory, 1);
}

TEST(Bowl, IsLeftAtTwiceTheInverseOfTheSteepCurvature) {
  BowlWalker walker({}, Sgd{});
  EXPECT_LT(walker.walk(0.0199, ConstantRate{}, 1000).losses.back(), 1e-3);
  const BowlPath left = walker.walk(0.0201, ConstantRate{}, 1000);
  EXPECT_GT(left.losses.back(), 100);
  EXPECT_LT(walker.walk(1, ConstantRate{}, 1000).losses.size(), 1000u) << "no longer finite";
  EXPECT_EQ(walker.walk(0.0199, ConstantRate{}, 1000).losses, walker.walk(0.0199, ConstantRate{}, 1000).losses)
      << "a walk leaves nothing behind for the next";
}

// At the best rates that a search finds. Gradient descent is as slow as theory has it, with a rate that falls too. Adam
// with the rate held comes near in a few steps, but circles around the lowest point until its velocity is gone: the
// tenth holds where its rate falls to 0, as the library's rates do by default.
TEST(Bowl, IsWalkedByAdamInATenthOfTheStepsOfGradientDescent) {
  const Bowl bowl;
  const std::vector<double> rates = bowl_rates();
  BowlWalker sgd(bowl, Sgd{}), adam(bowl, Adam{});
  const auto sgd_held = best_constant(sgd, rates, tolerance_of_walks, 400);
  const auto sgd_falling = best_decaying(sgd, rates, tolerance_of_walks, 400);
  const auto adam_held = best_constant(adam, rates, tolerance_of_walks, 400);
  const auto adam_falling = best_decaying(adam, rates, tolerance_of_walks, 400);
  ASSERT_TRUE(sgd_held && sgd_falling && adam_held && adam_falling);
  EXPECT_NEAR(static_cast<double>(sgd_held->steps), gradient_descent_steps(bowl, tolerance_of_walks), 20);
  EXPECT_LE(10 * adam_falling->steps, std::min(sgd_held->steps, sgd_falling->steps));
  EXPECT_LT(2 * adam_held->steps, sgd_held->steps);
  EXPECT_GT(adam_held->steps, 2 * adam_falling->steps);
  for (const auto& best : {sgd_held, sgd_falling, adam_held, adam_falling}) {
    EXPECT_EQ(static_cast<Index>(best->path.losses.size()), best->steps + 1);
    EXPECT_LE(best->path.losses.back(), tolerance_of_walks * best->path.losses.front());
    for (const double loss : best->path.losses) EXPECT_LE(loss, 1.00001 * best->path.losses.front());
  }
}

TEST(Bowl, IsWalkedByEveryOptimizer) {
  const std::vector<double> rates = bowl_rates();
  for (const std::string& name : optimizer_names()) {
    BowlWalker walker({}, optimizer(name));
    const auto best = best_constant(walker, rates, tolerance_of_walks, 400);
    const auto falling = best_decaying(walker, rates, tolerance_of_walks, 400);
    ASSERT_TRUE(best) << name;
    EXPECT_EQ(steps_to_stay(walker.walk(best->rate, ConstantRate{}, 400), tolerance_of_walks), best->steps) << name;
  }
}

TEST(Bowl, IsReachedOnlyByAWalkThatStays) {
  EXPECT_EQ(steps_to_stay({.losses = {1, 0.05, 0.2, 0.1, 0.01}}, 0.1), 3);
  EXPECT_EQ(steps_to_stay({.losses = {1, 0.05, 0.2}}, 0.1), std::nullopt);
  EXPECT_EQ(steps_to_stay({.losses = {1, 0.05}}, 0.1), 1);
  EXPECT_EQ(steps_to_stay({.losses = {1, 1}}, 1), 0);
}

}  // namespace
}  // namespace fathom
