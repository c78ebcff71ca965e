#include "fathom/nn/losses.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/trace.hpp"
#include "fathom/nn/activations.hpp"

namespace fathom {
namespace {

Tensor loss_of(Var out, const Feed& feed) { return evaluate(std::vector<Var>{out}, feed).front(); }

// -log p of the class, in long double with the largest logit taken out.
long double oracle(const float* logits, Index classes, std::int32_t actual) {
  long double largest = logits[0], sum = 0;
  for (Index i = 1; i < classes; ++i) largest = std::max(largest, static_cast<long double>(logits[i]));
  for (Index i = 0; i < classes; ++i) sum += std::exp(static_cast<long double>(logits[i]) - largest);
  return std::log(sum) + largest - static_cast<long double>(logits[actual]);
}

TEST(CrossEntropy, IsAsExactAsItsLogits) {
  const std::vector<float> logits{1e4f, -1e4f, 0, -1e4f, 1e4f,  0,     1e4f,  1e4f,   1e4f,
                                  3,    2,     1, -1e4f, -1e4f, -1e4f, 1e30f, -1e30f, 0};
  for (std::int32_t actual : {0, 1, 2}) {
    Trace trace;
    const Var x = trace.graph().input("x", {Dtype::f32, {6, 3}});
    const Var y = trace.graph().input("y", {Dtype::i32, {6}});
    const Tensor losses =
        loss_of(softmax_cross_entropy(x, y),
                {{"x", Tensor({6, 3}, logits)}, {"y", Tensor({6}, std::vector<std::int32_t>(6, actual))}});
    for (Index row = 0; row < 6; ++row) {
      const float* own = logits.data() + 3 * row;
      const double largest = std::max({std::abs(own[0]), std::abs(own[1]), std::abs(own[2])});
      EXPECT_NEAR(losses.at(row), static_cast<double>(oracle(own, 3, actual)), 3e-7 * largest) << row << " " << actual;
    }
  }
}

TEST(BinaryCrossEntropy, IsExactAtBothEnds) {
  const std::vector<float> logits{1e4f, -1e4f, 0, 20, -20, 88, -88, 1e-4f, 3};
  for (float target : {0.0f, 1.0f, 0.25f}) {
    Trace trace;
    const Var x = trace.graph().input("x", {Dtype::f32, {9}}), y = trace.graph().input("y", {Dtype::f32, {9}});
    const Tensor losses = loss_of(binary_cross_entropy(x, y),
                                  {{"x", Tensor({9}, logits)}, {"y", Tensor({9}, std::vector<float>(9, target))}});
    for (std::size_t i = 0; i < 9; ++i) {
      const auto z = static_cast<long double>(logits[i]);
      const long double expected =
          std::max(z, 0.0L) - z * static_cast<long double>(target) + std::log1p(std::exp(-std::abs(z)));
      EXPECT_NEAR(losses.at(static_cast<Index>(i)), static_cast<double>(expected),
                  2e-7 * std::max(1.0, static_cast<double>(expected)))
          << logits[i];
    }
  }
}

TEST(Losses, RefuseShapesThatWouldSilentlyBroadcast) {
  Trace trace;
  const Var column = trace.graph().input("p", {Dtype::f32, {32, 1}}),
            row = trace.graph().input("t", {Dtype::f32, {32}});
  for (const auto& loss :
       {+[](Var a, Var b) { return mse(a, b); }, +[](Var a, Var b) { return mae(a, b); },
        +[](Var a, Var b) { return huber(a, b); }, +[](Var a, Var b) { return binary_cross_entropy(a, b); },
        +[](Var a, Var b) { return weighted_mean(a, b); }})
    EXPECT_THROW(loss(column, row), Error);
  const int line = __LINE__ + 2;
  try {
    mse(column, row);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              fmt::format("mse: the prediction is f32[32, 1] and the target f32[32] (losses_test.cpp:{})", line));
  }
  const Var classes = trace.graph().input("c", {Dtype::i32, {31}});
  EXPECT_THROW(softmax_cross_entropy(column, classes), Error);
  EXPECT_THROW(softmax_cross_entropy(column, row), Error);
  EXPECT_THROW(softmax_cross_entropy(column, trace.graph().input("d", {Dtype::i32, {32}}), {.label_smoothing = 1.5}),
               Error);
  EXPECT_THROW(huber(row, row, {.delta = 0}), Error);
}

TEST(WeightedMean, IsTheMeanOfRepeatedRows) {
  Trace trace;
  const Var losses = trace.graph().input("l", {Dtype::f64, {4}}), weights = trace.graph().input("w", {Dtype::f64, {4}});
  const Feed feed{{"l", Tensor({4}, {1.0, 2.0, 4.0, 8.0})}, {"w", Tensor({4}, {3.0, 0.0, 1.0, 2.0})}};
  EXPECT_NEAR(loss_of(weighted_mean(losses, weights), feed).at(0), (3 * 1.0 + 4 + 2 * 8) / 6, 1e-15);
}

TEST(WeightedMean, OfNoRowsIsZeroAndPullsNothing) {
  Trace trace;
  const Var losses = trace.graph().input("l", {Dtype::f32, {3}}), weights = trace.graph().input("w", {Dtype::f32, {3}});
  const Var mean = weighted_mean(losses, weights);
  const Feed feed{{"l", Tensor({3}, {1.0f, 2.0f, 4.0f})}, {"w", Tensor({3}, {0.0f, 0.0f, 0.0f})}};
  EXPECT_EQ(loss_of(mean, feed).at(0), 0);
  // The mean is linear in the losses: it is 0 for others too, so its gradient is 0.
  const Feed others{{"l", Tensor({3}, {9.0f, -2.0f, 3e38f})}, {"w", feed.at("w")}};
  EXPECT_EQ(loss_of(mean, others).at(0), 0);
}

TEST(Penalties, SumOverAllParameters) {
  Trace trace;
  const Vars all{trace.graph().input("a", {Dtype::f64, {2}}), trace.graph().input("b", {Dtype::f64, {1, 2}})};
  const Feed feed{{"a", Tensor({2}, {1.0, -2.0})}, {"b", Tensor({1, 2}, {3.0, -4.0})}};
  EXPECT_EQ(loss_of(l1_penalty(all), feed).at(0), 10);
  EXPECT_EQ(loss_of(l2_penalty(all), feed).at(0), 15);
  EXPECT_THROW(l1_penalty({}), Error);
}

}  // namespace
}  // namespace fathom
