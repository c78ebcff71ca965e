#include "fathom/inspect/chunk_length.hpp"

#include <gtest/gtest.h>

#include "fathom/base/error.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/inspect/loss_program.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/images.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/nn/pools.hpp"
#include "fathom/train/program.hpp"

namespace fathom::curvature {
namespace {

// Many activations for few parameters.
struct Wide : Module {
  Conv2d first{*this, "first", {.in = 3, .out = 32}};
  Conv2d second{*this, "second", {.in = 32, .out = 32}};
  Linear out{*this, "out", {.in = 32, .out = 4}};
  Var operator()(Var x) const { return out(global_mean_pool(relu(second(relu(first(x)))))); }
};

// Many parameters for few activations.
struct Thin : Module {
  Linear first{*this, "first", {.in = 3072, .out = 64}};
  Linear out{*this, "out", {.in = 64, .out = 4}};
  Var operator()(Var x) const { return out(relu(first(x))); }
};

struct ChunkLengthTest : testing::Test {
  static constexpr Index count = 512, side = 32, width = side * side * 3;

  TensorSource images{{{"x", Tensor({Dtype::f32, {count, side, side, 3}})}, {"y", Tensor({Dtype::i32, {count}})}},
                      {.train = count, .valid = 0, .test = 0}};
  TensorSource table{{{"x", Tensor({Dtype::f32, {count, width}})}, {"y", Tensor({Dtype::i32, {count}})}},
                     {.train = count, .valid = 0, .test = 0}};

  template <class Network>
  static Objective objective_of(const Network& network) {
    return {.row_losses = [&](const Batch& b) { return softmax_cross_entropy(network(b["x"]), b["y"]); },
            .outputs = [&](const Batch& b) { return network(b["x"]); }};
  }

  // Of a program that is run, with the same products.
  static std::size_t arena_of_product(const LossRows& rows, const Flat& weights, Index length) {
    const Program program([&](Trace& trace) {
      const Vars wrt = learned_in_trace(weights.layout(), rows.frozen);
      const Var loss = weighted_loss(rows, batch_in(trace, rows.source.inputs(length), weights.dtype()));
      return Request{hvp(loss, wrt, directions_in_trace(trace, wrt)), {}};
    });
    return program.plan().arena_bytes;
  }
  static std::size_t arena_of_step(const LossRows& rows, const Flat& weights, Index batch) {
    const Program program([&](Trace& trace) {
      const Var loss = weighted_loss(rows, batch_in(trace, rows.source.inputs(batch), weights.dtype()));
      return Request{grad(loss, learned_in_trace(weights.layout(), rows.frozen)), {}};
    });
    return program.plan().arena_bytes;
  }
};

TEST_F(ChunkLengthTest, IsTheMostThatTrainingHasTheMemoryFor) {
  const Wide network;
  const Objective objective = objective_of(network);
  const LossRows rows{objective, images, spread_rows(images, Part::train, 0)};
  const Flat weights = network.parameters().initialise(1);
  Index before = 0;
  for (const Index batch : {32, 64, 128, 256}) {
    const Index length = chunk_within_training(rows, weights, {.batch = batch});
    const std::size_t allowed = arena_of_step(rows, weights, batch) + 4 * weights.values().bytes();
    EXPECT_LE(arena_of_product(rows, weights, length), allowed) << batch;
    EXPECT_GT(arena_of_product(rows, weights, 2 * length), allowed) << batch;
    EXPECT_GT(length, before) << batch;
    before = length;
  }
}

TEST_F(ChunkLengthTest, IsWholeWhereParametersOrNothingAtAllFillTheMemory) {
  const Thin many;
  const Objective of_many = objective_of(many);
  const LossRows rows{of_many, table, spread_rows(table, Part::train, 0)};
  EXPECT_EQ(chunk_within_training(rows, many.parameters().initialise(1), {.batch = 1}), 256);

  const Wide network;
  const Objective objective = objective_of(network);
  const LossRows of_images{objective, images, spread_rows(images, Part::train, 0)};
  const Flat weights = network.parameters().initialise(1);
  // So little that nobody misses it: 4 MB.
  const Index one = chunk_within_training(of_images, weights, {.batch = 1});
  EXPECT_LE(arena_of_product(of_images, weights, one), std::size_t{4} << 20);
  EXPECT_GT(arena_of_product(of_images, weights, 2 * one), std::size_t{4} << 20);
}

TEST_F(ChunkLengthTest, RefusesANetworkThatLearnsNothing) {
  const Wide network;
  const Objective objective = objective_of(network);
  LossRows rows{objective, images, spread_rows(images, Part::train, 0)};
  const Flat weights = network.parameters().initialise(1);
  for (const Parameter& one : weights.layout()) rows.frozen.insert(one.name);
  EXPECT_THROW(chunk_within_training(rows, weights, {.batch = 32}), Error);
}

}  // namespace
}  // namespace fathom::curvature
