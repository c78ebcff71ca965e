// What becomes of layers, losses and optimizers when they are planned: the steps, named, so that a fusion that is lost
// is seen.
#include <algorithm>

#include "fathom/cpu/executor.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/images.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/optim/update.hpp"
#include "tests/laws/sample.hpp"

namespace fathom::laws {
namespace {

// "group[elements]", of each group that runs in the step ("group[64 + 16]"), with the sums that it makes beside
// ("group[64] + 2 sums"), or the op, with a star where it carries a group.
std::vector<std::string> steps_of(const Plan& plan) {
  std::vector<std::string> names;
  for (const Step& step : plan.steps) {
    if (step.kind == Step::Kind::copy)
      names.emplace_back("copy");
    else if (step.kind == Step::Kind::group) {
      std::string elements = std::to_string(step.group.count);
      for (const Group& group : step.beside) elements += fmt::format(" + {}", group.count);
      names.push_back("group[" + elements + "]" +
                      (step.group.sums.empty() ? "" : fmt::format(" + {} sums", step.group.sums.size())));
    } else
      names.push_back(std::string(plan.graph->node(step.node).op->name) + (step.group.instructions.empty() ? "" : "*"));
  }
  return names;
}

using Steps = std::vector<std::string>;

void expect_steps(const Request& request, const Steps& expected) {
  const Plan plan = make_plan(request);
  EXPECT_EQ(steps_of(plan), expected) << plan.explain();
}

TEST(Fusion, TenElementwiseOpsAreOnePass) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {300, 70}}), b = trace.graph().input("b", {Dtype::f32, {70}});
  Var y = x;
  for (int i = 0; i < 2; ++i) y = tanh(exp(sin(y * b) - x) + b);
  const Plan plan = make_plan({{y}, {}});
  EXPECT_EQ(steps_of(plan), Steps{"group[21000]"}) << plan.explain();
  ASSERT_EQ(plan.steps.size(), 1u);
  EXPECT_EQ(plan.steps[0].group.instructions.size(), 12u);
}

TEST(Fusion, SoftmaxCrossEntropyWithItsGradientIsOnePassOverTheLogits) {
  Trace trace;
  const Var logits = trace.graph().input("logits", {Dtype::f32, {128, 10}}),
            labels = trace.graph().input("classes", {Dtype::i32, {128}});
  const Var loss = mean(softmax_cross_entropy(logits, labels));
  expect_steps({{loss, grad(loss, {logits})[0]}, {}}, {"group[1280]", "sum", "group[1]"});
}

TEST(Fusion, ALayerNormIsOnePass) {
  struct NormedRows : Module {
    LayerNorm norm{*this, "norm", {.width = 64}};
  } m;
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {128, 64}}),
            t = trace.graph().input("t", {Dtype::f32, {128, 64}});
  const Var y = m.norm(x);
  expect_steps({{y}, {}}, {"group[8192]"});
  // The gradient of the bias is the sum of what comes from behind, which nothing makes here.
  const Vars gradients = grad(sum(y * t), {x, m.parameters().vars()[0], m.parameters().vars()[1]});
  expect_steps({gradients, {}}, {"sum", "group[8192] + 1 sums"});
}

// The rows of a bag are never written out: forward its sum finds them in the table, backward a scatter reads the bag's
// gradient for each of them.
TEST(Fusion, AnEmbeddingBagWritesNoRows) {
  struct Bags : Module {
    EmbeddingBag bag{*this, "bag", {.rows = 5000, .width = 32, .pooling = Pooling::sum}};
  } m;
  Trace trace;
  const Var words = trace.graph().input("words", {Dtype::i32, {64, 40}}),
            t = trace.graph().input("t", {Dtype::f32, {64, 32}});
  const Var bags = m.bag(words);
  expect_steps({{bags}, {}}, {"sum"});
  expect_steps({grad(sum(tanh(bags) * t), m.parameters().vars()), {}}, {"sum", "group[2048]", "scatter_add"});
}

// Nor does training it: of the table and of what the optimizer keeps, each row that the batch holds is gathered once.
TEST(Fusion, ATrainedEmbeddingBagWritesNoRowsOfItsOwn) {
  struct Bags : Module {
    EmbeddingBag bag{*this, "bag", {.rows = 50000, .width = 32, .pooling = Pooling::mean}};
  } m;
  Trace trace(Mode::training);
  const Var words = trace.graph().input("words", {Dtype::i32, {64, 40}}),
            t = trace.graph().input("t", {Dtype::f32, {64, 32}});
  const Vars weights = m.parameters().vars();
  const Var loss = mean(tanh(m.bag(words)) * t);
  const Updates updates = update(Adam{}, weights, grad(loss, weights));
  Request request{{loss}, {{weights[0], updates.parameters[0]}}};
  for (const StateVar& state : updates.states) request.updates.push_back({state.value, state.next});
  const Plan plan = make_plan(request);
  const Steps steps = steps_of(plan);
  EXPECT_EQ(std::count(steps.begin(), steps.end(), "gather"), 3) << plan.explain();
  for (const Step& step : plan.steps)
    for (const NodeId value : step.writes)
      EXPECT_NE(plan.graph->node(value).type.shape, (Shape{64, 40, 32})) << plan.explain();
}

