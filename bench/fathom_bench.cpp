// One problem of bench/problems: the time of a training step, as one JSON line.
//
// usage: fathom_bench PROBLEM.toml SECONDS [THREADS] [--explain]
#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <memory>
#include <string>

#include "bench/machine.hpp"
#include "fathom/base/clock.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/nn/networks.hpp"
#include "fathom/optim/update.hpp"
#include "fathom/train/program.hpp"

using namespace fathom;

namespace {

struct Problem {
  std::string name, kind, optimizer;
  std::vector<Index> layers;
  Index batch = 0, fields = 0, levels = 0, width = 0;
  double learning_rate = 0, target = 0;
};

Problem read_problem(const char* path) {
  const toml::table table = toml::parse_file(path);
  Problem problem;
  problem.name = table["name"].value_or("");
  problem.kind = table["kind"].value_or("");
  problem.optimizer = table["optimizer"].value_or("adam");
  if (const auto* layers = table["layers"].as_array())
    for (const auto& layer : *layers) problem.layers.push_back(layer.value_or(Index{0}));
  problem.batch = table["batch"].value_or(Index{0});
  problem.fields = table["fields"].value_or(Index{0});
  problem.levels = table["levels"].value_or(Index{0});
  problem.width = table["width"].value_or(Index{0});
  problem.learning_rate = table["learning_rate"].value_or(1e-3);
  problem.target = table["target"].value_or(0.0);
  return problem;
}

struct Model : Module {
  virtual ~Model() = default;
  virtual Var operator()(Var x) const = 0;
};

// Embeddings, if any, then layers.
struct Layers : Model {
  explicit Layers(const Problem& problem) {
    if (problem.kind == "embed")
      table.emplace_back(*this, "table",
                         EmbeddingOptions{.rows = problem.fields * problem.levels, .width = problem.width});
    for (std::size_t i = 0; i + 1 < problem.layers.size(); ++i)
      layers.emplace_back(*this, fmt::format("layer{}", i),
                          LinearOptions{.in = problem.layers[i], .out = problem.layers[i + 1]});
  }
  Var operator()(Var x) const override {
    if (!table.empty()) x = reshape(table.front()(x), {x.rows(), -1});
    for (std::size_t i = 0; i < layers.size(); ++i) x = i + 1 < layers.size() ? relu(layers[i](x)) : layers[i](x);
    return x;
  }
  std::deque<Embedding> table;
  std::deque<Linear> layers;
};

struct Cnn : Model {
  Conv2d first{*this, "first", {.in = 1, .out = 32}}, second{*this, "second", {.in = 32, .out = 64}};
  Linear hidden{*this, "hidden", {.in = 64 * 12 * 12, .out = 128}}, scores{*this, "scores", {.in = 128, .out = 10}};
  Var operator()(Var x) const override {
    const Var y = max_pool(relu(second(relu(first(x)))), {2, 2});
    return scores(relu(hidden(reshape(y, {y.rows(), -1}))));
  }
};

struct ResNet20 : Model {
  ResNet net{*this, "net", resnet20({.rows = 32, .columns = 32, .channels = 3, .classes = 10})};
  Var operator()(Var x) const override { return net(x); }
};

std::unique_ptr<Model> make_model(const Problem& problem) {
  if (problem.kind == "cnn") return std::make_unique<Cnn>();
  if (problem.kind == "resnet20") return std::make_unique<ResNet20>();
  return std::make_unique<Layers>(problem);
}

Type input_type(const Problem& problem) {
  if (problem.kind == "cnn") return {Dtype::f32, {problem.batch, 28, 28, 1}};
  if (problem.kind == "resnet20") return {Dtype::f32, {problem.batch, 32, 32, 3}};
  if (problem.kind == "embed") return {Dtype::i32, {problem.batch, problem.fields}};
  return {Dtype::f32, {problem.batch, problem.layers[0]}};
}

// Multiplications and additions of the products of one step, in GFlop.
double gflop(const Plan& plan) {
  double total = 0;
  for (const Step& step : plan.steps) {
    if (step.kind != Step::Kind::op) continue;
    const Node& node = plan.graph->node(step.node);
    if (node.op == &matmul_op) {
      const Shape& a = plan.graph->node(node.operands[0]).type.shape;
      const Index k = node.attributes.ints[0] != 0 ? a[a.rank() - 2] : a[a.rank() - 1];
      total += 2e-9 * static_cast<double>(node.type.shape.count() * k);
    } else if (node.op == &conv_op || node.op == &conv_input_op || node.op == &conv_weight_op) {
      const Type in[] = {plan.graph->node(node.operands[0]).type, plan.graph->node(node.operands[1]).type};
      const ConvGeometry g = conv_geometry(*node.op, in, node.attributes);
      total += 2e-9 * static_cast<double>(g.n * g.i * g.j * g.p * g.q * (g.c / g.groups) * g.o);
    }
  }
  return total;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: fathom_bench PROBLEM.toml SECONDS [THREADS] [--explain]\n");
    return 2;
  }
  const Problem problem = read_problem(argv[1]);
  const double seconds = std::atof(argv[2]);
  Pool::resize_shared(argc > 3 ? std::atoi(argv[3]) : 1);

