#include "bench/networks.hpp"

#include <deque>
#include <stdexcept>

#include "fathom/nn/activations.hpp"
#include "fathom/nn/images.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/nn/networks.hpp"

namespace fathom::bench {

namespace {

struct Dense : Module {
  Dense(Module& parent, const std::vector<Index>& widths) : Module(parent, "dense") {
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
      layers.emplace_back(*this, fmt::format("{}", i), LinearOptions{.in = widths[i], .out = widths[i + 1]});
  }
  Var operator()(Var x) const {
    for (std::size_t i = 0; i < layers.size(); ++i) x = i + 1 < layers.size() ? relu(layers[i](x)) : layers[i](x);
    return x;
  }
  std::deque<Linear> layers;
};

struct Mlp : Network {
  explicit Mlp(const Problem& problem) : dense(*this, problem.layers) {}
  Var operator()(Var x) const override { return dense(x); }
  Dense dense;
};

// Rows of a table by [batch, fields], side by side, then layers.
struct Embed : Network {
  explicit Embed(const Problem& problem)
      : table(*this, "table", {.rows = problem.fields * problem.levels, .width = problem.width}),
        dense(*this, problem.layers) {}
  Var operator()(Var x) const override { return dense(reshape(table(x), {x.rows(), -1})); }
  Embedding table;
  Dense dense;
};

// Guo et al. 2017: first-order weights, products of all pairs of rows (eq. 2, by the square of the sum), and layers.
struct DeepFm : Network {
  explicit DeepFm(const Problem& problem)
      : first(*this, "first", {.rows = problem.fields * problem.levels, .width = 1}),
        table(*this, "table", {.rows = problem.fields * problem.levels, .width = problem.width}),
        dense(*this, problem.layers) {}
  Var operator()(Var x) const override {
    const Var rows = table(x);  // [batch, fields, width]
    const Var pairs = 0.5 * (sum(square(sum(rows, {1})), {1}) - sum(square(rows), {1, 2}));
    return dense(reshape(rows, {x.rows(), -1})) + expand(pairs, 1) + sum(first(x), {1});
  }
  Embedding first, table;
  Dense dense;
};

struct Cnn : Network {
  Conv2d first{*this, "first", {.in = 1, .out = 32}}, second{*this, "second", {.in = 32, .out = 64}};
  Linear hidden{*this, "hidden", {.in = 64 * 12 * 12, .out = 128}}, scores{*this, "scores", {.in = 128, .out = 10}};
  Var operator()(Var x) const override {
    const Var y = max_pool(relu(second(relu(first(x)))), {2, 2});
    return scores(relu(hidden(reshape(y, {y.rows(), -1}))));
  }
};

struct ResNet20 : Network {
  ResNet net{*this, "net", resnet20({.rows = 32, .columns = 32, .channels = 3, .classes = 10})};
  Var operator()(Var x) const override { return net(x); }
};

}  // namespace

std::unique_ptr<Network> make_network(const Problem& problem) {
  if (problem.network == "mlp") return std::make_unique<Mlp>(problem);
  if (problem.network == "embed") return std::make_unique<Embed>(problem);
  if (problem.network == "deepfm") return std::make_unique<DeepFm>(problem);
  if (problem.network == "cnn") return std::make_unique<Cnn>();
  if (problem.network == "resnet20") return std::make_unique<ResNet20>();
  throw std::runtime_error("there is no network \"" + problem.network + "\"");
}

Index classes_of(const Problem& problem) { return problem.layers.empty() ? 10 : problem.layers.back(); }

Type input_type(const Problem& problem) {
  if (problem.network == "cnn") return {Dtype::f32, {problem.batch, 28, 28, 1}};
  if (problem.network == "resnet20") return {Dtype::f32, {problem.batch, 32, 32, 3}};
  if (problem.fields > 0) return {Dtype::i32, {problem.batch, problem.fields}};
  return {Dtype::f32, {problem.batch, problem.layers[0]}};
}

Type target_type(const Problem& problem) {
  return classes_of(problem) > 1 ? Type{Dtype::i32, {problem.batch}} : Type{Dtype::f32, {problem.batch, 1}};
}

Var loss_of(const Problem& problem, Var scores, Var target) {
  if (classes_of(problem) > 1) return mean(softmax_cross_entropy(scores, target));
  return mean(problem.fields > 0 ? binary_cross_entropy(scores, target) : mse(scores, target));
}

}  // namespace fathom::bench
