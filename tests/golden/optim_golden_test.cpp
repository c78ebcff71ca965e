// Each optimizer walks where PyTorch's walks.
#include <cmath>

#include "fathom/derive/derive.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/ops/matmul.hpp"
#include "fathom/graph/trace.hpp"
#include "fathom/optim/schedules.hpp"
#include "fathom/optim/update.hpp"
#include "tests/golden/recorded.hpp"

namespace fathom::golden {
namespace {

struct Walk {
  std::string name;
  Optimizer optimizer;
  UpdateOptions options = {};
  Schedule schedule = {};
};

std::vector<Walk> walks() {
  const Schedule cosine{.decay = CosineDecay{}, .warmup_steps = 10};
  return {
      {"sgd", Sgd{.rate = 0.1}},
      {"sgd_decay", Sgd{.rate = 0.1}, {.weight_decay = 0.05}},
      {"sgd_clip_value", Sgd{.rate = 0.1}, {.clip_value = 0.03}},
      {"momentum", Momentum{.rate = 0.05}},
      {"momentum_schedule", Momentum{.rate = 0.1}, {}, cosine},
      {"nesterov_decay", Momentum{.rate = 0.05, .nesterov = true}, {.weight_decay = 0.01}},
      {"adagrad", Adagrad{.rate = 0.1}},
      {"adagrad_decay", Adagrad{.rate = 0.1}, {.weight_decay = 0.05}},
      {"rmsprop", RmsProp{.rate = 0.01}},
      {"rmsprop_centered",
       RmsProp{.rate = 0.01, .alpha = 0.9, .momentum = 0.5, .centered = true},
       {.weight_decay = 0.01}},
      {"adam", Adam{.rate = 0.02}},
      {"adam_decay_clip", Adam{.rate = 0.02, .beta1 = 0.8, .beta2 = 0.99}, {.clip_norm = 0.2, .weight_decay = 0.05}},
      {"adam_schedule", Adam{.rate = 0.05}, {}, cosine},
      {"adamw", AdamW{.rate = 0.02}, {.weight_decay = 0.1}},
      {"adamw_clip", AdamW{.rate = 0.02}, {.clip_norm = 0.1, .weight_decay = 0.1}},
  };
}

// Walks 100 steps and compares with the records after steps 1, 10 and 100.
void compare(const Recorded& recorded, const Walk& walk, Dtype dtype, double tolerance) {
  Trace trace;
  Graph& graph = trace.graph();
  const auto input = [&](const char* name, const Shape& shape) { return graph.input(name, {dtype, shape}); };
  const Vars parameters{input("w", {4, 3}), input("b", {3})};
  const Var loss =
      dtype == Dtype::f64
          ? mean(square(tanh(matmul(input("x", {16, 4}), parameters[0]) + parameters[1]) - input("y", {16, 3})))
          : dot(parameters[0], input("u", {4, 3})) + dot(parameters[1], input("v", {3}));
  const Updates updates = update(walk.optimizer, parameters, grad(loss, parameters), walk.options);

  Vars outputs = updates.parameters;
  Feed feed;
  for (const char* name : {"x", "y", "w", "b"}) feed[name] = recorded.get(name, dtype);
  for (const StateVar& state : updates.states) {
    outputs.push_back(state.next);
    feed[state.name] = Tensor(state.type);
    for (Index i = 0; i < feed[state.name].count(); ++i) feed[state.name].set(i, state.initial);
  }
  outputs.push_back(updates.gradient_norm);

  Schedule schedule = walk.schedule;
  schedule.base = base_rate(walk.optimizer);
  const std::string where = walk.name + "/" + std::string(name_of(dtype)) + "/";
  const Tensor u = recorded.get("u", dtype), v = recorded.get("v", dtype);
  const auto row = [](const Tensor& of, Index number, Shape shape) {
    Tensor result(Type{of.dtype(), shape});
    for (Index i = 0; i < result.count(); ++i) result.set(i, of.at(number * result.count() + i));
    return result;
  };
  const Tensor norms = recorded.get(where + "norms", dtype);
  Index kept = 0;
  for (Index step = 1; step <= 100; ++step) {
    feed[rate_input] = Tensor(Type{dtype, {}});
    feed[rate_input].set(0, rate(schedule, step, 100));
    feed[step_input] = Tensor(Type{dtype, {}});
    feed[step_input].set(0, static_cast<double>(step));
    feed["u"] = row(u, step % 16, {4, 3});
    feed["v"] = row(v, step % 16, {3});
    std::vector<Tensor> values = evaluate(outputs, feed);
    feed["w"] = values[0];
    feed["b"] = values[1];
    for (std::size_t i = 0; i < updates.states.size(); ++i) feed[updates.states[i].name] = values[2 + i];
    if (step != 1 && step != 10 && step != 100) continue;
    const std::string at = where + std::to_string(step);
    expect_near(feed["w"], recorded.get(at + "/w", dtype), tolerance, at + "/w");
    expect_near(feed["b"], recorded.get(at + "/b", dtype), tolerance, at + "/b");
    EXPECT_NEAR(values.back().at(0), norms.at(kept++), tolerance) << at << " norm";
  }
}

TEST(OptimGolden, F64StepsArePyTorchs) {
  const Recorded recorded("optim.txt");
  for (const Walk& walk : walks()) compare(recorded, walk, Dtype::f64, 1e-10);
}

TEST(OptimGolden, F32StepsArePyTorchs) {
  const Recorded recorded("optim.txt");
  for (const Walk& walk : walks()) compare(recorded, walk, Dtype::f32, 1e-6);
}

}  // namespace
}  // namespace fathom::golden
