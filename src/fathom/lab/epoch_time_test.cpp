#include "fathom/lab/epoch_time.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom {
namespace {

struct EpochNet : Module {
  Linear out{*this, "out", {.in = 3, .out = 1}};
  Var operator()(const Batch& b) const { return reshape(out(b["x"]), {b["x"].rows()}); }
};

// Whatever the number of batches in an epoch, steps are taken and taken back.
TEST(EpochTime, TakesStepsBack) {
  Tensor x({Dtype::f32, {100, 3}}), y({Dtype::f32, {100}});
  for (Index i = 0; i < x.count(); ++i) x.set(i, static_cast<double>(i % 7));
  const EpochNet net;
  const TensorSource source({{"x", x}, {"y", y}}, {.train = 90, .valid = 10, .test = 0});
  const Objective objective{.row_losses = [&](const Batch& b) { return mse(net(b), b["y"]); },
                            .outputs = [&](const Batch& b) { return net(b); }};
  for (const Index batch : {1, 60, 90}) {
    Trainer trainer(objective, net.parameters(), source, {.batch = batch, .epochs = 1, .optimizer = Adam{}});
    const Tensor before = trainer.state().weights.values();
    const double seconds = time_epoch(trainer, 0.01);
    EXPECT_GT(seconds, 0) << batch;
    EXPECT_LT(seconds, 30) << batch;
    EXPECT_EQ(trainer.state().step, 0);
    EXPECT_EQ(std::memcmp(trainer.state().weights.values().view().data, before.view().data, before.bytes()), 0);
    EXPECT_EQ(trainer.run().ending, Ending::epochs_done);
    std::atomic<bool> stop{true};
    EXPECT_EQ(time_epoch(trainer, 0.01, &stop), 0);
  }
}

}  // namespace
}  // namespace fathom
