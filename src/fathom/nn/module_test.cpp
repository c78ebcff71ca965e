#include "fathom/nn/module.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "fathom/graph/evaluate.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/layers.hpp"

namespace fathom {
namespace {

struct Reviews : Module {
  Embedding words{*this, "words", {.rows = 20, .width = 4}};
  Linear hidden{*this, "hidden", {.in = 3 * 4, .out = 6}};
  Linear scores{*this, "scores", {.in = 6, .out = 5}};
  Var operator()(Var tokens) const { return scores(tanh(hidden(reshape(words(tokens), {tokens.rows(), 3 * 4})))); }
};

std::vector<std::string> names(const Module& module) {
  std::vector<std::string> result;
  for (const Parameter& parameter : module.parameters()) result.push_back(parameter.name);
  return result;
}

TEST(Module, RegistersMembersUnderTheirNames) {
  const Reviews model;
  EXPECT_EQ(names(model),
            (std::vector<std::string>{"words.weight", "hidden.weight", "hidden.bias", "scores.weight", "scores.bias"}));
  EXPECT_EQ(model.parameters().find("hidden.weight")->type, (Type{Dtype::f32, {12, 6}}));
}

TEST(Module, ComputesWhatItsBodySays) {
  const Reviews model{{Dtype::f64}};
  const Flat numbers = model.parameters().initialise(5);
  Feed feed{{"tokens", Tensor({2, 3}, {0, 7, 19, 3, 3, 3})}};
  for (const Parameter& parameter : model.parameters()) feed[parameter.name] = numbers.copy(parameter.name);

  Trace trace;
  const Var out = model(trace.graph().input("tokens", {Dtype::i32, {2, 3}}));
  ASSERT_EQ(out.type(), (Type{Dtype::f64, {2, 5}}));
  const Tensor actual = evaluate(std::vector<Var>{out}, feed).front();

  const auto at = [&](const char* name, Index row, Index column) {
    const Tensor& tensor = feed.at(name);
    return tensor.at(row * tensor.shape()[tensor.shape().rank() - 1] + column);
  };
  for (Index row = 0; row < 2; ++row)
    for (Index score = 0; score < 5; ++score) {
      double expected = at("scores.bias", 0, score);
      for (Index unit = 0; unit < 6; ++unit) {
        double sum = at("hidden.bias", 0, unit);
        for (Index i = 0; i < 12; ++i)
          sum += at("words.weight", feed.at("tokens").as<std::int32_t>()[row * 3 + i / 4], i % 4) *
                 at("hidden.weight", i, unit);
        expected += std::tanh(sum) * at("scores.weight", unit, score);
      }
      EXPECT_NEAR(actual.at(row * 5 + score), expected, 1e-12);
    }
}

struct Block : Module {
  Block(Module& parent, std::string_view name, Index width)
      : Module(parent, name), hidden{*this, "hidden", {.in = width, .out = width}} {}
  Linear hidden;
  Weight gain{*this, "gain", {.shape = {1}, .init = Init::constant(1)}};
  Var operator()(Var x) const { return relu(hidden(x)) * gain(); }
};

struct Tower : Module {
  explicit Tower(int depth) {
    for (int i = 0; i < depth; ++i) blocks.emplace_back(*this, fmt::format("block{}", i), 3);
  }
  std::deque<Block> blocks;
};

TEST(Module, NestsToAnyDepth) {
  const Tower tower(2);
  EXPECT_EQ(names(tower), (std::vector<std::string>{"block0.hidden.weight", "block0.hidden.bias", "block0.gain",
                                                    "block1.hidden.weight", "block1.hidden.bias", "block1.gain"}));
  EXPECT_EQ(tower.blocks[1].hidden.path(), "block1.hidden");
}

TEST(Module, IsNeitherCopiedNorMoved) {
  EXPECT_FALSE(std::is_copy_constructible_v<Reviews>);
  EXPECT_FALSE(std::is_move_constructible_v<Reviews>);
  EXPECT_FALSE(std::is_copy_assignable_v<Linear>);
}

std::string refusal(const std::function<void()>& attempt) {
  try {
    attempt();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Module, SaysWhatIsWrong) {
  Module root;
  const Linear layer(root, "out", {.in = 4, .out = 2});
  EXPECT_EQ(refusal([&] { Linear(root, "out", {.in = 4, .out = 2}); }), "two parameters are named \"out.weight\"");
  EXPECT_EQ(refusal([&] { Linear(root, "next", {.in = 4}); }), "the layer \"next\" needs `out` of at least 1, not 0");
  EXPECT_EQ(refusal([&] { Embedding(root, "next", {.rows = -3, .width = 2}); }),
            "the layer \"next\" needs `rows` of at least 1, not -3");
  EXPECT_EQ(refusal([&] { Linear(root, "", {.in = 4, .out = 2}); }), "a part of a module needs a name");
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {8, 5}});
  const int line = __LINE__ + 1;
  const std::string said = refusal([&] { layer(x); });
  EXPECT_EQ(said,
            fmt::format("the layer \"out\" reads 4 columns, but its input is f32[8, 5] (module_test.cpp:{})", line));
}

}  // namespace
}  // namespace fathom
