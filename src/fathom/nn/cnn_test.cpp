#include "fathom/nn/cnn.hpp"

#include <gtest/gtest.h>

#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/trace.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/networks.hpp"

namespace fathom {
namespace {

struct CnnNet : Module {
  explicit CnnNet(const CnnOptions& options) : cnn(*this, "cnn", options) {}
  Cnn cnn;
};

std::string mistake(const CnnOptions& options) {
  try {
    const CnnNet net(options);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::config);
    return error.what();
  }
  return "none";
}

TEST(Cnn, GivesWhatItsStagesSay) {
  const std::vector<CnnOptions> all{
      {},
      {.rows = 9, .columns = 7, .channels = 3, .widths = {4}, .convolutions = 2, .kernel = 2, .stride = 2},
      {.widths = {4, 8, 6}, .groups = 2, .padding = Padding::none, .batch_norm = true, .pool = PoolKind::mean},
      {.rows = 5, .columns = 12, .widths = {3, 2}, .kernel = 5, .activation = "tanh", .pool = PoolKind::none},
      {.rows = 11, .columns = 11, .widths = {5}, .activation = "gelu", .pool_size = 3}};
  for (const CnnOptions& options : all) {
    const CnnNet net(options);
    const CnnStage last = cnn_stages(options).back();
    EXPECT_EQ(last.channels, options.widths.back());
    EXPECT_EQ(net.cnn.width(), last.rows * last.columns * last.channels);
    Trace trace(Mode::training);
    const Var out =
        net.cnn.features(trace.graph().input("x", {Dtype::f32, {2, options.rows, options.columns, options.channels}}));
    EXPECT_EQ(out.shape(), (Shape{2, net.cnn.width()}));
  }
  const auto stages = cnn_stages(all[2]);
  EXPECT_EQ(stages[0].rows, 13);  // 28 - 2, halved
  EXPECT_EQ(stages[1].rows, 5);   // 13 - 2, halved, without the last
  EXPECT_EQ(stages[2].rows, 1);
}

TEST(Cnn, NamesItsParameters) {
  const CnnNet net({.widths = {4, 8}, .convolutions = 2, .groups = 2, .batch_norm = true});
  EXPECT_EQ(net.parameters().find("cnn.stage1.conv1.weight")->type.shape, (Shape{3, 3, 1, 4}));
  EXPECT_EQ(net.parameters().find("cnn.stage2.conv1.weight")->type.shape, (Shape{3, 3, 2, 8}));
  EXPECT_NE(net.parameters().find("cnn.stage2.norm2.running_mean"), nullptr);
  EXPECT_EQ(net.parameters().find("cnn.stage1.conv1.bias"), nullptr);  // the norm has one
}

// With ReLU the pool is taken first, which changes no value.
TEST(Cnn, PoolsBeforeAnActivationThatRises) {
  const CnnNet net({.rows = 6, .columns = 6, .widths = {3}});
  const Flat weights = net.parameters().initialise(1);
  std::vector<float> pixels(36);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i * 7 % 11) - 5;
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {1, 6, 6, 1}});
  const Var w = trace.graph().input("cnn.stage1.conv1.weight", weights.view(0).type);
  const Var plain = max_pool(relu(conv2d(x, w, {.padding = {1, 1}})), {2, 2});  // the bias is 0
  const auto results = evaluate(std::vector<Var>{net.cnn.features(x), reshape(plain, {1, -1})},
                                {{"x", Tensor({1, 6, 6, 1}, pixels)},
                                 {"cnn.stage1.conv1.weight", weights.copy("cnn.stage1.conv1.weight")},
                                 {"cnn.stage1.conv1.bias", weights.copy("cnn.stage1.conv1.bias")}});
  double total = 0;
  for (Index i = 0; i < results[0].count(); ++i) {
    EXPECT_EQ(results[0].at(i), results[1].at(i));
    total += results[0].at(i);
  }
  EXPECT_GT(total, 0);
}

TEST(Cnn, RefusesWhatDoesNotFitAndSaysWhere) {
  EXPECT_EQ(mistake({.rows = 28, .columns = 4, .widths = {8}, .kernel = 5}),
            "stage 1 of the cnn has a kernel of 5 x 5, but what it reads is only 28 x 4");
  EXPECT_EQ(mistake({.widths = {8, 8, 8, 8}, .kernel = 5}),
            "stage 4 of the cnn has a kernel of 5 x 5, but what it reads is only 3 x 3");
  EXPECT_EQ(mistake({.widths = {8}, .kernel = 27, .padding = Padding::none, .pool_size = 3}),
            "stage 1 of the cnn pools 3 x 3, but its convolutions leave only 2 x 2");
  EXPECT_EQ(mistake({.widths = {8, 12}, .groups = 3}),
            "stage 2 of the cnn has 3 groups, which do not divide its 8 and 12 channels");
  EXPECT_EQ(mistake({.stride = 0}), "the stride of a convolution is at least 1, not 0");
  EXPECT_EQ(mistake({.widths = {}}),
            "a cnn needs at least one stage, and a kernel, a pool, groups and convolutions of at least 1");
}

struct SmallLeNet : Module {
  LeNet net{*this, "net", {.rows = 11, .columns = 28}};
};

TEST(LeNet, RefusesImagesOfWhichNothingWouldBeLeft) {
  try {
    const SmallLeNet net;
    FAIL() << "taken";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "lenet reads images of at least 12 x 12, and these are 11 x 28");
  }
}

}  // namespace
}  // namespace fathom
