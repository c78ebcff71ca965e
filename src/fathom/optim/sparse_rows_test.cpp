// Sparse rows against dense gradients and against loops over the touched rows.
#include "fathom/optim/sparse_rows.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "fathom/base/rng.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/ops/index.hpp"
#include "fathom/optim/update.hpp"

namespace fathom {
namespace {

constexpr Index rows = 60, width = 3;

Tensor random_tensor(const Shape& shape, Random& random) {
  Tensor tensor(Type{Dtype::f64, shape});
  for (Index i = 0; i < tensor.count(); ++i) tensor.set(i, random.normal());
  return tensor;
}

// Indices with repeats, and with padding on both sides of the table.
Tensor random_indices(const Shape& shape, Random& random) {
  Tensor tensor(Type{Dtype::i32, shape});
  for (Index i = 0; i < tensor.count(); ++i) {
    const std::uint64_t kind = random.below(8);
    tensor.set(i, kind == 0 ? -1 : kind == 1 ? rows : kind == 2 ? rows + 7 : static_cast<double>(random.below(10) * 6));
  }
  return tensor;
}

// A gradient of a table made of scatter_adds, with the values that it is made of.
struct Made {
  Var gradient;
  Feed feed;
};

Var scattered(Graph& graph, Made& made, const std::string& name, const Shape& indices, Var base, Random& random) {
  Shape updates = indices;
  updates.push_back(width);
  made.feed[name + ".indices"] = random_indices(indices, random);
  made.feed[name + ".updates"] = random_tensor(updates, random);
  return scatter_add(base, graph.input(name + ".indices", {Dtype::i32, indices}),
                     graph.input(name + ".updates", {Dtype::f64, updates}));
}

using Structure = std::function<Var(Graph&, Made&, Random&)>;

std::vector<std::pair<std::string, Structure>> structures() {
  const auto zeros = [](Graph& graph) { return full(graph, {Dtype::f64, {rows, width}}, 0); };
  return {
      {"one", [=](Graph& g, Made& m, Random& r) { return scattered(g, m, "a", {12}, zeros(g), r); }},
      {"indices of two axes",
       [=](Graph& g, Made& m, Random& r) {
         return scattered(g, m, "a", {4, 3}, zeros(g), r);
       }},
      {"chain",
       [=](Graph& g, Made& m, Random& r) {
         return scattered(g, m, "b", {3, 2}, scattered(g, m, "a", {8}, zeros(g), r), r);
       }},
      {"sum",
       [=](Graph& g, Made& m, Random& r) {
         return scattered(g, m, "a", {8}, zeros(g), r) + scattered(g, m, "b", {5}, zeros(g), r) + zeros(g);
       }},
      {"the same rows twice",
       [=](Graph& g, Made& m, Random& r) {
         const Var a = scattered(g, m, "a", {9}, zeros(g), r);
         m.feed["more"] = random_tensor({9, width}, r);
         return a - scatter_add(a, g.input("a.indices", {Dtype::i32, {9}}), g.input("more", {Dtype::f64, {9, width}})) *
                        3.0;
       }},
      {"multiples",
       [=](Graph& g, Made& m, Random& r) {
         m.feed["s"] = random_tensor({}, r);
         const Var s = g.input("s", {Dtype::f64, {}});
         return neg(s * (scattered(g, m, "a", {7}, zeros(g), r) / s) * 0.25) -
                scattered(g, m, "b", {6}, zeros(g), r) * broadcast_to(s, {rows, width});
       }},
      {"nothing but padding",
       [=](Graph& g, Made& m, Random& r) {
         const Var a = scattered(g, m, "a", {4}, zeros(g), r);
         m.feed["a.indices"] = Tensor({4}, {-1, static_cast<std::int32_t>(rows), -5, 1000});
         return a;
       }},
  };
}

TEST(CompactRows, AreTheDenseGradientsRowsBitForBit) {
  for (const auto& [name, structure] : structures()) {
    Trace trace;
    Random random(1, name);
    Made made;
    made.gradient = structure(trace.graph(), made, random);
    const std::optional<CompactRows> compact = compact_rows(made.gradient);
    ASSERT_TRUE(compact.has_value()) << name;
    const std::vector<Tensor> values =
        evaluate(std::vector<Var>{made.gradient, compact->rows, compact->values}, made.feed);
    std::set<std::int32_t> seen;
    for (Index slot = 0; slot < values[1].count(); ++slot) {
      const std::int32_t row = values[1].as<std::int32_t>()[slot];
      EXPECT_TRUE(row == -1 || seen.insert(row).second) << name;
      for (Index j = 0; j < width; ++j)
        EXPECT_EQ(values[2].at(slot * width + j), row == -1 ? 0 : values[0].at(row * width + j)) << name;
    }
    for (Index row = 0; row < rows; ++row)
      for (Index j = 0; j < width; ++j)
        EXPECT_TRUE(seen.contains(static_cast<std::int32_t>(row)) || values[0].at(row * width + j) == 0) << name;
  }
}

TEST(CompactRows, AreNotMadeWhereTheyAreNotCertainOrDoNotPay) {
  Trace trace;
  Graph& graph = trace.graph();
  Random random(2);
  Made made;
  const Type type{Dtype::f64, {rows, width}};
  const Var zeros = full(graph, type, 0), other = graph.input("other", type);
  const Var sparse = scattered(graph, made, "a", {8}, zeros, random);
  EXPECT_TRUE(compact_rows(sparse));
  EXPECT_FALSE(compact_rows(other));
  EXPECT_FALSE(compact_rows(zeros));
  EXPECT_FALSE(compact_rows(sparse + other));
  EXPECT_FALSE(compact_rows(sparse + 1.0));
  EXPECT_FALSE(compact_rows(sparse * other));
  EXPECT_FALSE(compact_rows(exp(sparse)));
  EXPECT_FALSE(compact_rows(scattered(graph, made, "b", {8}, other, random)));
  EXPECT_FALSE(compact_rows(scattered(graph, made, "c", {30}, zeros, random)));
  EXPECT_TRUE(compact_rows(scattered(graph, made, "d", {29}, zeros, random)));
  EXPECT_FALSE(compact_rows(sum(sparse)));
}

// --- the update ---------------------------------------------------------------------------------------

// One step's new parameter and states, with sparse rows or without.
std::vector<Tensor> step(const Optimizer& optimizer, UpdateOptions options, SparseRows sparse,
                         const Structure& structure, std::uint64_t seed, Index number) {
  Trace trace;
  Random random(seed);
  Made made;
  made.gradient = structure(trace.graph(), made, random);
  made.feed["table"] = random_tensor({rows, width}, random);
  made.feed[rate_input] = Tensor({}, {0.1});
  made.feed[step_input] = Tensor({}, {static_cast<double>(number)});
  options.sparse_rows = sparse;
  const Updates updates =
      update(optimizer, {trace.graph().input("table", {Dtype::f64, {rows, width}})}, {made.gradient}, options);
  EXPECT_EQ(updates.sparse[0], sparse == SparseRows::automatic);
  Vars wanted{updates.parameters[0], updates.gradient_norm};
  for (const StateVar& state : updates.states) {
    wanted.push_back(state.next);
    made.feed[state.name] = random_tensor({rows, width}, random);
    for (double& value : made.feed[state.name].span<double>()) value = std::abs(value);
  }
  return evaluate(wanted, made.feed);
}

TEST(SparseUpdate, IsExactForSgdAndAdagrad) {
  for (const auto& [name, structure] : structures())
    for (const Optimizer& optimizer : {Optimizer{Sgd{}}, Optimizer{Adagrad{}}})
      for (const UpdateOptions& options :
           {UpdateOptions{}, UpdateOptions{.clip_norm = 0.5}, UpdateOptions{.clip_value = 0.3}}) {
        const auto dense = step(optimizer, options, SparseRows::never, structure, 5, 1);
        const auto sparse = step(optimizer, options, SparseRows::automatic, structure, 5, 1);
        for (std::size_t k = 0; k < dense.size(); ++k)
          for (Index i = 0; i < dense[k].count(); ++i) {
            if (options.clip_norm == 0 && k != 1) {
              EXPECT_EQ(sparse[k].at(i), dense[k].at(i)) << name << " " << k;
            } else {  // the norm adds in another order
              EXPECT_NEAR(sparse[k].at(i), dense[k].at(i), 1e-13 * std::max(1.0, std::abs(dense[k].at(i))))
                  << name << " " << k;
            }
          }
      }
}

// A loop over steps and touched rows, as the header states it.
struct Lazy {
  std::map<std::string, std::vector<double>> states;
  std::vector<double> table;

