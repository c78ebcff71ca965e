#include "fathom/nn/images.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/trace.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/networks.hpp"

namespace fathom {
namespace {

struct Net : Module {
  ResNet net{*this, "net", resnet20({.rows = 32, .columns = 32, .channels = 3, .classes = 10})};
};

TEST(ResNet, Has20LayersWorthOfWeights) {
  const Net net;
  EXPECT_EQ(net.parameters().learned(), 272'474);  // PyTorch counts as many
  const Parameter* running = net.parameters().find("net.stage2.block1.shortcut_norm.running_mean");
  ASSERT_NE(running, nullptr);
  EXPECT_FALSE(running->learned);
}

TEST(ResNet, GivesAScoreForEachClassAndFollowsItsBatches) {
  const Net net;
  for (const Mode mode : {Mode::training, Mode::inference}) {
    Trace trace(mode);
    const Var out = net.net(trace.graph().input("x", {Dtype::f32, {2, 32, 32, 3}}));
    EXPECT_EQ(out.shape(), (Shape{2, 10}));
    EXPECT_EQ(trace.assigned().size(), mode == Mode::training ? 2u * 21 : 0u);  // mean and variance of each norm
  }
}

struct Le : Module {
  LeNet net{*this, "net", {}};
};

TEST(LeNet, ReadsDigits) {
  const Le net;
  Trace trace;
  EXPECT_EQ(net.net(trace.graph().input("x", {Dtype::f32, {5, 28, 28, 1}})).shape(), (Shape{5, 10}));
}

TEST(Pools, LeaveOutWhatFillsNoWindow) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {1, 3, 5, 1}});
  std::vector<float> values(15);
  for (std::size_t i = 0; i < 15; ++i) values[i] = static_cast<float>(i);
  const auto results =
      evaluate(std::vector<Var>{max_pool(x, {2, 2}), mean_pool(x, {2, 2})}, {{"x", Tensor({1, 3, 5, 1}, values)}});
  EXPECT_EQ(results[0].shape(), (Shape{1, 1, 2, 1}));
  EXPECT_EQ(results[0].at(0), 6);
  EXPECT_EQ(results[0].at(1), 8);
  EXPECT_EQ(results[1].at(0), 3);
}

struct Norm : Module {
  BatchNorm norm{*this, "norm", {.width = 3}};
};

std::string mistake(const std::function<void(const Var&)>& f) {
  Trace trace;
  try {
    f(trace.graph().input("x", {Dtype::f32, {1, 4, 4, 6}}));
  } catch (const Error& error) {
    return error.what();
  }
  return "no mistake";
}

TEST(Images, AreRefusedWithASentence) {
  struct Root : Module {
  } root;
  const auto weights = [](const Var& x, Shape shape) { return x.graph().input("w", {Dtype::f32, shape}); };
  const std::vector<std::pair<std::string, std::function<void(const Var&)>>> mistakes{
      {"larger than the image",
       [&](const Var& x) {
         conv2d(x, weights(x, {5, 5, 6, 2}));
       }},
      {"the stride is 0",
       [&](const Var& x) {
         conv2d(x, weights(x, {3, 3, 6, 2}), {.stride = {0, 1}});
       }},
      {"the dilation is 0",
       [&](const Var& x) {
         conv2d(x, weights(x, {3, 3, 6, 2}), {.dilation = {1, 0}});
       }},
      {"the padding is below 0",
       [&](const Var& x) {
         conv2d(x, weights(x, {3, 3, 6, 2}), {.padding = {-1, 0}});
       }},
      {"cannot be cut into 4 groups",
       [&](const Var& x) {
         conv2d(x, weights(x, {3, 3, 1, 4}), {.groups = 4});
       }},
      {"6 channels",
       [&](const Var& x) {
         conv2d(x, weights(x, {3, 3, 5, 2}));
       }},
      {"two numbers each",
       [&](const Var& x) {
         conv2d(x, weights(x, {3, 3, 6, 2}), {.stride = {1}});
       }},
      {"would be",
       [&](const Var& x) {
         conv2d_transposed(x, weights(x, {3, 3, 2, 6}), 9, 4);
       }},
      {"does not fit",
       [&](const Var& x) {
         max_pool(x, {5, 1});
       }},
      {"do not divide", [&](const Var&) { Conv2d(root, "a", {.in = 6, .out = 4, .conv = {.groups = 4}}); }},
      {"needs channels", [&](const Var&) { Conv2d(root, "b", {.in = 0, .out = 4}); }},
      {"reads 3 columns", [&](const Var& x) { Norm().norm(x); }},
  };
  for (const auto& [words, f] : mistakes) EXPECT_NE(mistake(f).find(words), std::string::npos) << mistake(f);
}

TEST(BatchNorm, CannotKeepTwoStatisticsInOnePlace) {
  const Norm net;
  Trace trace(Mode::training);
  const Var x = trace.graph().input("x", {Dtype::f32, {4, 3}});
  net.norm(x);
  EXPECT_THROW(net.norm(x * 2.0), Error);
}

}  // namespace
}  // namespace fathom
