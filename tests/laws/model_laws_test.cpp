// Laws of composites, which are plain functions over Var: that their derivatives are right follows from the ops; here
// is what else a model relies on.
#include <cmath>
#include <functional>

#include "fathom/derive/derive.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/optim/update.hpp"
#include "tests/laws/sample.hpp"

namespace fathom::laws {
namespace {

std::vector<std::pair<std::string, std::function<Var(Var)>>> losses_of_logits() {
  return {{"mse", [](Var x) { return mse(x, zeros_like(x)); }},
          {"mae", [](Var x) { return mae(x, zeros_like(x)); }},
          {"huber", [](Var x) { return huber(x, zeros_like(x)); }},
          {"binary_cross_entropy", [](Var x) { return binary_cross_entropy(x, full_like(x, 1)); }},
          {"binary_cross_entropy of 0", [](Var x) { return binary_cross_entropy(x, zeros_like(x)); }},
          {"softmax_cross_entropy", [](Var x) {
             return softmax_cross_entropy(x, iota(x.graph(), {Dtype::i32, {x.rows()}}, 0), {.label_smoothing = 0.1});
           }}};
}

std::vector<std::pair<std::string, std::function<Var(Var)>>> composites() {
  auto all = losses_of_logits();
  for (const std::string& name : activation_names())
    all.emplace_back(name, [name](Var x) { return activation(name)(x); });
  return all;
}

TEST(Composites, HaveFiniteValuesAndGradientsAtHugeLogits) {
  for (const auto& [name, f] : composites()) {
    Trace trace;
    const Var x = trace.graph().input("x", {Dtype::f32, {4, 4}});
    const Var y = f(x);
    const Vars first = grad(sum(y), {x});
    const Vars second = hvp(sum(y), {x}, {full_like(x, 1)});
    const std::vector<float> logits{1e4f, -1e4f, 0,    1,    -1e4f, -1e4f, -1e4f, -1e4f,
                                    1e4f, 1e4f,  1e4f, 1e4f, 88,    -88,   700,   -700};
    for (const Tensor& value : evaluate(std::vector<Var>{y, first[0], second[0]}, {{"x", Tensor({4, 4}, logits)}}))
      for (float number : value.span<float>()) EXPECT_TRUE(std::isfinite(number)) << name;
  }
}

// The kinks of the formulas are not kinks of the functions: derivatives at 0 are those beside it.
TEST(Composites, AreSmoothWhereTheirFunctionsAre) {
  const std::pair<std::string, std::function<Var(Var)>> smooth[] = {
      {"softplus", [](Var x) { return softplus(x); }},
      {"gelu", [](Var x) { return gelu(x); }},
      {"silu", [](Var x) { return silu(x); }},
      {"binary_cross_entropy", [](Var x) { return binary_cross_entropy(x, full_like(x, 0.3)); }}};
  for (const auto& [name, f] : smooth) {
    Trace trace;
    const Var x = trace.graph().input("x", {Dtype::f64, {3}});
    const Var total = sum(f(x)), one = full_like(x, 1);
    const Var first = grad(total, {x})[0];
    const Var second = hvp(total, {x}, {one})[0];
    const Var third = grad(sum(second), {x})[0];
    for (const Tensor& value :
         evaluate(std::vector<Var>{first, second, third}, {{"x", Tensor({3}, {-1e-7, 0.0, 1e-7})}})) {
      EXPECT_NEAR(value.at(1), value.at(0), 1e-6) << name;
      EXPECT_NEAR(value.at(1), value.at(2), 1e-6) << name;
    }
  }
}

TEST(Composites, AgreeWithCentralDifferences) {
  for (const auto& [name, f] : composites()) {
    Trace trace;
    Random random(3, name);
    const Type type{Dtype::f64, {4, 5}};
    const Var x = trace.graph().input("x", type);
    const Var y = f(x);
    const Tensor weights = noise(y.type(), random), direction = noise(type, random);
    const Var s = dot(y, trace.graph().input("weights", y.type()));
    Feed feed{{"x", sample(type, {.low = -3, .high = 3, .away_from_zero = 0.1}, random)}, {"weights", weights}};
    for (Index i = 0; i < 20; ++i)
      if (name == "huber" && std::abs(std::abs(feed["x"].at(i)) - 1) < 0.1) feed["x"].set(i, 0.5);
    const Tensor slope = evaluate(grad(s, {x}), feed).front();
    const auto moved = [&](double by) {
      Feed there = feed;
      for (Index i = 0; i < 20; ++i) there["x"].set(i, feed["x"].at(i) + by * direction.at(i));
      return evaluate(std::vector<Var>{s}, there).front().at(0);
    };
    EXPECT_NEAR(inner(slope, direction), (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-8) << name;
  }
}

// --- sparse rows, from a model to its update -----------------------------------------------------------

struct Shop : Module {
  Embedding items{*this, "items", {.rows = 100, .width = 3}};
  EmbeddingBag words{*this, "words", {.rows = 90, .width = 3}};
  Embedding hours{*this, "hours", {.rows = 5, .width = 3}};
  Linear score{*this, "score", {.in = 9, .out = 1}};
  // Items are read twice: as what is shown and as what was seen.
  Var operator()(Var shown, Var seen, Var text, Var hour) const {
    const Var row = concat({items(shown) * items(seen), words(text), hours(hour)}, 1);
    return reshape(score(row), {row.rows()});
  }
};

struct Stepped {
  std::vector<bool> sparse;
  std::vector<Tensor> values;
};

Stepped step(const Optimizer& optimizer, UpdateOptions options, SparseRows sparse) {
  const Shop shop{{Dtype::f64}};
  Trace trace;
  Random random(6);
  Feed feed;
  const auto indices = [&](const char* name, const Shape& shape, Index rows) {
    feed[name] = sample({Dtype::i32, shape}, {.low = -1, .high = static_cast<double>(rows), .index = true}, random);
    return trace.graph().input(name, {Dtype::i32, shape});
  };
  const Var shown = indices("shown", {8}, 100), seen = indices("seen", {8}, 100), text = indices("text", {8, 5}, 90),
            hour = indices("hour", {8}, 4);
  feed["clicked"] = sample({Dtype::f64, {8}}, {.low = 0, .high = 1}, random);
  feed["weights"] = sample({Dtype::f64, {8}}, {.low = 0.1, .high = 1}, random);
  const Var loss = weighted_mean(
      binary_cross_entropy(shop(shown, seen, text, hour), trace.graph().input("clicked", {Dtype::f64, {8}})),
      trace.graph().input("weights", {Dtype::f64, {8}}));
  const Vars parameters = shop.parameters().vars();
  options.sparse_rows = sparse;
  const Updates updates = update(optimizer, parameters, grad(loss, parameters), options);
  const Flat numbers = shop.parameters().initialise(1);
  for (const Parameter& parameter : shop.parameters()) feed[parameter.name] = numbers.copy(parameter.name);
  feed[rate_input] = Tensor({}, {0.5});
  feed[step_input] = Tensor({}, {1.0});
  Vars wanted = updates.parameters;
  wanted.push_back(updates.gradient_norm);
  for (const StateVar& state : updates.states) {
    feed[state.name] = Tensor(state.type);
    wanted.push_back(state.next);
  }
  return {updates.sparse, evaluate(wanted, feed)};
}

// From zero state, the lazy forms agree with the dense ones too.
TEST(SparseRows, AreFoundInAModelsGradient) {
  for (const Optimizer& optimizer : {Optimizer{Sgd{}}, Optimizer{Adagrad{}}, Optimizer{Momentum{}},
                                     Optimizer{RmsProp{}}, Optimizer{Adam{}}, Optimizer{AdamW{}}})
    for (const UpdateOptions& options : {UpdateOptions{}, UpdateOptions{.clip_norm = 0.01, .clip_value = 0.005}}) {
      const Stepped sparse = step(optimizer, options, SparseRows::automatic);
      EXPECT_EQ(sparse.sparse, (std::vector<bool>{true, true, false, false, false})) << name_of(optimizer);
      const Stepped dense = step(optimizer, options, SparseRows::never);
      EXPECT_EQ(dense.sparse, std::vector<bool>(5, false));
      for (std::size_t i = 0; i < dense.values.size(); ++i)
        EXPECT_TRUE(near(sparse.values[i], dense.values[i], 1e-12)) << name_of(optimizer) << " " << i;
    }
}

}  // namespace
}  // namespace fathom::laws