  const auto owned = make_model(problem);
  const Model& model = *owned;
  const Index classes = problem.layers.empty() ? 10 : problem.layers.back();
  const Type x_type = input_type(problem);
  const Type y_type = classes > 1 ? Type{Dtype::i32, {problem.batch}} : Type{Dtype::f32, {problem.batch, 1}};
  std::vector<StateVar> states;
  Program program(
      [&](Trace& trace) {
        const Var y = trace.graph().input("y", y_type);
        const Var out = model(trace.graph().input("x", x_type));
        const Var loss = mean(classes > 1               ? softmax_cross_entropy(out, y)
                              : problem.kind == "embed" ? binary_cross_entropy(out, y)
                                                        : mse(out, y));
        const Vars weights = model.parameters().vars();
        const Updates updates = update(optimizer(problem.optimizer), weights, grad(loss, weights));
        Request request{{loss}, {}};
        for (std::size_t k = 0; k < weights.size(); ++k) request.updates.push_back({weights[k], updates.parameters[k]});
        for (const StateVar& state : updates.states) request.updates.push_back({state.value, state.next});
        for (const auto& [target, value] : trace.assigned()) request.updates.push_back({target, value});
        states = updates.states;
        return request;
      },
      Mode::training);
  if (argc > 4 && std::string(argv[4]) == "--explain") fmt::print(stderr, "{}", program.explain());

  Flat weights = model.parameters().initialise(1);
  for (std::size_t k = 0; k < model.parameters().size(); ++k) program.bind(model.parameters()[k].name, weights.view(k));
  std::deque<Tensor> buffers;
  for (const StateVar& state : states) program.bind(state.name, buffers.emplace_back(state.type).view());
  Tensor rate({}, {static_cast<float>(problem.learning_rate)}), step({}, {1.f});
  program.bind(rate_input, rate.view());
  program.bind(step_input, step.view());

  // Eight batches made beforehand, as the peer has them.
  Random random(1, "batches");
  std::deque<std::pair<Tensor, Tensor>> batches;
  for (int b = 0; b < 8; ++b) {
    auto& [x, y] = batches.emplace_back(Tensor(x_type), Tensor(y_type));
    for (Index i = 0; i < x.count(); ++i)
      x.set(i, problem.kind == "embed"
                   ? static_cast<double>(i % problem.fields * problem.levels +
                                         static_cast<Index>(random.below(static_cast<std::uint64_t>(problem.levels))))
                   : random.normal());
    for (Index i = 0; i < y.count(); ++i)
      y.set(i, static_cast<double>(random.below(static_cast<std::uint64_t>(std::max<Index>(2, classes)))));
  }
  std::vector<double> times;
  const auto one = [&](std::size_t i) {
    program.bind("x", batches[i % 8].first.view());
    program.bind("y", batches[i % 8].second.view());
    step.set(0, static_cast<double>(i + 1));
    program.run();
  };
  for (std::size_t i = 0; i < 5; ++i) one(i);
  for (Stopwatch total; total.seconds() < seconds || times.size() < 5;) {
    const Stopwatch watch;
    one(times.size());
    times.push_back(watch.seconds());
  }
  std::sort(times.begin(), times.end());
  fmt::print(
      "{{\"problem\": \"{}\", \"median_ms\": {:.6f}, \"steps\": {}, \"loss\": {:.6g}, \"gflop\": {:.6g}, "
      "\"peak_gflops\": {:.2f}, \"copy_gb_s\": {:.2f}, \"bytes\": {}, \"target\": {}}}\n",
      problem.name, times[times.size() / 2] * 1e3, times.size(), program.number(0), gflop(program.plan()),
      bench::fma_peak_gflops(), bench::copy_gb_per_second(), program.bytes(), problem.target);
}
