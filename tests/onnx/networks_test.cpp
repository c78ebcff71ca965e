// Networks of every layer there is: ONNX Runtime gives what Fathom gives, for batches of another size than was traced.
#include "fathom/nn/networks.hpp"

#include <cmath>

#include "fathom/graph/evaluate.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/layers.hpp"
#include "onnx/runtime.hpp"
#include "tests/laws/sample.hpp"

namespace fathom {
namespace {

using Function = std::function<Var(Var)>;

struct Sampled {
  std::string name;
  const Module* module;  // whose weights the function reads; nullptr: none
  Type input;            // of one row
  Domain domain;
  Function function;
};

// Weights as a training might leave them: nothing is 0 or 1 by chance, and variances are above 0.
Flat weights_of(const Module& module) {
  Flat flat = module.parameters().initialise(7);
  Random random(7, "weights", 0);
  for (std::size_t k = 0; k < flat.layout().size(); ++k) {
    const bool variance = flat.layout()[k].name.ends_with("variance");
    const TensorView view = flat.view(k);
    for (float& weight : view.span<float>())
      weight += static_cast<float>(variance ? random.uniform() : 0.2 * (random.uniform() - 0.5));
  }
  return flat;
}

std::vector<Tensor> evaluated(const Function& function, const Flat* weights, const Tensor& input) {
  Trace trace;
  const Vars out{function(trace.graph().input("x", input.type()))};
  Feed feed{{"x", input}};
  if (weights != nullptr)
    for (const Parameter& parameter : weights->layout()) feed.emplace(parameter.name, weights->copy(parameter.name));
  return evaluate(out, feed);
}

void compare(const std::vector<Sampled>& all, double tolerance = 1e-5) {
  NEEDS_ONNX_RUNTIME();
  OnnxRuntime runtime;
  std::vector<Tensor> expected;
  std::vector<std::string> names;
  for (const Sampled& one : all) {
    SCOPED_TRACE(one.name);
    std::map<std::string, TensorView> constants;
    Flat weights;
    if (one.module != nullptr) {
      weights = weights_of(*one.module);
      for (std::size_t k = 0; k < weights.layout().size(); ++k) constants[weights.layout()[k].name] = weights.view(k);
    }
    const auto typed = [&](Index batch) {
      Shape shape{batch};
      for (Index length : one.input.shape) shape.push_back(length);
      return Type{one.input.dtype, shape};
    };
    const onnx::Model model = onnx::to_onnx(
        [&](Trace& trace, Index batch) -> std::vector<std::pair<std::string, Var>> {
          return {{"y", one.function(trace.graph().input("x", typed(batch)))}};
        },
        constants);
    for (const Index batch : {1, 3}) {
      Random random(3, one.name, static_cast<std::uint64_t>(batch));
      const Tensor input = laws::sample(typed(batch), one.domain, random);
      expected.push_back(evaluated(one.function, one.module != nullptr ? &weights : nullptr, input).front());
      names.push_back(fmt::format("{}, {} rows", one.name, batch));
      runtime.add(model, {{"x", input}});
    }
  }
  const auto results = runtime.run();
  ASSERT_EQ(results.size(), expected.size());
  for (std::size_t k = 0; k < results.size(); ++k) {
    EXPECT_EQ(results[k].error, "") << names[k];
    if (!results[k].error.empty()) continue;
    EXPECT_TRUE(laws::near(results[k].outputs.front(), expected[k], tolerance)) << names[k];
  }
}

Type row(std::initializer_list<Index> shape, Dtype dtype = Dtype::f32) { return {dtype, Shape(shape)}; }

TEST(OnnxNetworks, EveryActivation) {
  std::vector<Sampled> all;
  for (const std::string& name : activation_names())
    for (const double reach : {0.01, 3.0, 60.0})
      all.push_back({name, nullptr, row({7}), {.low = -reach, .high = reach}, activation(name)});
  compare(all);
}

TEST(OnnxNetworks, Layers) {
  struct Layers : Module {
    Linear linear{*this, "linear", {.in = 6, .out = 5}};
    Linear plain{*this, "plain", {.in = 6, .out = 5, .bias = false}};
    Linear vector{*this, "vector", {.in = 6, .out = 1}};
    Embedding rows{*this, "rows", {.rows = 9, .width = 4}};
    EmbeddingBag means{*this, "means", {.rows = 9, .width = 4}};
    EmbeddingBag sums{*this, "sums", {.rows = 9, .width = 4, .pooling = Pooling::sum}};
    LayerNorm norm{*this, "norm", {.width = 6}};
    BatchNorm batch{*this, "batch", {.width = 6}};
    GroupNorm groups{*this, "groups", {.width = 6, .groups = 3}};
  } m;
  const Domain index{.low = -1, .high = 9, .index = true}, real{};
  compare({{"linear", &m, row({6}), real, [&](Var x) { return m.linear(x); }},
           {"linear over sequences", &m, row({3, 6}), real, [&](Var x) { return m.plain(x); }},
           {"one output", &m, row({6}), real, [&](Var x) { return reshape(m.vector(x), {x.rows()}); }},
           {"embedding", &m, row({}, Dtype::i32), index, [&](Var x) { return m.rows(x); }},
           {"embedding of sequences", &m, row({5}, Dtype::i32), index, [&](Var x) { return m.rows(x); }},
           {"bag, mean", &m, row({5}, Dtype::i32), index, [&](Var x) { return m.means(x); }},
           {"bag, sum", &m, row({5}, Dtype::i32), index, [&](Var x) { return m.sums(x); }},
           {"bag of padding alone",
            &m,
            row({5}, Dtype::i32),
            {.low = -1, .high = -1, .index = true},
            [&](Var x) { return m.means(x); }},
           {"weighted bag", &m, row({6}), real,
            [&](Var x) { return m.means(cast(abs(x * 4.0), Dtype::i32), abs(x) + 0.1); }},
           {"layer norm", &m, row({6}), real, [&](Var x) { return m.norm(x); }},
           {"batch norm of rows", &m, row({6}), real, [&](Var x) { return m.batch(x); }},
           {"batch norm of images", &m, row({4, 5, 6}), real, [&](Var x) { return m.batch(x); }},
           {"group norm of rows", &m, row({6}), real, [&](Var x) { return m.groups(x); }},
           {"group norm of images", &m, row({4, 5, 6}), real, [&](Var x) { return m.groups(x); }},
           {"dropout", &m, row({6}), real, [&](Var x) { return dropout(m.linear(x), 0.5); }},
           {"attention", &m, row({4, 6}), real, [&](Var x) {
              const Var q = m.plain(x), k = tanh(m.plain(x)), scores = softmax(matmul(q, k, {.b = true}));
              return matmul(scores, m.plain(x));
            }}});
}

TEST(OnnxNetworks, Convolutions) {
  struct Layers : Module {
    Conv2d same{*this, "same", {.in = 4, .out = 6, .conv = {.padding = {1, 1}}}};
    Conv2d strided{
        *this, "strided", {.in = 4, .out = 6, .kernel = {3, 2}, .conv = {.stride = {2, 3}, .padding = {1, 0}}}};
    Conv2d dilated{*this, "dilated", {.in = 4, .out = 6, .conv = {.dilation = {2, 3}}}};
    Conv2d grouped{*this, "grouped", {.in = 4, .out = 6, .conv = {.groups = 2}}};
    Conv2d depthwise{*this, "depthwise", {.in = 4, .out = 4, .conv = {.padding = {1, 1}, .groups = 4}, .bias = false}};
    Conv2d point{*this, "point", {.in = 4, .out = 3, .kernel = {1, 1}}};
    Weight line{*this, "line", {.shape = {3, 4, 5}, .init = Init::he_normal(), .fans = {12, 15}}};
    Weight back{*this, "back", {.shape = {3, 3, 2, 4}, .init = Init::he_normal(), .fans = {18, 36}}};
  } m;
  const Type image = row({9, 8, 4});
  const auto of = [&](const char* name, Function f) { return Sampled{name, &m, image, {}, std::move(f)}; };
  compare({of("same", [&](Var x) { return m.same(x); }),
           of("strided", [&](Var x) { return m.strided(x); }),
           of("dilated", [&](Var x) { return m.dilated(x); }),
           of("grouped", [&](Var x) { return m.grouped(x); }),
           of("depthwise", [&](Var x) { return m.point(relu(m.depthwise(x))); }),
           {"sequences",
            &m,
            row({9, 4}),
            {},
            [&](Var x) {
              return conv1d(x, m.line(), {.padding = {0, 1}});
            }},
           {"max pool of sequences",
            &m,
            row({9, 4}),
            {},
            [&](Var x) {
              return max_pool1d(x, 3, {.stride = {1, 2}, .padding = {0, 1}});
            }},
           {"mean pool of sequences",
            &m,
            row({9, 4}),
            {},
            [&](Var x) {
              return mean_pool1d(conv1d(x, m.line(), {.padding = {0, 1}}), 2);
            }},
           of("transposed",
              [&](Var x) {
                return conv2d_transposed(x, m.back(), 18, 17, {.stride = {2, 2}, .padding = {1, 0}});
              }),
           of("max pool",
              [&](Var x) {
                return max_pool(m.same(x), {2, 3});
              }),
           of("max pool of the input",
              [&](Var x) {
                return max_pool(x, {3, 3});
              }),
           of("overlapping max pool",
              [&](Var x) {
                return max_pool(m.same(x), {3, 3}, {.stride = {2, 2}, .padding = {1, 1}});
              }),
           of("mean pool without its padding",
              [&](Var x) {
                return mean_pool(x, {3, 2}, {.stride = {2, 1}, .padding = {1, 1}});
              }),
           of("mean pool",
              [&](Var x) {
                return mean_pool(m.same(x), {2, 2});
              }),
           of("global pool", [&](Var x) { return global_mean_pool(tanh(m.same(x))); }),
           of("beside a vector", [&](Var x) {
             const Var y = m.same(x), pooled = sigmoid(global_mean_pool(y));
             return y * reshape(pooled, {x.rows(), 1, 1, 6}) + y;
           })});
}

TEST(OnnxNetworks, ReadyNetworks) {
  struct Net : Module {
    LeNet lenet{*this, "lenet", {.rows = 14, .columns = 15, .channels = 2, .classes = 4}};
    ResNet resnet{*this, "resnet", {.images = {.channels = 3, .classes = 5}, .widths = {4, 8}, .blocks = 2}};
  } m;
  compare({{"lenet", &m, row({14, 15, 2}), {.low = 0, .high = 1}, [&](Var x) { return softmax(m.lenet(x)); }},
           {"resnet", &m, row({8, 8, 3}), {.low = 0, .high = 1}, [&](Var x) { return softmax(m.resnet(x)); }}});
}

TEST(OnnxNetworks, LengthsThatDependOnTheBatch) {
  compare({{"counted rows",
            nullptr,
            row({3}),
            {},
            [](Var x) {
              return x + iota(x.graph(), {Dtype::f32, x.shape()}, 0);
            }},
           {"all rows at once", nullptr, row({3}), {}, [](Var x) { return reshape(x * 2.0, {x.rows() * 3}); }},
           {"filled",
            nullptr,
            row({3}),
            {},
            [](Var x) {
              return concat({x, full_like(x, 2.5)}, 0);
            }},
           {"one more row",
            nullptr,
            row({3}),
            {},
            [](Var x) {
              return pad(x, {0, 0}, {1, 0}, {0, 0}, {}) * 2.0;
            }},
           {"pairs of rows", nullptr, row({3}), {}, [](Var x) { return matmul(x, x, {.b = true}); }},
           {"classes", nullptr, row({5}), {}, [](Var x) { return argmax(x, 1); }},
           {"backwards", nullptr, row({5}), {}, [](Var x) { return reverse(reverse_cumsum(x, 1), 0); }}});
}

// x without its mean over the batch is another function for each size of the batch.
TEST(OnnxNetworks, WhatDependsOnTheBatchOtherwiseIsRefused) {
  const auto refused = [](const Function& f) {
    return std::string(error_from([&] {
                         onnx::to_onnx(
                             [&](Trace& t, Index batch) -> std::vector<std::pair<std::string, Var>> {
                               return {{"y", f(t.graph().input("x", {Dtype::f32, {batch, 4}}))}};
                             },
                             {});
                       }).what());
  };
  EXPECT_NE(refused([](Var x) { return x - mean(x, {0}); }).find("depends on the batch's size"), std::string::npos);
  EXPECT_NE(refused([](Var x) { return slice(x, 0, {.length = x.rows() / 2}); }).find("which ONNX cannot say"),
            std::string::npos);
  EXPECT_NE(refused([](Var x) {
              return scatter_add(x, cast(sum(x, {1}), Dtype::i32), x);
            }).find("scatter_add: this belongs to training and cannot be exported"),
            std::string::npos);
}

}  // namespace
}  // namespace fathom
