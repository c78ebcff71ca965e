// Two ways to give a model a function of its own. A composite needs no rule: it is differentiated through the ops that
// it is made of. A primitive states its derivative once, as one block; everything else follows from the block.
#include <fmt/format.h>

#include <cmath>

#include "fathom/fathom.hpp"
#include "fathom/graph/ops/rules.hpp"

using namespace fathom;

// A composite: x / (1 + |x|).
Var softsign(Var x) { return x / (1.0 + abs(x)); }

// A primitive: the angle whose tangent is x.
extern const Op atan_op;
Var atan(Var x, SourceLocation at = SourceLocation::here()) { return x.graph().apply(atan_op, {x}, {}, at); }
const Op atan_op{.name = "atan",
                 .kind = Kind::elementwise,
                 .infer = rules::same_float,
                 .rules = {rules::curved([](const Applied& y, Var t) { return t / (1.0 + square(y.in())); })},
                 .reference = rules::elementwise([](auto x) { return std::atan(x); }),
                 .about = "the angle whose tangent is x"};

// f(x), f'(x) and f''(x) at one point.
std::vector<double> derivatives(Var (*f)(Var), double at) {
  Program program([&](Trace& trace) {
    const Var x = trace.graph().input("x", {Dtype::f64, {1}});
    const Var y = sum(f(x)), first = grad(y, {x})[0], second = grad(sum(first), {x})[0];
    return Request{.outputs = {y, first, second}};
  });
  Tensor x(Shape{1}, {at});
  program.bind("x", x.view());
  program.run();
  return {program.number(0), program.number(1), program.number(2)};
}

int main() {
  const double x = 0.7;
  const auto a = derivatives([](Var v) { return atan(v); }, x), s = derivatives([](Var v) { return softsign(v); }, x);
  fmt::print("atan({})      {:.6f}   first derivative {:.6f}   second {:.6f}\n", x, a[0], a[1], a[2]);
  fmt::print("softsign({})  {:.6f}   first derivative {:.6f}   second {:.6f}\n", x, s[0], s[1], s[2]);
  const double q = 1 + x * x, r = 1 + x;
  const double expected[] = {std::atan(x), 1 / q, -2 * x / (q * q), x / r, 1 / (r * r), -2 / (r * r * r)};
  for (int i = 0; i < 6; ++i)
    if (std::abs((i < 3 ? a[static_cast<std::size_t>(i)] : s[static_cast<std::size_t>(i - 3)]) - expected[i]) > 1e-12)
      return 1;
  return 0;
}
