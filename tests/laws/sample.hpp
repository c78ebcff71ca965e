// Applies an op of the registry to sampled operands: what every law starts from.
#pragma once

#include <gtest/gtest.h>

#include "fathom/base/rng.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/ops/registry.hpp"
#include "fathom/graph/trace.hpp"

namespace fathom::laws {

// Numbers of an operand's domain; whole ones for i32.
Tensor sample(const Type& type, const Domain& domain, Random& random);
// Any numbers in [-1, 1].
Tensor noise(const Type& type, Random& random);

// One example of one op, traced over inputs "x0", "x1", ... with values for them.
struct Case {
  const Op* op;
  Example example;
  Vars in;
  Var out;
  Feed feed;

  // The operands that numbers flow through.
  std::vector<int> active() const;
  std::string text() const;
};

// Needs: a current trace. Index operands are i32 whatever `dtype` is.
Case make_case(const Op& op, const Example& example, Dtype dtype, Random& random);

// Whether the op takes operands of this type.
bool accepts(const Op& op, const Example& example, Dtype dtype);

// The example made larger, once along each of its lengths that can be, until an operand or the result has at least
// `elements`. Empty when no length can grow alone.
std::vector<Example> scaled(const Op& op, const Example& example, Index elements, Dtype dtype);

// Calls law(case) for every example of every op, in a trace of its own. With i32: of every op that takes whole numbers.
template <class Law>
void for_each_case(Dtype dtype, Law&& law) {
  for (const Op* op : all_ops()) {
    int number = 0;
    for (const Example& example : examples_of(*op)) {
      Random random(2024, op->name, static_cast<std::uint64_t>(number++));
      if (dtype == Dtype::i32 && !accepts(*op, example, dtype)) continue;
      Trace trace;
      Case c = make_case(*op, example, dtype, random);
      SCOPED_TRACE(c.text());
      law(c, random);
    }
  }
}

// Equal within `tolerance` (relative to the larger of 1 and the expected magnitude); NaN equals NaN.
::testing::AssertionResult near(const Tensor& actual, const Tensor& expected, double tolerance);
::testing::AssertionResult same_bits(const Tensor& a, const Tensor& b);
double inner(const Tensor& a, const Tensor& b);

}  // namespace fathom::laws
