#include "fathom/inspect/sharpness.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "fathom/inspect/operator.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/train/safetensors.hpp"
#include "support/test_files.hpp"

namespace fathom::curvature {
namespace {

// Whether the rule, written out by hand on the loss c w^2 / 2, brings w to 0.
bool converges(const Optimizer& optimizer, double c, double rate) {
  double w = 1, buffer = 0;
  for (int step = 0; step < 20000; ++step) {
    const double g = c * w;
    if (const auto* m = std::get_if<Momentum>(&optimizer)) {
      buffer = m->momentum * buffer + g;
      w -= rate * (m->nesterov ? g + m->momentum * buffer : buffer);
    } else if (std::holds_alternative<Adam>(optimizer) || std::holds_alternative<AdamW>(optimizer)) {
      // With a divisor that does not move: what Adam is once its squares have settled.
      const auto* a = std::get_if<Adam>(&optimizer);
      const double beta1 = a != nullptr ? a->beta1 : std::get<AdamW>(optimizer).beta1;
      buffer = beta1 * buffer + (1 - beta1) * g;
      w -= rate * buffer;
    } else if (const auto* r = std::get_if<RmsProp>(&optimizer)) {
      buffer = r->momentum * buffer + g;
      w -= rate * buffer;
    } else {
      w -= rate * g;
    }
    if (!(std::abs(w) < 1e6)) return false;
  }
  return std::abs(w) < 1e-3;
}

TEST(Sharpness, TheEdgeIsWhereTheRuleBeginsToDiverge) {
  const double rate = 0.03;
  for (const Optimizer& optimizer :
       {Optimizer(Sgd{}), Optimizer(Momentum{.momentum = 0.5}), Optimizer(Momentum{.momentum = 0.9}),
        Optimizer(Momentum{.momentum = 0.9, .nesterov = true}), Optimizer(Adam{}), Optimizer(Adam{.beta1 = 0.5}),
        Optimizer(AdamW{}), Optimizer(RmsProp{}), Optimizer(RmsProp{.momentum = 0.8}), Optimizer(Adagrad{})}) {
    const double edge = edge_of_stability(optimizer, rate);
    EXPECT_TRUE(converges(optimizer, 0.99 * edge, rate)) << name_of(optimizer);
    EXPECT_FALSE(converges(optimizer, 1.01 * edge, rate)) << name_of(optimizer);
  }
  EXPECT_NEAR(edge_of_stability(Adam{}, 1), 38, 1e-12);  // Cohen et al. 2022, section 3
  EXPECT_TRUE(std::isinf(edge_of_stability(Sgd{}, 0)));
}

// What an optimizer divides by, from the squares that it has kept: element for element, by hand.
TEST(Sharpness, TheDivisorIsTheRootOfTheKeptSquares) {
  struct Two : Module {
    Weight a{*this, "a", {.shape = {2}}};
    Weight frozen{*this, "frozen", {.shape = {1}}};
    Weight b{*this, "b", {.shape = {1}}};
  };
  const Two model;
  const ParameterVector places(model.parameters(), {"frozen"});
  const TestFolder folder;
  const auto divisor = [&](const Optimizer& optimizer, const Metadata& metadata) {
    std::vector<StoredView> tensors;
    const Tensor a({2}, {0.04f, 0.f}), b({1}, {9.f}), mean_of_a({2}, {0.1f, 0.f}), mean_of_b({1}, {0.f});
    for (const std::string kind : {"adam.v/", "adagrad.sum/", "rmsprop.square/"}) {
      tensors.push_back(stored_view(kind + "a", a));
      tensors.push_back(stored_view(kind + "b", b));
    }
    tensors.push_back(stored_view("rmsprop.mean/a", mean_of_a));
    tensors.push_back(stored_view("rmsprop.mean/b", mean_of_b));
    const std::string file = folder.path() + "/state.safetensors";
    write_safetensors(file, tensors, metadata);
    return preconditioner(optimizer, file, places, model.parameters());
  };
  const auto expect = [&](const Optimizer& optimizer, const Vector& expected) {
    const auto found = divisor(optimizer, {{"step", "5"}});
    ASSERT_TRUE(found) << name_of(optimizer);
    ASSERT_EQ(found->size(), expected.size()) << name_of(optimizer);
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR((*found)[i], expected[i], 1e-6 * expected[i]) << name_of(optimizer) << " " << i;
  };
  const double corrected = 1 - std::pow(0.9, 5);
  const Vector of_adam{std::sqrt(0.04 / corrected) + 1e-3, 1e-3, std::sqrt(9 / corrected) + 1e-3};
  expect(Adam{.beta2 = 0.9, .epsilon = 1e-3}, of_adam);
  expect(AdamW{.beta2 = 0.9, .epsilon = 1e-3}, of_adam);
  expect(Adagrad{.epsilon = 1e-3}, {0.201, 0.001, 3.001});
  expect(RmsProp{.epsilon = 1e-3}, {0.201, 0.001, 3.001});
  expect(RmsProp{.epsilon = 1e-3, .centered = true}, {std::sqrt(0.03) + 1e-3, 0.001, 3.001});
  EXPECT_FALSE(divisor(Sgd{}, {{"step", "5"}}));
  EXPECT_FALSE(divisor(Adam{}, {{"step", "0"}}));
  EXPECT_FALSE(divisor(Adam{}, {}));
}

TEST(Sharpness, AMatrixDividedByADiagonal) {
  // D^-1 A for A = [[2, 1], [1, 3]], D = diag(4, 1) has trace 3.5 and determinant 5 / 4.
  DenseOperator a(2, {2, 1, 1, 3});
  Preconditioned divided(a, Vector{4, 1});
  const Extremes ends = lanczos_extremes(divided, {.largest = 1, .smallest = 1});
  const double root = std::sqrt(3.5 * 3.5 / 4 - 1.25);
  EXPECT_NEAR(ends.largest[0].value, 1.75 + root, 1e-12);
  EXPECT_NEAR(ends.smallest[0].value, 1.75 - root, 1e-12);
  EXPECT_THROW(Preconditioned(a, Vector{1}), Error);
  EXPECT_THROW(Preconditioned(a, Vector{1, 0}), Error);
}

}  // namespace
}  // namespace fathom::curvature
