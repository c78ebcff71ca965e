#include "fathom/nn/layers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "fathom/base/rng.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/nn/activations.hpp"

namespace fathom {
namespace {

Tensor run(Var out, const Feed& feed) { return evaluate(std::vector<Var>{out}, feed).front(); }

Tensor random_tensor(const Shape& shape, Random& random) {
  Tensor tensor(Type{Dtype::f64, shape});
  for (Index i = 0; i < tensor.count(); ++i) tensor.set(i, random.normal());
  return tensor;
}

TEST(Linear, ReadsOneRowToo) {
  Module root{Dtype::f64};
  const Linear layer(root, "l", {.in = 3, .out = 2, .bias = false});
  Random random(1);
  Feed feed{{"l.weight", random_tensor({3, 2}, random)}, {"x", random_tensor({3}, random)}};
  Trace trace;
  const Tensor y = run(layer(trace.graph().input("x", {Dtype::f64, {3}})), feed);
  ASSERT_EQ(y.shape(), Shape({2}));
  for (Index j = 0; j < 2; ++j) {
    double expected = 0;
    for (Index i = 0; i < 3; ++i) expected += feed["x"].at(i) * feed["l.weight"].at(i * 2 + j);
    EXPECT_NEAR(y.at(j), expected, 1e-14);
  }
}

// Bags against a loop over their rows, for padding below and above the table and for weights.
TEST(EmbeddingBag, PoolsTheRowsInsideTheTable) {
  constexpr Index batch = 40, length = 5, rows = 9, width = 3;
  Random random(2);
  Tensor ids(Type{Dtype::i32, {batch, length}});
  for (Index i = 0; i < ids.count(); ++i) ids.as<std::int32_t>()[i] = static_cast<std::int32_t>(random.below(15)) - 3;
  for (Index i = 0; i < length; ++i) ids.as<std::int32_t>()[i] = i % 2 == 0 ? -1 : 9;  // the first bag is padding alone
  const Feed feed{{"bag.weight", random_tensor({rows, width}, random)},
                  {"weights", random_tensor({batch, length}, random)},
                  {"ids", ids}};
  for (Pooling pooling : {Pooling::sum, Pooling::mean})
    for (bool weighted : {false, true}) {
      Module root{Dtype::f64};
      const EmbeddingBag bag(root, "bag", {.rows = rows, .width = width, .pooling = pooling});
      Trace trace;
      const Var indices = trace.graph().input("ids", ids.type());
      const Tensor actual = run(
          weighted ? bag(indices, trace.graph().input("weights", {Dtype::f64, {batch, length}})) : bag(indices), feed);
      for (Index b = 0; b < batch; ++b)
        for (Index w = 0; w < width; ++w) {
          double total = 0, count = 0;
          for (Index i = 0; i < length; ++i) {
            const std::int32_t row = ids.as<std::int32_t>()[b * length + i];
            if (row < 0 || row >= rows) continue;
            const double weight = weighted ? feed.at("weights").at(b * length + i) : 1;
            total += weight * feed.at("bag.weight").at(row * width + w);
            count += weight;
          }
          const double expected = pooling == Pooling::sum ? total : count == 0 ? 0 : total / count;
          EXPECT_NEAR(actual.at(b * width + w), expected, 1e-12 * std::max(1.0, std::abs(expected)));
        }
    }
}

Tensor key(std::int32_t seed, std::int32_t step) { return Tensor({4}, {seed, 0, step, 0}); }

TEST(Dropout, KeepsTheMeanAndDropsTheRate) {
  Trace trace(Mode::training);
  const Var x = trace.graph().input("x", {Dtype::f64, {100'000}});
  Tensor ones(x.type());
  for (Index i = 0; i < ones.count(); ++i) ones.set(i, 1);
  const Tensor y = run(Dropout{.rate = 0.3}(x), {{"x", ones}, {Trace::random_key_name, key(1, 1)}});
  double dropped = 0, sum = 0;
  for (double value : y.span<double>()) {
    EXPECT_TRUE(value == 0 || std::abs(value - 1 / 0.7) < 1e-15);
    dropped += value == 0 ? 1 : 0;
    sum += value;
  }
  EXPECT_NEAR(dropped / 1e5, 0.3, 0.006);  // four standard errors
  EXPECT_NEAR(sum / 1e5, 1, 0.009);
}

TEST(Dropout, DrawsAnewEachStepAndEachCallAndRepeatsForTheSameKey) {
  Trace trace(Mode::training);
  const Var x = trace.graph().input("x", {Dtype::f64, {64}});
  Tensor ones(x.type());
  for (Index i = 0; i < 64; ++i) ones.set(i, 1);
  const Var first = dropout(x, 0.5), second = dropout(x, 0.5);
  std::set<std::string> masks;
  for (const Var& y : {first, second})
    for (std::int32_t step : {1, 2, 1}) {
      const Tensor dropped = run(y, {{"x", ones}, {Trace::random_key_name, key(7, step)}});
      std::string mask;
      for (double value : dropped.span<double>()) mask += value == 0 ? '0' : '1';
      masks.insert(mask);
    }
  EXPECT_EQ(masks.size(), 4u);  // two calls, two steps
}

TEST(Dropout, IsTheIdentityOutsideOfTraining) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {8}});
  EXPECT_EQ(dropout(x, 0.9), x);
  EXPECT_THROW(dropout(x, 1), Error);
  EXPECT_THROW(dropout(x, -0.1), Error);
  EXPECT_THROW(dropout(x, std::nan("")), Error);
}

TEST(GaussianNoise, HasItsDeviationInTrainingAndIsNothingElse) {
  Trace trace(Mode::training);
  const Var x = trace.graph().input("x", {Dtype::f64, {100'000}});
  Tensor threes(x.type());
  for (Index i = 0; i < threes.count(); ++i) threes.set(i, 3);
  const Tensor y = run(gaussian_noise(x, 0.5), {{"x", threes}, {Trace::random_key_name, key(1, 1)}});
  double sum = 0, squares = 0;
  for (double value : y.span<double>()) {
    sum += value - 3;
    squares += (value - 3) * (value - 3);
  }
  EXPECT_NEAR(sum / 1e5, 0, 0.0064);  // four standard errors
  EXPECT_NEAR(squares / 1e5, 0.25, 0.0045);
  EXPECT_THROW(gaussian_noise(x, -1), Error);
  Trace inference;
  const Var z = inference.graph().input("z", {Dtype::f32, {8}});
  EXPECT_EQ(gaussian_noise(z, 0.5), z);
}

TEST(LayerNorm, GivesMeanZeroAndDeviationOne) {
  Module root{Dtype::f64};
  const LayerNorm layer(root, "n", {.width = 50, .epsilon = 1e-12});
  Random random(3);
  Feed feed{{"x", random_tensor({4, 50}, random)},
            {"n.weight", Tensor(Type{Dtype::f64, {50}})},
            {"n.bias", Tensor(Type{Dtype::f64, {50}})}};
  for (Index i = 0; i < 50; ++i) feed["n.weight"].set(i, 1);
  for (Index i = 0; i < 200; ++i) feed["x"].set(i, 1000 + 0.01 * feed["x"].at(i));
  Trace trace;
  const Tensor y = run(layer(trace.graph().input("x", feed["x"].type())), feed);
  for (Index row = 0; row < 4; ++row) {
    double mean = 0, square = 0;
    for (Index i = 0; i < 50; ++i) {
      mean += y.at(row * 50 + i) / 50;
      square += y.at(row * 50 + i) * y.at(row * 50 + i) / 50;
    }
    EXPECT_NEAR(mean, 0, 1e-8);
    EXPECT_NEAR(square, 1, 1e-6);
  }
}

TEST(Activations, LetANanThrough) {
  for (const std::string& name : activation_names()) {
    Trace trace;
    const Var x = trace.graph().input("x", {Dtype::f64, {1, 2}});
    const Tensor y = run(activation(name)(x), {{"x", Tensor({1, 2}, {std::nan(""), 1.0})}});
    EXPECT_TRUE(std::isnan(y.at(0))) << name;
  }
}

TEST(Activations, AreFoundByName) {
  try {
    activation("rellu");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::config);
    EXPECT_NE(error.hint().find("relu"), std::string::npos);
  }
}

}  // namespace
}  // namespace fathom
