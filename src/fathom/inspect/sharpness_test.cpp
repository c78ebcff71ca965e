#include "fathom/inspect/sharpness.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "fathom/inspect/operator.hpp"

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
    } else if (const auto* a = std::get_if<Adam>(&optimizer)) {
      // With a divisor that does not move: what Adam is once its squares have settled.
      buffer = a->beta1 * buffer + (1 - a->beta1) * g;
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
        Optimizer(Momentum{.momentum = 0.9, .nesterov = true}), Optimizer(Adam{}), Optimizer(Adam{.beta1 = 0.5})}) {
    const double edge = edge_of_stability(optimizer, rate);
    EXPECT_TRUE(converges(optimizer, 0.99 * edge, rate)) << name_of(optimizer);
    EXPECT_FALSE(converges(optimizer, 1.01 * edge, rate)) << name_of(optimizer);
  }
  EXPECT_NEAR(edge_of_stability(Adam{}, 1), 38, 1e-12);  // Cohen et al. 2022, section 3
  EXPECT_TRUE(std::isinf(edge_of_stability(Sgd{}, 0)));
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
