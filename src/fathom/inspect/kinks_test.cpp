#include "fathom/inspect/kinks.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "fathom/base/rng.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "fathom/nn/pools.hpp"

namespace fathom::curvature {
namespace {

// One input, three units of the first kind, two of the second, one output.
struct Kinked : Module {
  Kinked(const std::string& one, const std::string& other)
      : Module(Dtype::f64), first_function(activation(one)), second_function(activation(other)) {}
  Var operator()(Var x) const { return third(second_function(second(first_function(first(x))))); }
  Activation first_function, second_function;
  Linear first{*this, "first", {.in = 1, .out = 3}};
  Linear second{*this, "second", {.in = 3, .out = 2}};
  Linear third{*this, "third", {.in = 2, .out = 1}};
};

struct KinksTest : testing::Test {
  static constexpr Index count = 9;  // x = -4 .. 4
  static TensorSource make_source() {
    Tensor x({Dtype::f32, {count, 1}});
    for (Index i = 0; i < count; ++i) x.set(i, static_cast<double>(i) - 4);
    return {{{"x", x}, {"y", x}}, {.train = count}};
  }
  static Objective objective_of(const Kinked& model) {
    return {.row_losses = [&model](const Batch& b) { return mse(model(b["x"]), b["y"]); },
            .outputs = [&model](const Batch& b) { return model(b["x"]); }};
  }
  static LossRows rows_of(const Objective& objective, const TensorSource& source) {
    std::vector<Index> all(count);
    std::iota(all.begin(), all.end(), 0);
    return {objective, source, all, Part::train, 4};  // the last chunk has one row, and three that only fill it up
  }
  static void set(Flat& weights, const std::string& name, std::initializer_list<double> values) {
    std::copy(values.begin(), values.end(), weights.view(name).span<double>().begin());
  }
  // Units x - 3.5, -x - 3.5 and x - 5, of which the last never is above 0 on -4 .. 4; then 1 + the first and -1 less
  // it.
  static Flat set_up(const Kinked& model) {
    Flat weights(model.parameters());
    set(weights, "first.weight", {1, -1, 1});
    set(weights, "first.bias", {-3.5, -3.5, -5});
    set(weights, "second.weight", {1, -1, 0, 0, 0, 0});
    set(weights, "second.bias", {1, -1});
    return weights;
  }
  TensorSource source = make_source();
};

TEST_F(KinksTest, FindsWhatNeverPasses) {
  const Kinked model("relu", "relu"), leaky("leaky_relu", "tanh"), smooth("tanh", "gelu");
  const Objective of_relu = objective_of(model), of_leaky = objective_of(leaky), of_smooth = objective_of(smooth);
  const auto found = rectifiers(rows_of(of_relu, source), set_up(model));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].parameters, (std::vector<std::string>{"first.bias", "first.weight"}));
  EXPECT_EQ(found[0].function, "relu");
  EXPECT_EQ(found[0].units, 3);
  EXPECT_EQ(found[0].dead, std::vector<Index>{2});
  EXPECT_EQ(found[1].parameters, (std::vector<std::string>{"second.bias", "second.weight"}));
  EXPECT_EQ(found[1].units, 2);
  EXPECT_EQ(found[1].dead, std::vector<Index>{1});
  const auto of_one = rectifiers(rows_of(of_leaky, source), set_up(leaky));
  ASSERT_EQ(of_one.size(), 1u);
  EXPECT_EQ(of_one[0].function, "leaky_relu");
  EXPECT_EQ(of_one[0].dead, std::vector<Index>{2});
  EXPECT_TRUE(rectifiers(rows_of(of_smooth, source), set_up(smooth)).empty());
}

// Functions made of two branches, of which some meet with one slope.
TEST_F(KinksTest, AreWhereSlopesDiffer) {
  const auto functions = [&](Activation one) {
    Kinked model("tanh", "tanh");
    model.first_function = std::move(one);
    const Objective objective = objective_of(model);
    std::vector<std::string> names;
    for (const Rectifier& found : rectifiers(rows_of(objective, source), set_up(model)))
      names.push_back(found.function);
    return names;
  };
  using Names = std::vector<std::string>;
  for (const char* name : {"softplus", "elu", "silu", "gelu", "identity"})
    EXPECT_EQ(functions(activation(name)), Names()) << name;
  EXPECT_EQ(functions([](Var x) { return elu(x, 0.5); }), Names{"elu"});
  EXPECT_EQ(functions([](Var x) { return leaky_relu(x, 0.2); }), Names{"leaky_relu"});
  EXPECT_EQ(functions([](Var x) { return leaky_relu(x, 1); }), Names());
  EXPECT_EQ(functions(activation("relu")), Names{"relu"});
  // A step that takes a unit of softplus across 0 takes it across no kink.
  const Kinked smooth("softplus", "elu");
  const Objective objective = objective_of(smooth);
  const Flat weights = set_up(smooth);
  const ParameterVector places(weights.layout(), {});
  Flat step(weights.shared_layout());
  set(step, "first.bias", {2, 1, 2.5});
  EXPECT_EQ(rows_across_a_kink(rows_of(objective, source), weights, places.from(step)), 0);
}

TEST_F(KinksTest, SeesMaxPools) {
  const Kinked model("tanh", "tanh");
  const auto with = [&](bool pooled) {
    return Objective{.row_losses = [&model](const Batch& b) { return mse(model(b["x"]), b["y"]); },
                     .outputs =
                         [&model, pooled](const Batch& b) {
                           const Var images = reshape(model.first(b["x"]), {b["x"].rows(), 1, 3, 1});
                           return pooled ? max_pool(images, {1, 3}) : mean_pool(images, {1, 3});
                         }};
  };
  const Flat weights = set_up(model);
  const Objective largest = with(true), mean = with(false);
  EXPECT_TRUE(has_max_pool(rows_of(largest, source), weights));
  EXPECT_FALSE(has_max_pool(rows_of(mean, source), weights));
}

// By hand: a step in the first bias moves the kinks of x - 3.5, -x - 3.5 and x - 5.
TEST_F(KinksTest, CountsTheRowsThatCross) {
  const Kinked model("relu", "tanh"), smooth("tanh", "tanh");
  const Objective of_relu = objective_of(model), of_smooth = objective_of(smooth);
  const LossRows rows = rows_of(of_relu, source);
  const Flat weights = set_up(model);
  const ParameterVector places(weights.layout(), {});
  const auto across = [&](const LossRows& of, std::initializer_list<double> biases) {
    Flat step(weights.shared_layout());
    set(step, "first.bias", biases);
    return rows_across_a_kink(of, weights, places.from(step));
  };
  EXPECT_EQ(across(rows, {0, 0, 0}), 0);
  EXPECT_EQ(across(rows, {0.4, 0, 0}), 0);
  EXPECT_EQ(across(rows, {0.6, 0, 0}), 1) << "x - 2.9: row 3 is now above";
  EXPECT_EQ(across(rows, {-0.5, 0, 0}), 1) << "x - 4: row 4 is at 0, which is not above";
  EXPECT_EQ(across(rows, {2, 1, 0}), 3) << "rows 2, 3 and -3";
  EXPECT_EQ(across(rows, {2, 0, 2.5}), 3) << "rows 2 and 3, and row 3 and 4 by the last unit";
  EXPECT_EQ(across(rows_of(of_smooth, source), {2, 1, 0}), 0);
  EXPECT_THROW(rows_across_a_kink(rows, weights, Vector(2)), Error);
}

}  // namespace
}  // namespace fathom::curvature
