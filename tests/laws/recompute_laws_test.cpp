// What is made again in the backward part is what was made in the forward part, and takes less memory.
#include "fathom/cpu/executor.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/random.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/networks.hpp"
#include "tests/laws/training_step.hpp"

namespace fathom::laws {
namespace {

struct Replayed {
  std::vector<Tensor> values;  // the outputs, then the updated inputs
  std::size_t arena_bytes = 0, again = 0;
  std::string text;
};

Replayed replay(const Request& request, Feed feed, bool recompute, int steps) {
  Pool pool(2);
  Executor executor(make_plan(request, {.recompute = recompute}), pool);
  for (auto& [name, tensor] : feed)
    if (executor.needs(name)) executor.bind(name, tensor.view());
  EXPECT_TRUE(executor.unbound().empty());
  for (int i = 0; i < steps; ++i) executor.run();
  Replayed result{{}, executor.plan().arena_bytes, executor.plan().again.size(), executor.explain()};
  for (std::size_t i = 0; i < request.outputs.size(); ++i) {
    result.values.emplace_back(executor.output(i).type);
    std::memcpy(result.values.back().view().data, executor.output(i).data, result.values.back().bytes());
  }
  for (const Update& update : request.updates) result.values.push_back(feed.at(update.target.node().name));
  return result;
}

void expect_same_bits_in_less(const Request& request, const Feed& feed, double share) {
  const Replayed off = replay(request, feed, false, 3), on = replay(request, feed, true, 3);
  ASSERT_EQ(on.values.size(), off.values.size());
  for (std::size_t i = 0; i < on.values.size(); ++i) EXPECT_TRUE(same_bits(on.values[i], off.values[i])) << i;
  EXPECT_EQ(off.again, 0u);
  EXPECT_GT(on.again, 0u);
  EXPECT_EQ(off.text.find("computed again"), std::string::npos);
  EXPECT_NE(on.text.find(fmt::format("{} values computed again", on.again)), std::string::npos);
  EXPECT_LT(static_cast<double>(on.arena_bytes), share * static_cast<double>(off.arena_bytes));
  ::testing::Test::RecordProperty("arena_bytes_kept", std::to_string(off.arena_bytes));
  ::testing::Test::RecordProperty("arena_bytes_recomputed", std::to_string(on.arena_bytes));
}

struct Deep : Module {
  std::deque<Linear> hidden;
  Linear scores{*this, "scores", {.in = 32, .out = 7}};
  Deep() {
    for (int layer = 0; layer < 30; ++layer)
      hidden.emplace_back(*this, fmt::format("hidden{}", layer),
                          LinearOptions{.in = 32, .out = 32, .init = Init::he_normal()});
  }
  Var operator()(Var x) const {
    for (const Linear& layer : hidden) x = dropout(tanh(layer(x)), 0.1);
    return scores(x);
  }
};

TEST(Recompute, ThirtyLayersTakeLessThanSixTenthsOfTheArenaAndGiveTheSameBits) {
  const Deep model;
  Trace trace(Mode::training);
  Random random(1, "deep");
  const Var x = trace.graph().input("x", {Dtype::f32, {300, 32}});
  const Request request = training_step(trace, model, model(x), trace.graph().input("classes", {Dtype::i32, {300}}));
  expect_same_bits_in_less(request, feed_of(request, model, 7, random), 0.6);
}

struct Residual : Module {
  ResNet net{*this, "net", resnet20({.rows = 32, .columns = 32, .channels = 3, .classes = 10})};
};

TEST(Recompute, AResNetTakesLessThanSixTenthsOfTheArenaAndGivesTheSameBits) {
  const Residual model;
  Trace trace(Mode::training);
  Random random(2, "residual");
  const Var x = trace.graph().input("x", {Dtype::f32, {8, 32, 32, 3}});
  const Request request = training_step(trace, model, model.net(x), trace.graph().input("classes", {Dtype::i32, {8}}));
  expect_same_bits_in_less(request, feed_of(request, model, 10, random), 0.6);
}

TEST(Recompute, LeavesAProgramWithoutADerivativeAlone) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {100}});
  const Var y = sum(tanh(x) * sin(x));
  EXPECT_TRUE(make_plan({{y}, {}, y}, {.recompute = true}).again.empty());
  EXPECT_TRUE(make_plan({{grad(y, {x})[0]}, {}}, {.recompute = true}).again.empty());  // nobody says where it turns
}

}  // namespace
}  // namespace fathom::laws
