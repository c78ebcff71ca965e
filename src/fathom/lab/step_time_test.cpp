#include "fathom/lab/step_time.hpp"

#include <gtest/gtest.h>

#include "fathom/base/pool.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom {
namespace {

StepTimes times_of(std::vector<Index> batches, std::vector<double> seconds) {
  return {
      .threads = 1, .batches = std::move(batches), .seconds = std::move(seconds), .low = {}, .high = {}, .bytes = {}};
}

TEST(StepTime, FlatUntilTwiceTheSmallest) {
  EXPECT_EQ(flat_until(times_of({1, 4, 16, 64, 256}, {10, 10.5, 12, 19.9, 50})), 64);
  EXPECT_EQ(flat_until(times_of({1, 4, 16}, {10, 20, 12})), 1);  // one that costs twice as much ends it
  EXPECT_EQ(flat_until(times_of({1, 4, 16}, {10, 20, 12}), 3), 16);
  EXPECT_EQ(flat_until(times_of({}, {})), 0);
}

// A fixed part of 40 rows' worth: of 256 rows it is an eighth, and time grows nearly in proportion.
TEST(StepTime, LinearWhereTheFixedPartIsSmall) {
  std::vector<Index> batches;
  std::vector<double> seconds, disturbed;
  for (Index batch = 1; batch <= 4096; batch *= 4) {
    batches.push_back(batch);
    seconds.push_back(1e-6 * (40 + static_cast<double>(batch)));
    disturbed.push_back(seconds.back() * (batch == 1024 ? 1.6 : 1));
  }
  const auto growth = linear_growth(times_of(batches, seconds));
  ASSERT_TRUE(growth);
  EXPECT_EQ(growth->batch, 256);
  EXPECT_NEAR(growth->exponent, 0.94, 0.03);
  EXPECT_TRUE(linear_growth(times_of(batches, disturbed)));
}

TEST(StepTime, NotLinearIsSaidToBeNone) {
  EXPECT_FALSE(linear_growth(times_of({1, 4, 16, 64}, {10, 10, 10, 11})));
  EXPECT_FALSE(linear_growth(times_of({1, 4, 16, 64}, {1, 16, 256, 4096})));  // as the square
  EXPECT_FALSE(linear_growth(times_of({1, 4}, {1, 4})));                      // two sizes show nothing
  EXPECT_TRUE(linear_growth(times_of({1, 4, 16}, {1, 4, 16})));
}

struct TimedNet : Module {
  Linear hidden{*this, "hidden", {.in = 3, .out = 8}};
  Linear out{*this, "out", {.in = 8, .out = 1}};
  Var operator()(const Batch& b) const {
    const Var x = b["x"];
    return reshape(out(dropout(hidden(x), 0.2)), {x.rows()});
  }
};

TEST(StepTime, MeasuresEverySizeAndThreadAndGivesThePoolBack) {
  Tensor x({Dtype::f32, {100, 3}}), y({Dtype::f32, {100}});
  for (Index i = 0; i < x.count(); ++i) x.set(i, static_cast<double>(i % 7));
  const TimedNet net;
  const TensorSource source({{"x", x}, {"y", y}}, {.train = 90, .valid = 10, .test = 0});
  const Objective objective{.row_losses = [&](const Batch& b) { return mse(net(b), b["y"]); },
                            .outputs = [&](const Batch& b) { return net(b); }};
  const int threads_before = Pool::shared().threads();
  const std::vector<Index> batches{1, 8, 90, 91};
  StepTimeOptions options{.threads = {1, 3}, .seconds = 0, .least_rounds = 3};
  const auto times = time_steps(objective, net.parameters(), source, {.optimizer = Adam{}}, batches, options);
  ASSERT_EQ(times.size(), 2u);
  EXPECT_EQ(times[1].threads, 3);
  for (const StepTimes& one : times) {
    EXPECT_EQ(one.batches, (std::vector<Index>{1, 8, 90}));  // there are no 91 rows
    ASSERT_EQ(one.seconds.size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_GT(one.low[i], 0);
      EXPECT_GT(one.bytes[i], 0);
      EXPECT_LE(one.low[i], one.seconds[i]);
      EXPECT_LE(one.seconds[i], one.high[i]);
    }
  }
  EXPECT_EQ(Pool::shared().threads(), threads_before);
  std::atomic<bool> stop{true};
  options.interrupt = &stop;
  EXPECT_TRUE(time_steps(objective, net.parameters(), source, {.optimizer = Adam{}}, batches, options).empty());
}

}  // namespace
}  // namespace fathom
