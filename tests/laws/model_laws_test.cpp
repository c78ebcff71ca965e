// Laws of composites, which are plain functions over Var: that their derivatives are right follows from the ops; here
// is what else a model relies on.
#include <cmath>
#include <functional>

#include "fathom/derive/derive.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/flat.hpp"
#include "fathom/nn/images.hpp"
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

// --- norms ---------------------------------------------------------------------------------------------

struct Norms : Module {
  BatchNorm batch{*this, "batch", {.width = 6}};
  GroupNorm groups{*this, "groups", {.width = 6, .groups = 2}};
  Norms() : Module(Dtype::f64) {}
};

struct NormCase {
  std::string name;
  Mode mode;
  Shape shape;
  std::function<Var(const Norms&, Var)> f;
};
std::vector<NormCase> norm_cases() {
  std::vector<NormCase> cases;
  for (const Shape& shape : {Shape{5, 6}, Shape{3, 7, 6}, Shape{2, 3, 2, 6}}) {
    for (const Mode mode : {Mode::training, Mode::inference})
      cases.push_back({"batch norm", mode, shape, [](const Norms& n, Var x) { return n.batch(x); }});
    cases.push_back({"group norm", Mode::training, shape, [](const Norms& n, Var x) { return n.groups(x); }});
  }
  return cases;
}

// A norm applied to inputs, its parameters' values and, for each of `wrt`, two directions.
struct NormTrace {
  NormTrace(const NormCase& c, Random& random) : trace(c.mode) {
    const Type type{Dtype::f64, c.shape};
    x = trace.graph().input("x", type);
    feed.emplace("x", sample(type, {.low = -1, .high = 3}, random));
    y = c.f(norms, x);
    wrt.push_back(x);
    for (const Parameter& parameter : norms.parameters()) {
      feed.emplace(parameter.name, sample(parameter.type, {.low = 0.5, .high = 2}, random));
      if (trace.graph().has_input(parameter.name) && parameter.learned)
        wrt.push_back(trace.graph().input(parameter.name, parameter.type));
    }
  }
  Vars directions(const std::string& prefix, Random& random) {
    Vars result;
    for (const Var& var : wrt) {
      const std::string name = fmt::format("{}{}", prefix, result.size());
      result.push_back(trace.graph().input(name, var.type()));
      feed.emplace(name, noise(var.type(), random));
    }
    return result;
  }
  std::vector<Tensor> values(const Vars& vars) const { return evaluate(vars, feed); }

  Norms norms;
  Trace trace;
  Var x, y;
  Vars wrt;
  Feed feed;
};

double pairing(const Vars& a, const Vars& b, const NormTrace& t) {
  double total = 0;
  const auto left = t.values(a), right = t.values(b);
  for (std::size_t k = 0; k < a.size(); ++k) total += inner(left[k], right[k]);
  return total;
}

TEST(Norms, HaveSymmetricHessiansInBothModes) {
  for (const NormCase& c : norm_cases()) {
    SCOPED_TRACE(c.name + " " + to_string(c.shape));
    Random random(8, c.name);
    NormTrace t(c, random);
    EXPECT_EQ(t.wrt.size(), 3u);
    const Vars u = t.directions("u", random), v = t.directions("v", random);
    const Var loss = sum(mul(sin(t.y), t.y));
    const double uhv = pairing(u, hvp(loss, t.wrt, v), t), vhu = pairing(v, hvp(loss, t.wrt, u), t);
    EXPECT_GT(std::abs(uhv), 1e-3);
    EXPECT_NEAR(uhv, vhu, 1e-10 * std::max(1.0, std::abs(uhv)));
  }
}

TEST(Norms, HaveHessiansThatAreDifferencesOfGradientsInBothModes) {
  for (const NormCase& c : norm_cases()) {
    SCOPED_TRACE(c.name + " " + to_string(c.shape));
    Random random(9, c.name);
    NormTrace t(c, random);
    const Vars v = t.directions("v", random);
    const Var loss = sum(mul(sin(t.y), t.y));
    const Vars gradient = grad(loss, t.wrt);
    const auto product = t.values(hvp(loss, t.wrt, v)), direction = t.values(v);
    const auto moved = [&](double step) {
      Feed feed = t.feed;
      for (std::size_t k = 0; k < t.wrt.size(); ++k) {
        Tensor& at = feed.at(t.wrt[k].node().name);
        for (Index i = 0; i < at.count(); ++i) at.set(i, at.at(i) + step * direction[k].at(i));
      }
      return evaluate(gradient, feed);
    };
    const auto plus = moved(1e-5), minus = moved(-1e-5);
    for (std::size_t k = 0; k < product.size(); ++k)
      for (Index i = 0; i < product[k].count(); ++i)
        EXPECT_NEAR(product[k].at(i), (plus[k].at(i) - minus[k].at(i)) / 2e-5, 1e-6) << k;
  }
}

// By their own statistics, norms do not see a shift of what they are given; and of a scale above 1 no more than
// epsilon, which is 1e-5 of a variance of about 1.
TEST(Norms, DoNotSeeAShiftOrAScale) {
  for (const NormCase& c : norm_cases()) {
    if (c.mode == Mode::inference) continue;
    SCOPED_TRACE(c.name + " " + to_string(c.shape));
    Random random(10, c.name);
    NormTrace t(c, random);
    const auto of = [&](const std::function<Var(Var)>& change) {
      Trace other(c.mode);
      return evaluate(std::vector<Var>{c.f(t.norms, change(other.graph().input("x", t.x.type())))}, t.feed).front();
    };
    const Tensor plain = t.values({t.y})[0];
    EXPECT_TRUE(near(of([](Var x) { return x + 7.0; }), plain, 1e-11));
    EXPECT_TRUE(near(of([](Var x) { return x * 3.0; }), plain, 1e-3));
    EXPECT_FALSE(near(of([](Var x) { return x * -3.0; }), plain, 1e-3));
  }
}

// Samples do not mix in a group norm: the second sample does not reach the first one's result.
TEST(Norms, OfGroupsKeepSamplesApart) {
  const Norms norms;
  Trace trace;
  Random random(11);
  const Type type{Dtype::f64, {2, 3, 6}};
  const Var x = trace.graph().input("x", type);
  const Var first = slice(norms.groups(x), 0, {.start = 0, .length = 1});
  Feed feed{{"x", noise(type, random)}};
  for (const Parameter& parameter : norms.parameters()) feed.emplace(parameter.name, noise(parameter.type, random));
  const Tensor slope = evaluate(grad(sum(sin(first)), {x}), feed).front();
  double own = 0;
  for (Index i = 0; i < 36; ++i)
    if (i < 18)
      own += std::abs(slope.at(i));
    else
      EXPECT_EQ(slope.at(i), 0);
  EXPECT_GT(own, 0.01);
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
