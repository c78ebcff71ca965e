// Activations, layers and losses have PyTorch's values and gradients.
#include <cmath>
#include <functional>

#include "fathom/derive/derive.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/images.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/nn/networks.hpp"
#include "tests/golden/recorded.hpp"

namespace fathom::golden {
namespace {

struct Input {
  std::string record;  // "weight"
  std::string name;    // of the graph's input: "layer.weight"
  Dtype dtype = Dtype::f64;
};

class NnGolden : public ::testing::Test {
 protected:
  // Compares the values of f, called with the inputs' Vars, and the gradients in those of f64 with the records. `feed`:
  // what f reads beside its inputs.
  void compare(const std::string& group, const std::vector<Input>& inputs, const std::function<Var(const Vars&)>& f,
               Feed feed = {}) {
    Trace trace(training_ ? Mode::training : Mode::inference);
    Vars vars, floats;
    for (const Input& input : inputs) {
      feed[input.name] = recorded_.get(group + "/" + input.record, input.dtype);
      vars.push_back(trace.graph().input(input.name, feed[input.name].type()));
      if (input.dtype == Dtype::f64) floats.push_back(vars.back());
    }
    const Var out = f(vars);
    feed["c"] = recorded_.get(group + "/c", Dtype::f64);
    Vars wanted = grad(sum(mul(out, trace.graph().input("c", feed["c"].type()))), floats);
    wanted.push_back(out);
    const std::vector<Tensor> values = evaluate(wanted, feed);
    expect_near(values.back(), recorded_.get(group + "/out", Dtype::f64), 1e-12, group);
    std::size_t gradient = 0;
    for (const Input& input : inputs)
      if (input.dtype == Dtype::f64) {
        const std::string record = group + "/d_" + input.record;
        if (recorded_.has(record)) expect_near(values[gradient], recorded_.get(record, Dtype::f64), 1e-12, record);
        ++gradient;
      }
  }

  // Compares the Hessian of sum(c sin(f)) in all inputs, times the recorded directions.
  void compare_second(const std::string& group, const std::vector<Input>& inputs,
                      const std::function<Var(const Vars&)>& f) {
    Trace trace(training_ ? Mode::training : Mode::inference);
    Vars vars, directions;
    Feed feed;
    const auto input = [&](const std::string& name, const std::string& record) {
      feed[name] = recorded_.get(group + "/" + record, Dtype::f64);
      return trace.graph().input(name, feed[name].type());
    };
    for (const Input& in : inputs) {
      vars.push_back(input(in.name, in.record));
      directions.push_back(input("v." + in.record, "v_" + in.record));
    }
    const Var loss = sum(mul(sin(f(vars)), input("c", "c")));
    const std::vector<Tensor> values = evaluate(hvp(loss, vars, directions), feed);
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const std::string record = group + "/h_" + inputs[k].record;
      expect_near(values[k], recorded_.get(record, Dtype::f64), 1e-11, record);
    }
  }

