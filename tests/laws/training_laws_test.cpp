// A training step of an image network gives what the reference executor gives, and the same bits on any number of
// threads: convolutions, their derivatives, the statistics of batch norm and the update are all cut by shape alone.
#include "fathom/cpu/executor.hpp"
#include "fathom/nn/cnn.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/networks.hpp"
#include "tests/laws/training_step.hpp"

namespace fathom::laws {
namespace {

constexpr Index class_count = 5;

// Every updated input (weights, running statistics, the optimizer's memory), then the loss.
std::vector<Tensor> after_steps(const Request& request, Feed feed, int threads, int steps) {
  Pool pool(threads);
  Executor executor(make_plan(request), pool);
  for (auto& [name, tensor] : feed)
    if (executor.needs(name)) executor.bind(name, tensor.view());
  EXPECT_TRUE(executor.unbound().empty());
  for (int i = 0; i < steps; ++i) executor.run();
  std::vector<Tensor> results;
  for (const Update& update : request.updates) results.push_back(feed.at(update.target.node().name));
  results.emplace_back(executor.output(0).type);
  std::memcpy(results.back().view().data, executor.output(0).data, results.back().bytes());
  return results;
}

void expect_the_same_bits_on_any_threads(const Request& request, const Feed& feed) {
  constexpr int steps = 4;
  const auto one = after_steps(request, feed, 1, steps);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < request.updates.size(); ++i)
    moved += same_bits(one[i], feed.at(request.updates[i].target.node().name)) ? 0 : 1;
  EXPECT_EQ(moved, request.updates.size());
  for (const int threads : {2, 3}) {
    const auto many = after_steps(request, feed, threads, steps);
    for (std::size_t i = 0; i < one.size(); ++i)
      EXPECT_TRUE(same_bits(one[i], many[i]))
          << threads << " threads, "
          << (i < request.updates.size() ? request.updates[i].target.node().name : std::string("the loss"));
  }
}

// Of the outputs and of every updated input. That values are large enough to differ is the other law's to see.
void expect_what_the_reference_gives(const Request& request, const Feed& feed) {
  Vars values;
  for (const Update& update : request.updates) values.push_back(update.value);
  values.push_back(request.outputs[0]);
  const std::vector<Tensor> expected = evaluate(values, feed), found = after_steps(request, feed, 1, 1);
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_TRUE(near(found[i], expected[i], 1e-4))
        << (i < request.updates.size() ? request.updates[i].target.node().name : std::string("the loss"));
}

using Law = void (*)(const Request& request, const Feed& feed);

struct NormedCnn : Module {
  Cnn cnn{*this,
          "cnn",
          {.rows = 14, .columns = 15, .channels = 3, .widths = {12, 20}, .convolutions = 2, .batch_norm = true}};
  Linear scores{*this, "scores", {.in = cnn.width(), .out = class_count}};
};

void of_a_cnn(Law law) {
  const NormedCnn model;
  Trace trace(Mode::training);
  Random random(4, "cnn");
  const Var x = trace.graph().input("x", {Dtype::f32, {20, 14, 15, 3}});
  const Request request = training_step(trace, model, model.scores(model.cnn.features(x)),
                                        trace.graph().input("classes", {Dtype::i32, {20}}));
  law(request, feed_of(request, model, class_count, random));
}

// With a shortcut that changes the shape, and one that does not.
struct Blocks : Module {
  ResidualBlock first{*this, "first", {.in = 6, .out = 12, .stride = 2}};
  ResidualBlock second{*this, "second", {.in = 12, .out = 12}};
  Linear scores{*this, "scores", {.in = 12, .out = class_count}};
};

void of_residual_blocks(Law law) {
  const Blocks model;
  Trace trace(Mode::training);
  Random random(5, "blocks");
  const Var x = trace.graph().input("x", {Dtype::f32, {18, 16, 17, 6}});
  const Request request = training_step(trace, model, model.scores(global_mean_pool(model.second(model.first(x)))),
                                        trace.graph().input("classes", {Dtype::i32, {18}}));
  law(request, feed_of(request, model, class_count, random));
}

TEST(TrainingLaw, ACnnWithBatchNormStepsAsTheReferenceDoes) { of_a_cnn(expect_what_the_reference_gives); }
TEST(TrainingLaw, ResidualBlocksStepAsTheReferenceDoes) { of_residual_blocks(expect_what_the_reference_gives); }
TEST(TrainingLaw, ACnnWithBatchNormHasTheSameBitsOnAnyThreads) { of_a_cnn(expect_the_same_bits_on_any_threads); }
TEST(TrainingLaw, ResidualBlocksHaveTheSameBitsOnAnyThreads) {
  of_residual_blocks(expect_the_same_bits_on_any_threads);
}

}  // namespace
}  // namespace fathom::laws
