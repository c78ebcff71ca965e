#include "fathom/optim/update.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/ops/matmul.hpp"
#include "fathom/nn/params.hpp"

namespace fathom {
namespace {

const std::vector<Optimizer>& all_optimizers() {
  static const std::vector<Optimizer> all{Sgd{},  Momentum{}, Adagrad{}, RmsProp{.momentum = 0.5, .centered = true},
                                          Adam{}, AdamW{}};
  return all;
}

struct Fixture {
  Trace trace;
  Vars parameters{trace.graph().input("w", {Dtype::f64, {2, 2}}), trace.graph().input("b", {Dtype::f64, {2}})};
  Vars gradients{trace.graph().input("dw", {Dtype::f64, {2, 2}}), trace.graph().input("db", {Dtype::f64, {2}})};
  Feed feed{{"w", Tensor({2, 2}, {1.0, -2.0, 3.0, -4.0})},
            {"b", Tensor({2}, {0.5, -0.5})},
            {"dw", Tensor({2, 2}, {3.0, 0.0, -4.0, 0.0})},
            {"db", Tensor({2}, {0.0, 12.0})},
            {rate_input, Tensor({}, {0.1})},
            {step_input, Tensor({}, {1.0})}};

  std::vector<Tensor> step(const UpdateOptions& options, const Optimizer& optimizer = Sgd{}) {
    const Updates updates = update(optimizer, parameters, gradients, options);
    for (const StateVar& state : updates.states) feed[state.name] = Tensor(state.type);
    Vars wanted = updates.parameters;
    wanted.push_back(updates.gradient_norm);
    return evaluate(wanted, feed);
  }
};

TEST(Update, GivesTheNormBeforeClipping) {
  for (const UpdateOptions& options :
       {UpdateOptions{}, UpdateOptions{.clip_norm = 1}, UpdateOptions{.clip_value = 0.1}}) {
    Fixture f;
    EXPECT_NEAR(f.step(options)[2].at(0), 13, 1e-12);
  }
}

// Of the update and of AdamW's decay, for the parameters that it says and no others.
TEST(Update, HasALearningRateForEachParameter) {
  Fixture plain, f;
  UpdateOptions options{.weight_decay = 0.5};
  const auto usual = plain.step(options, AdamW{});
  options.rate_factor = [](Var parameter) { return parameter.node().name == "w" ? 0.25 : 1.0; };
  const auto slow = f.step(options, AdamW{});
  for (Index i = 0; i < 4; ++i) {
    const double before = f.feed.at("w").at(i);
    EXPECT_NEAR(slow[0].at(i) - before, 0.25 * (usual[0].at(i) - before), 1e-12);
    EXPECT_NE(usual[0].at(i), before);
  }
  for (Index i = 0; i < 2; ++i) EXPECT_EQ(slow[1].at(i), usual[1].at(i));
  options.rate_factor = [](Var) { return 0.0; };
  EXPECT_THROW(Fixture().step(options), Error);
}

TEST(Update, ClipsByNormThenByValue) {
  Fixture f;
  const auto clipped = f.step({.clip_norm = 1.3});  // a tenth of the gradient
  EXPECT_NEAR(clipped[0].at(0), 1 - 0.1 * 0.3, 1e-7);
  EXPECT_NEAR(clipped[1].at(1), -0.5 - 0.1 * 1.2, 1e-7);
  const auto both = Fixture().step({.clip_norm = 1.3, .clip_value = 0.35});
  EXPECT_NEAR(both[0].at(0), 1 - 0.1 * 0.3, 1e-7);
  EXPECT_NEAR(both[0].at(2), 3 + 0.1 * 0.35, 1e-7);
  EXPECT_NEAR(both[1].at(1), -0.5 - 0.1 * 0.35, 1e-7);
  const auto loose = Fixture().step({.clip_norm = 100, .clip_value = 100});
  EXPECT_EQ(loose[0].at(2), 3 + 0.1 * 4);
}

TEST(Update, DecaysTheChosenParametersAlone) {
  const auto values = Fixture().step({.weight_decay = 0.5, .decays = is_matrix});
  EXPECT_NEAR(values[0].at(1), -2 + 0.1 * 0.5 * 2, 1e-15);
  EXPECT_EQ(values[1].at(0), 0.5);
  EXPECT_NEAR(Fixture().step({.weight_decay = 0.5})[1].at(0), 0.5 - 0.1 * 0.5 * 0.5, 1e-15);
  EXPECT_NEAR(Fixture().step({.l1 = 0.5, .decays = is_matrix})[0].at(1), -2 + 0.1 * 0.5, 1e-15);
}

// Adam's first step is the rate, whatever the gradient's size; decay apart from it shrinks by the rate times the decay.
TEST(Update, TakesAdamsFirstStepOfSizeRate) {
  const auto adam = Fixture().step({}, Adam{});
  EXPECT_NEAR(adam[0].at(0), 1 - 0.1, 1e-8);
  EXPECT_NEAR(adam[1].at(1), -0.5 - 0.1, 1e-8);
  EXPECT_EQ(adam[0].at(1), -2);
  const auto adamw = Fixture().step({.weight_decay = 0.2}, AdamW{});
  EXPECT_NEAR(adamw[0].at(0), 1 - 0.1 * 0.2 - 0.1, 1e-8);
  EXPECT_NEAR(adamw[0].at(1), -2 * (1 - 0.1 * 0.2), 1e-15);
}

TEST(Update, CorrectsTheBiasOfEarlyAndLateStepsInF32) {
  for (double step : {1.0, 2.0, 1000.0, 1e6, 1e7}) {
    Trace trace;
    const Var p = trace.graph().input("p", {Dtype::f32, {1}}), g = trace.graph().input("g", {Dtype::f32, {1}});
    const Updates updates = update(Adam{}, {p}, {g});
    Feed feed{{"p", Tensor({1}, {0.0f})},        {"g", Tensor({1}, {1.0f})},
              {rate_input, Tensor({}, {1.0f})},  {step_input, Tensor({}, {static_cast<float>(step)})},
              {"adam.m/p", Tensor({1}, {0.0f})}, {"adam.v/p", Tensor({1}, {0.0f})}};
    const double expected =
        -(0.1 / (1 - std::pow(0.9, step))) / (std::sqrt(0.001 / (1 - std::pow(0.999, step))) + 1e-8);
    EXPECT_NEAR(evaluate(updates.parameters, feed).front().at(0), expected, 1e-6 * std::abs(expected)) << step;
  }
}

TEST(Update, NamesItsStatesByKindAndParameter) {
  for (const Optimizer& optimizer : all_optimizers()) {
    Fixture f;
    const Updates updates = update(optimizer, f.parameters, f.gradients);
    const std::vector<std::string> kinds = state_kinds(optimizer);
    ASSERT_EQ(updates.states.size(), 2 * kinds.size());
    for (std::size_t i = 0; i < updates.states.size(); ++i) {
      const StateVar& state = updates.states[i];
      EXPECT_EQ(state.kind, kinds[i / 2]);
      EXPECT_EQ(state.parameter, i % 2);
      EXPECT_EQ(state.name, state.kind + (i % 2 == 0 ? "/w" : "/b"));
      EXPECT_EQ(state.next.type(), f.parameters[i % 2].type());
      EXPECT_EQ(state.value, f.trace.graph().input(state.name, state.type));
    }
  }
}

TEST(Update, KeepsAParameterWithoutGradientInPlace) {
  for (const Optimizer& optimizer : all_optimizers()) {
    Fixture f;
    f.gradients = {zeros_like(f.parameters[0]), zeros_like(f.parameters[1])};
    EXPECT_EQ(f.step({.clip_norm = 1}, optimizer)[0].at(1), -2) << name_of(optimizer);
  }
}

TEST(Update, ShowsANanInTheNorm) {
  Fixture f;
  f.feed["db"] = Tensor({2}, {0.0, std::nan("")});
  EXPECT_TRUE(std::isnan(f.step({.clip_norm = 1})[2].at(0)));
}

TEST(Update, RefusesSettingsOutOfRange) {
  Fixture f;
  const auto refused = [&](const Optimizer& optimizer, const UpdateOptions& options) {
    try {
      update(optimizer, f.parameters, f.gradients, options);
    } catch (const Error& error) {
      return error.code() == Code::config;
    }
    return false;
  };
  const double nan = std::nan("");
  EXPECT_TRUE(refused(Sgd{.rate = 0}, {}));
  EXPECT_TRUE(refused(Sgd{.rate = nan}, {}));
  EXPECT_TRUE(refused(Momentum{.momentum = 1}, {}));
  EXPECT_TRUE(refused(Adam{.beta1 = -0.1}, {}));
  EXPECT_TRUE(refused(AdamW{.epsilon = 0}, {}));
  EXPECT_TRUE(refused(RmsProp{.alpha = 1.5}, {}));
  EXPECT_TRUE(refused(Sgd{}, {.clip_norm = -1}));
  EXPECT_TRUE(refused(Sgd{}, {.weight_decay = nan}));
  EXPECT_FALSE(refused(Adam{.beta1 = 0}, {.clip_norm = 1, .weight_decay = 0.1}));
  EXPECT_THROW(update(Sgd{}, f.parameters, {f.gradients[0]}), Error);
  EXPECT_THROW(update(Sgd{}, f.parameters, {f.gradients[1], f.gradients[0]}), Error);
  EXPECT_THROW(update(Sgd{}, {f.parameters[0] * 2.0}, {f.gradients[0]}), Error);
}

TEST(Optimizers, AreFoundByTheirNames) {
  for (const std::string& name : optimizer_names()) {
    const Optimizer found = optimizer(name);
    EXPECT_EQ(name_of(found), name);
    EXPECT_NO_THROW(check(found));
  }
  try {
    optimizer("adm");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::config);
    EXPECT_NE(error.hint().find("adamw"), std::string::npos);
  }
}

TEST(Update, SkipsAStepWhoseGradientIsNotFinite) {
  for (const Optimizer& optimizer : all_optimizers())
    for (const double bad : {std::nan(""), static_cast<double>(INFINITY)}) {
      Fixture fixture;
      fixture.feed["db"].set(1, bad);
      const auto skipped = fixture.step({.weight_decay = 0.1, .bad_gradient = BadGradient::skip}, optimizer);
      for (Index i = 0; i < 4; ++i) EXPECT_EQ(skipped[0].at(i), fixture.feed["w"].at(i)) << name_of(optimizer);
      for (Index i = 0; i < 2; ++i) EXPECT_EQ(skipped[1].at(i), fixture.feed["b"].at(i)) << name_of(optimizer);
      EXPECT_FALSE(std::isfinite(skipped[2].at(0)));
      Fixture good;
      const auto applied = good.step({.bad_gradient = BadGradient::skip}, optimizer);
      EXPECT_NE(applied[1].at(1), good.feed["b"].at(1)) << name_of(optimizer);
    }
}

}  // namespace
}  // namespace fathom