// The mean is a pass over what the convolution made; the variance is summed while the centred values are made, and the
// norm and the activation are one pass. Backward, the gradients of weight and bias are summed in the activation's pass.
TEST(Fusion, BatchNormAndReluBehindAConvolution) {
  struct NormedImages : Module {
    Conv2d conv{*this, "conv", {.in = 8, .out = 16, .conv = {.padding = {1, 1}}, .bias = false}};
    BatchNorm norm{*this, "norm", {.width = 16}};
  } m;
  Trace trace(Mode::training);
  const Var x = trace.graph().input("x", {Dtype::f32, {12, 9, 9, 8}}),
            t = trace.graph().input("t", {Dtype::f32, {12, 9, 9, 16}});
  const Var y = relu(m.norm(m.conv(x)));
  Request forward{{y}, {}};
  for (const auto& [target, value] : trace.assigned()) forward.updates.push_back({target, value});
  expect_steps(forward, {"conv", "sum", "group[16]", "group[15552] + 1 sums", "group[16]", "group[15552]"});
  Vars of{x};
  for (const Var& weight : m.parameters().vars())
    if (!weight.node().name.ends_with("running_mean") && !weight.node().name.ends_with("running_variance"))
      of.push_back(weight);
  expect_steps({grad(sum(y * t), of), {}},
               {"conv", "sum", "group[16]", "group[15552] + 1 sums", "group[16]", "group[15552] + 2 sums", "group[16]",
                "group[16]", "group[15552] + 1 sums", "group[16]", "group[15552]", "conv_input", "conv_weight"});
}

struct Convolved : Module {
  Conv2d conv{*this, "conv", {.in = 8, .out = 16, .conv = {.padding = {1, 1}}}};
  Conv2d plain{*this, "plain", {.in = 8, .out = 16, .conv = {.padding = {1, 1}}, .bias = false}};
  BatchNorm norm{*this, "norm", {.width = 16}};
};

// Bias and activation, a residual before it, and the update of a weight by its gradient.
TEST(Fusion, AConvolutionCarriesWhatReadsItsResult) {
  const Convolved m;
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {12, 9, 9, 8}}),
            t = trace.graph().input("t", {Dtype::f32, {12, 9, 9, 16}});
  expect_steps({{relu(m.conv(x))}, {}}, {"conv*"});
  expect_steps({{relu(m.conv(x) + t)}, {}}, {"conv*"});
  const Var w = m.parameters().vars()[0], gradient = grad(sum(m.conv(x) * t), {w})[0];
  const Updates updates = update(Sgd{}, {w}, {gradient});
  expect_steps({{}, {{w, updates.parameters[0]}}}, {"conv_weight*"});
}

// The running statistics make one factor and one shift for each channel.
TEST(Fusion, BatchNormInInferenceIsCarriedByTheConvolution) {
  const Convolved m;
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {12, 9, 9, 8}});
  expect_steps({{relu(m.norm(m.plain(x)))}, {}}, {"group[16]", "conv*"});
}

// A weight that is used twice: the second product of its gradient adds onto the first.
TEST(Fusion, AProductAccumulatesIntoTheGradient) {
  Trace trace;
  const Var x = trace.graph().input("x", {Dtype::f32, {64, 32}}), y = trace.graph().input("y", {Dtype::f32, {64, 32}}),
            w = trace.graph().input("w", {Dtype::f32, {32, 48}});
  const Var loss = sum(tanh(matmul(x, w))) + sum(tanh(matmul(y, w)));
  expect_steps({grad(loss, {w}), {}}, {"matmul*", "matmul*", "matmul", "matmul*"});
}

// The steps of one update by an optimizer of a layer's weights and biases, and of a scale.
Steps steps_of_update(const Optimizer& optimizer) {
  Trace trace;
  Vars parameters, gradients;
  for (const Shape& shape : {Shape{300, 70}, Shape{70}, Shape{1}}) {
    parameters.push_back(trace.graph().input(fmt::format("w{}", shape.count()), {Dtype::f32, shape}));
    gradients.push_back(trace.graph().input(fmt::format("g{}", shape.count()), {Dtype::f32, shape}));
  }
  const Updates updates = update(optimizer, parameters, gradients);
  Request request;
  for (std::size_t k = 0; k < parameters.size(); ++k) request.updates.push_back({parameters[k], updates.parameters[k]});
  for (const StateVar& state : updates.states) request.updates.push_back({state.value, state.next});
  return steps_of(make_plan(request));
}

// Of Adam beside two numbers, the bias corrections.
TEST(Fusion, AnUpdateIsOneStepOverAllParameters) {
  const Steps numbers{"group[1]", "group[1]", "group[21000 + 70 + 1]"};
  EXPECT_EQ(steps_of_update(Sgd{}), (Steps{"group[21000 + 70 + 1]"}));
  EXPECT_EQ(steps_of_update(Momentum{}), (Steps{"group[21000 + 70 + 1]"}));
  EXPECT_EQ(steps_of_update(Adam{}), numbers);
  EXPECT_EQ(steps_of_update(AdamW{}), numbers);
}

// Each of them takes the values from before, whichever runs first.
TEST(Fusion, UpdatesThatReadEachOthersTargetsAreNoOneStep) {
  Trace trace;
  const Type type{Dtype::f32, {70}};
  const Var a = trace.graph().input("a", type), b = trace.graph().input("b", type), c = trace.graph().input("c", type);
  expect_steps({{}, {{a, a + b}, {b, b * 2.0}, {c, c * 3.0}}}, {"group[70]", "group[70 + 70]"});
}

}  // namespace
}  // namespace fathom::laws