  void step(const Optimizer& optimizer, double decay, double rate, double number, const Tensor& indices,
            const Tensor& updates) {
    std::map<std::int32_t, std::vector<double>> touched;
    for (Index i = 0; i < indices.count(); ++i) {
      const std::int32_t row = indices.as<std::int32_t>()[i];
      if (row < 0 || row >= rows) continue;
      auto& sum = touched[row];
      sum.resize(width);
      for (Index j = 0; j < width; ++j) sum[static_cast<std::size_t>(j)] += updates.at(i * width + j);
    }
    for (const auto& [row, gradient] : touched)
      for (std::size_t j = 0; j < static_cast<std::size_t>(width); ++j)
        one(optimizer, decay, rate, number, static_cast<std::size_t>(row * width) + j, gradient[j]);
  }

  void one(const Optimizer& optimizer, double decay, double rate, double number, std::size_t at, double g) {
    double& p = table[at];
    const auto state = [&](const std::string& kind) -> double& {
      auto& all = states[kind];
      all.resize(table.size());
      return all[at];
    };
    if (std::holds_alternative<AdamW>(optimizer))
      p -= rate * decay * p;
    else
      g += decay * p;
    if (const auto* o = std::get_if<Momentum>(&optimizer)) {
      double& b = state("momentum.buffer");
      b = o->momentum * b + g;
      p -= rate * (o->nesterov ? g + o->momentum * b : b);
    } else if (const auto* r = std::get_if<RmsProp>(&optimizer)) {
      double& s = state("rmsprop.square");
      double& b = state("rmsprop.buffer");
      s = r->alpha * s + (1 - r->alpha) * g * g;
      b = r->momentum * b + g / (std::sqrt(s) + r->epsilon);
      p -= rate * b;
    } else {
      const Adam a = std::holds_alternative<Adam>(optimizer) ? std::get<Adam>(optimizer) : Adam{};
      double& m = state("adam.m");
      double& v = state("adam.v");
      m = a.beta1 * m + (1 - a.beta1) * g;
      v = a.beta2 * v + (1 - a.beta2) * g * g;
      p -= rate * (m / (1 - std::pow(a.beta1, number))) / (std::sqrt(v / (1 - std::pow(a.beta2, number))) + a.epsilon);
    }
  }
};

TEST(SparseUpdate, IsLazyForTheOthersAsStated) {
  for (const Optimizer& optimizer : {Optimizer{Momentum{}}, Optimizer{Momentum{.nesterov = true}},
                                     Optimizer{RmsProp{.momentum = 0.3}}, Optimizer{Adam{}}, Optimizer{AdamW{}}})
    for (double decay : {0.0, 0.1}) {
      Random random(8);
      Trace trace;
      Made made;
      const Type type{Dtype::f64, {rows, width}};
      const Var gradient = scattered(trace.graph(), made, "a", {20}, full(trace.graph(), type, 0), random);
      const Updates updates =
          update(optimizer, {trace.graph().input("table", type)}, {gradient}, {.weight_decay = decay});
      ASSERT_TRUE(updates.sparse[0]);
      Vars wanted{updates.parameters[0]};
      made.feed["table"] = random_tensor({rows, width}, random);
      Lazy lazy{.states = {},
                .table = {made.feed["table"].span<double>().begin(), made.feed["table"].span<double>().end()}};
      for (const StateVar& state : updates.states) {
        wanted.push_back(state.next);
        made.feed[state.name] = Tensor(state.type);
      }
      for (int number = 1; number <= 12; ++number) {
        made.feed["a.indices"] = random_indices({20}, random);
        made.feed["a.updates"] = random_tensor({20, width}, random);
        made.feed[rate_input] = Tensor({}, {0.05 / number});
        made.feed[step_input] = Tensor({}, {static_cast<double>(number)});
        lazy.step(optimizer, decay, 0.05 / number, number, made.feed["a.indices"], made.feed["a.updates"]);
        const std::vector<Tensor> values = evaluate(wanted, made.feed);
        made.feed["table"] = values[0];
        for (std::size_t k = 0; k < updates.states.size(); ++k) made.feed[updates.states[k].name] = values[k + 1];
      }
      for (std::size_t i = 0; i < lazy.table.size(); ++i) {
        EXPECT_NEAR(made.feed["table"].span<double>()[i], lazy.table[i], 1e-11) << name_of(optimizer) << " " << i;
        for (const StateVar& state : updates.states)
          EXPECT_NEAR(made.feed[state.name].span<double>()[i], lazy.states.at(state.kind)[i], 1e-11)
              << state.name << " " << i;
      }
    }
}

}  // namespace
}  // namespace fathom