  bool training_ = false;
  Recorded recorded_{"nn.txt"};
};

TEST_F(NnGolden, Activations) {
  for (const char* name : {"relu", "leaky_relu", "elu", "gelu", "gelu_tanh", "silu", "softplus", "tanh", "sigmoid",
                           "softmax", "log_softmax"})
    compare(name, {{"x", "x"}}, [&](const Vars& in) { return activation(name)(in[0]); });
}

struct Net : Module {
  Linear linear{*this, "linear", {.in = 4, .out = 5}};
  LayerNorm layer_norm{*this, "norm", {.width = 6}};
  Embedding embedding{*this, "embedding", {.rows = 7, .width = 3}};
  EmbeddingBag bag_sum{*this, "bag_sum", {.rows = 7, .width = 3, .pooling = Pooling::sum}};
  EmbeddingBag bag_mean{*this, "bag_mean", {.rows = 7, .width = 3, .pooling = Pooling::mean}};
};

TEST_F(NnGolden, Layers) {
  const Net net{{Dtype::f64}};
  compare("linear", {{"x", "x"}, {"weight", "linear.weight"}, {"bias", "linear.bias"}},
          [&](const Vars& in) { return net.linear(in[0]); });
  compare("layer_norm", {{"x", "x"}, {"weight", "norm.weight"}, {"bias", "norm.bias"}},
          [&](const Vars& in) { return net.layer_norm(in[0]); });
  compare("embedding", {{"x", "x", Dtype::i32}, {"weight", "embedding.weight"}},
          [&](const Vars& in) { return net.embedding(in[0]); });
  compare("bag_sum", {{"x", "x", Dtype::i32}, {"weight", "bag_sum.weight"}},
          [&](const Vars& in) { return net.bag_sum(in[0]); });
  compare("bag_mean", {{"x", "x", Dtype::i32}, {"weight", "bag_mean.weight"}},
          [&](const Vars& in) { return net.bag_mean(in[0]); });
  compare("bag_weighted", {{"x", "x", Dtype::i32}, {"weight", "bag_sum.weight"}, {"weights", "weights"}},
          [&](const Vars& in) { return net.bag_sum(in[0], in[2]); });
}

TEST_F(NnGolden, Losses) {
  const std::vector<Input> both{{"x", "x"}, {"y", "y"}};
  compare("mse", both, [](const Vars& in) { return mse(in[0], in[1]); });
  compare("mse_rows", both, [](const Vars& in) { return mse(in[0], in[1]); });
  compare("mae", both, [](const Vars& in) { return mae(in[0], in[1]); });
  compare("huber", both, [](const Vars& in) { return huber(in[0], in[1], {.delta = 0.7}); });
  compare("binary_cross_entropy", both, [](const Vars& in) { return binary_cross_entropy(in[0], in[1]); });
  const std::vector<Input> classes{{"x", "x"}, {"y", "y", Dtype::i32}};
  compare("softmax_cross_entropy_0.0", classes, [](const Vars& in) { return softmax_cross_entropy(in[0], in[1]); });
  compare("softmax_cross_entropy_0.1", classes,
          [](const Vars& in) { return softmax_cross_entropy(in[0], in[1], {.label_smoothing = 0.1}); });
}

TEST_F(NnGolden, Convolutions) {
  const std::vector<Input> inputs{{"x", "x"}, {"weight", "weight"}};
  compare("conv", inputs, [](const Vars& in) { return conv2d(in[0], in[1], {.padding = {1, 1}}); });
  compare("conv_strided", inputs, [](const Vars& in) {
    return conv2d(in[0], in[1], {.stride = {2, 1}, .padding = {0, 2}});
  });
  compare("conv_groups", inputs, [](const Vars& in) {
    return conv2d(in[0], in[1], {.padding = {2, 2}, .dilation = {2, 2}, .groups = 2});
  });
  compare("conv_transposed", inputs, [](const Vars& in) {
    return conv2d_transposed(in[0], in[1], 6, 6, {.stride = {2, 2}, .padding = {1, 1}});
  });
  compare("conv1d", inputs, [](const Vars& in) { return conv1d(in[0], in[1], {.stride = {1, 2}, .padding = {0, 1}}); });
}

TEST_F(NnGolden, Pools) {
  compare("max_pool", {{"x", "x"}}, [](const Vars& in) { return max_pool(in[0], {2, 2}); });
  compare("mean_pool", {{"x", "x"}}, [](const Vars& in) { return mean_pool(in[0], {2, 3}); });
  compare("global_mean_pool", {{"x", "x"}}, [](const Vars& in) { return global_mean_pool(in[0]); });
}

TEST_F(NnGolden, PoolsThatOverlapAndArePadded) {
  const std::vector<Input> x{{"x", "x"}};
  const PoolOptions padded{.stride = {2, 1}, .padding = {1, 1}};
  compare("max_pool_padded", x, [&](const Vars& in) { return max_pool(in[0], {3, 2}, padded); });
  compare("max_pool_overlapping", x, [](const Vars& in) { return max_pool(in[0], {3, 3}, {.stride = {1, 1}}); });
  compare("mean_pool_padded", x, [&](const Vars& in) { return mean_pool(in[0], {3, 2}, padded); });
  compare("mean_pool_counted", x, [&](const Vars& in) {
    PoolOptions counted = padded;
    counted.count_padding = true;
    return mean_pool(in[0], {3, 2}, counted);
  });
  const PoolOptions sequences{.stride = {1, 3}, .padding = {0, 2}};
  compare("max_pool1d", x, [&](const Vars& in) { return max_pool1d(in[0], 4, sequences); });
  compare("mean_pool1d", x, [&](const Vars& in) { return mean_pool1d(in[0], 4, sequences); });

  const PoolOptions threes{.stride = {2, 2}, .padding = {1, 1}};
  compare_second("max_pool_second", x, [&](const Vars& in) { return max_pool(in[0], {3, 3}, threes); });
  compare_second("mean_pool_second", x, [&](const Vars& in) { return mean_pool(in[0], {3, 3}, threes); });
}

struct Normed : Module {
  BatchNorm norm{*this, "norm", {.width = 5}};
  BatchNorm small{*this, "small", {.width = 4}};
  GroupNorm thirds{*this, "thirds", {.width = 6, .groups = 3}};
  GroupNorm halves{*this, "halves", {.width = 6, .groups = 2}};
  GroupNorm pairs{*this, "pairs", {.width = 4, .groups = 2}};
  Normed() : Module(Dtype::f64) {}
};

std::vector<Input> norm_inputs(const std::string& name) {
  return {{"x", "x"}, {"weight", name + ".weight"}, {"bias", name + ".bias"}};
}

TEST_F(NnGolden, GroupNorm) {
  const Normed net;
  compare("group_norm", norm_inputs("thirds"), [&](const Vars& in) { return net.thirds(in[0]); });
  compare("group_norm_rows", norm_inputs("halves"), [&](const Vars& in) { return net.halves(in[0]); });
  compare_second("group_norm_second", norm_inputs("pairs"), [&](const Vars& in) { return net.pairs(in[0]); });
}

TEST_F(NnGolden, BatchNormHasSecondDerivativesInBothModes) {
  const Normed net;
  const auto f = [&](const Vars& in) { return net.small(in[0]); };
  std::vector<Input> running = norm_inputs("small");
  running.push_back({"mean", "small.running_mean"});
  running.push_back({"variance", "small.running_variance"});
  compare_second("batch_norm_inference_second", running, f);
  training_ = true;
  compare_second("batch_norm_second", norm_inputs("small"), f);
  compare_second("batch_norm_rows_second", norm_inputs("small"), f);
}

TEST_F(NnGolden, BatchNormByTheRunningStatistics) {
  const Normed net;
  compare("batch_norm_inference",
          {{"x", "x"},
           {"weight", "norm.weight"},
           {"bias", "norm.bias"},
           {"mean", "norm.running_mean"},
           {"variance", "norm.running_variance"}},
          [&](const Vars& in) { return net.norm(in[0]); });
}

TEST_F(NnGolden, BatchNormByTheBatch) {
  const Normed net;
  training_ = true;
  compare("batch_norm", {{"x", "x"}, {"weight", "norm.weight"}, {"bias", "norm.bias"}},
          [&](const Vars& in) { return net.norm(in[0]); });

  Trace trace(Mode::training);
  const Tensor x = recorded_.get("running/x", Dtype::f64);
  net.norm(trace.graph().input("x", x.type()));
  Vars now;
  for (const auto& [target, value] : trace.assigned()) now.push_back(value);
  const auto values = evaluate(now, {{"x", x},
                                     {"norm.running_mean", Tensor({5}, std::vector<double>(5, 0))},
                                     {"norm.running_variance", Tensor({5}, std::vector<double>(5, 1))}});
  expect_near(values[0], recorded_.get("running/mean", Dtype::f64), 1e-12, "mean");
  expect_near(values[1], recorded_.get("running/variance", Dtype::f64), 1e-12, "variance");
}

struct Blocks : Module {
  ResidualBlock same{*this, "same", {.in = 3, .out = 3}};
  ResidualBlock strided{*this, "strided", {.in = 3, .out = 4, .stride = 2}};
  Blocks() : Module(Dtype::f64) {}
};

TEST_F(NnGolden, ResidualBlocksInBothModes) {
  const Blocks net;
  for (const char* mode : {"training", "inference"}) {
    training_ = std::string(mode) == "training";
    for (const auto* block : {&net.same, &net.strided}) {
      std::vector<Input> inputs{{"x", "x"}};
      for (const Parameter& parameter : net.parameters())
        if (parameter.name.starts_with(block->path() + ".") && (parameter.learned || !training_))
          inputs.push_back({parameter.name.substr(block->path().size() + 1), parameter.name});
      EXPECT_GE(inputs.size(), 7u);
      compare("residual_" + block->path() + "_" + mode, inputs, [&](const Vars& in) { return (*block)(in[0]); });
    }
  }
}

struct Digits : Module {
  LeNet net{*this, "net", {.rows = 13, .columns = 16, .channels = 2, .classes = 3}};
  Digits() : Module(Dtype::f64) {}
};

// Of all weights those of the first layer are recorded, whose gradients come through all the others.
TEST_F(NnGolden, LeNetWithWeightsThatAreWaves) {
  const Digits model;
  Feed feed;
  for (const Parameter& parameter : model.parameters()) {
    Tensor& weight = feed.emplace(parameter.name, Tensor(parameter.type)).first->second;
    const bool bias = parameter.type.shape.rank() == 1;
    const double fan = static_cast<double>(weight.count() / parameter.type.shape[parameter.type.shape.rank() - 1]);
    for (Index i = 0; i < weight.count(); ++i) {
      const auto at = static_cast<double>(i);
      weight.set(i, bias ? 0.1 * std::cos(at) : std::sin(at) / std::sqrt(fan));
    }
  }
  compare(
      "lenet", {{"x", "x"}, {"first.weight", "net.first.weight"}, {"first.bias", "net.first.bias"}},
      [&](const Vars& in) { return model.net(in[0]); }, feed);
}

}  // namespace
}  // namespace fathom::golden
