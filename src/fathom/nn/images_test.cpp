#include "fathom/nn/images.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/trace.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/networks.hpp"

namespace fathom {
namespace {

struct ConvNet : Module {
  ResNet net{*this, "net", resnet20({.rows = 32, .columns = 32, .channels = 3, .classes = 10})};
};

TEST(ResNet, Has20LayersWorthOfWeights) {
  const ConvNet net;
  EXPECT_EQ(net.parameters().learned(), 272'474);  // PyTorch counts as many
  const Parameter* running = net.parameters().find("net.stage2.block1.shortcut_norm.running_mean");
  ASSERT_NE(running, nullptr);
  EXPECT_FALSE(running->learned);
}

struct WideConvNet : Module {
  ResNet net{*this, "net", resnet18({.rows = 32, .columns = 32, .channels = 3, .classes = 10})};
};

TEST(ResNet, Has18LayersWorthOfWeights) {
  const WideConvNet net;
  EXPECT_EQ(net.parameters().learned(), 11'173'962);  // PyTorch counts as many
  EXPECT_EQ(net.parameters().find("net.stage4.block2.second.weight")->type.shape, (Shape{3, 3, 512, 512}));
  EXPECT_EQ(net.parameters().find("net.stage4.block3.second.weight"), nullptr);
}

TEST(ResNet, GivesAScoreForEachClassAndFollowsItsBatches) {
  const ConvNet net;
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

TEST(Pools, TakeWhatThePaddingLeavesOfAWindow) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {1, 1, 3, 1}});
  const PoolOptions pairs{.stride = {1, 1}, .padding = {0, 1}};
  PoolOptions counted = pairs;
  counted.count_padding = true;
  const auto results =
      evaluate(std::vector<Var>{max_pool(x, {1, 2}, pairs), mean_pool(x, {1, 2}, pairs), mean_pool(x, {1, 2}, counted)},
               {{"x", Tensor({1, 1, 3, 1}, {-4.f, -2.f, -6.f})}});
  const std::vector<std::vector<double>> wanted{{-4, -2, -2, -6}, {-4, -3, -4, -6}, {-2, -3, -4, -3}};
  for (std::size_t k = 0; k < 3; ++k)
    for (Index i = 0; i < 4; ++i) EXPECT_EQ(results[k].at(i), wanted[k][static_cast<std::size_t>(i)]) << k << " " << i;
}

TEST(Pools, OfSequencesAreThoseOfImagesWithOneRow) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {2, 9, 3}});
  EXPECT_EQ(max_pool1d(x, 4, {.stride = {1, 2}, .padding = {0, 1}}).shape(), (Shape{2, 4, 3}));
  EXPECT_EQ(mean_pool1d(x, 3).shape(), (Shape{2, 3, 3}));
  EXPECT_THROW(max_pool1d(expand(x, 0), 2), Error);
}

struct Norm : Module {
  BatchNorm norm{*this, "norm", {.width = 3}};
  GroupNorm groups{*this, "groups", {.width = 4, .groups = 2}};
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
      {"max_pool: a window of 5 is larger than the image of 4 with 0 rows or columns of padding (",
       [&](const Var& x) {
         max_pool(x, {5, 1});
       }},
      {"mean_pool: the stride is 0",
       [&](const Var& x) {
         mean_pool(x, {2, 2}, {.stride = {0, 1}});
       }},
      {"max_pool: the window is 0",
       [&](const Var& x) {
         max_pool(x, {2, 0});
       }},
      {"the padding of 2 is more than half of the window of 3",
       [&](const Var& x) {
         max_pool(x, {3, 3}, {.padding = {1, 2}});
       }},
      {"the padding is below 0",
       [&](const Var& x) {
         max_pool(x, {2, 2}, {.padding = {0, -1}});
       }},
      {"max_pool: window, stride and padding are two numbers each", [&](const Var& x) { max_pool(x, {3}); }},
      {"max_pool: images are [1, 16, 6], but must be",
       [&](const Var& x) {
         max_pool(reshape(x, {1, 16, 6}), {2, 2});
       }},
      {"has 3 groups, which do not divide its 8 columns",
       [&](const Var&) { GroupNorm(root, "c", {.width = 8, .groups = 3}); }},
      {"needs a width and groups of at least 1", [&](const Var&) { GroupNorm(root, "d", {.width = 8, .groups = 0}); }},
      {"reads 4 columns", [&](const Var& x) { Norm().groups(x); }},
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
