#include "fathom/graph/ops/elementwise.hpp"

#include <numbers>

#include "fathom/graph/ops/rules.hpp"
#include "fathom/graph/ops/shape.hpp"

namespace fathom {

using namespace rules;

// --- of two --------------------------------------------------------------------------------------

const Op add_op{
    .name = "add",
    .kind = Kind::elementwise,
    .arity = 2,
    .infer = same_any,
    .linearity = Linearity::joint,
    .rules = {straight([](const Applied&, Var c) { return c; }), straight([](const Applied&, Var c) { return c; })},
    .reference = elementwise([](auto a, auto b) { return a + b; }),
    .about = "a + b"};

const Op sub_op{.name = "sub",
                .kind = Kind::elementwise,
                .arity = 2,
                .infer = same_any,
                .linearity = Linearity::joint,
                .rules = {straight([](const Applied&, Var c) { return c; }),
                          straight([](const Applied&, Var c) { return neg(c); })},
                .reference = elementwise([](auto a, auto b) { return a - b; }),
                .about = "a - b"};

const Op mul_op{.name = "mul",
                .kind = Kind::elementwise,
                .arity = 2,
                .infer = same_any,
                .rules = {straight([](const Applied& y, Var c) { return mul(c, y.in(1)); }),
                          straight([](const Applied& y, Var c) { return mul(c, y.in(0)); })},
                .reference = elementwise([](auto a, auto b) { return a * b; }),
                .about = "a b"};

const Op div_op{.name = "div",
                .kind = Kind::elementwise,
                .arity = 2,
                .infer = same_float,
                .rules = {straight([](const Applied& y, Var c) { return div(c, y.in(1)); }),
                          curved([](const Applied& y, Var t) { return neg(div(mul(t, y.out), y.in(1))); })},
                .reference = elementwise([](auto a, auto b) { return a / b; }),
                .domains = {{}, {.away_from_zero = 0.5}},
                .about = "a / b"};

namespace {

// The share of the tangent that the winner of maximum or minimum takes; equals share it.
Var share(Var winner, Var loser) { return add(less(loser, winner), mul(equal(winner, loser), 0.5)); }

}  // namespace

const Op maximum_op{.name = "maximum",
                    .kind = Kind::elementwise,
                    .arity = 2,
                    .infer = same_float,
                    .rules = {curved([](const Applied& y, Var t) { return mul(t, share(y.in(0), y.in(1))); }),
                              curved([](const Applied& y, Var t) { return mul(t, share(y.in(1), y.in(0))); })},
                    .reference = elementwise([](auto a, auto b) {
                      return a != a ? a : b != b ? b : a > b ? a : b;
                    }),
                    .about = "the larger; a NaN wins; at equality the gradient is shared"};

const Op minimum_op{
    .name = "minimum",
    .kind = Kind::elementwise,
    .arity = 2,
    .infer = same_float,
    .rules = {curved([](const Applied& y, Var t) { return mul(t, share(neg(y.in(0)), neg(y.in(1)))); }),
              curved([](const Applied& y, Var t) { return mul(t, share(neg(y.in(1)), neg(y.in(0)))); })},
    .reference = elementwise([](auto a, auto b) {
      return a != a ? a : b != b ? b : a < b ? a : b;
    }),
    .about = "the smaller; a NaN wins; at equality the gradient is shared"};

const Op less_op{.name = "less",
                 .kind = Kind::elementwise,
                 .arity = 2,
                 .infer = same_float,
                 .rules = {fixed(), fixed()},
                 .reference = elementwise([](auto a, auto b) { return a < b ? 1 : 0; }),
                 .about = "1 where a < b"};

const Op less_equal_op{.name = "less_equal",
                       .kind = Kind::elementwise,
                       .arity = 2,
                       .infer = same_float,
                       .rules = {fixed(), fixed()},
                       .reference = elementwise([](auto a, auto b) { return a <= b ? 1 : 0; }),
                       .about = "1 where a <= b"};

const Op equal_op{.name = "equal",
                  .kind = Kind::elementwise,
                  .arity = 2,
                  .infer = same_float,
                  .rules = {fixed(), fixed()},
                  .reference = elementwise([](auto a, auto b) { return a == b ? 1 : 0; }),
                  .about = "1 where a = b"};

const Op not_equal_op{.name = "not_equal",
                      .kind = Kind::elementwise,
                      .arity = 2,
                      .infer = same_float,
                      .rules = {fixed(), fixed()},
                      .reference = elementwise([](auto a, auto b) { return a != b ? 1 : 0; }),
                      .about = "1 where a and b differ"};

const Op select_op{.name = "select",
                   .kind = Kind::elementwise,
                   .arity = 3,
                   .infer = same_float,
                   .linearity = Linearity::joint,
                   .rules = {fixed(), straight([](const Applied& y, Var c) { return select(y.in(0), c, 0.0); }),
                             straight([](const Applied& y, Var c) { return select(y.in(0), 0.0, c); })},
                   .reference = elementwise([](auto mask, auto a, auto b) { return mask != 0 ? a : b; }),
                   .domains = {{.away_from_zero = 0.1}, {}, {}},
                   .about = "a where the mask is not 0, else b"};

// --- of one --------------------------------------------------------------------------------------

const Op neg_op{.name = "neg",
                .kind = Kind::elementwise,
                .infer = same_any,
                .rules = {straight([](const Applied&, Var c) { return neg(c); })},
                .reference = elementwise([](auto x) { return -x; }),
                .about = "-x"};

const Op exp_op{.name = "exp",
                .kind = Kind::elementwise,
                .infer = same_float,
                .rules = {curved([](const Applied& y, Var t) { return mul(t, y.out); })},
                .reference = elementwise([](auto x) { return std::exp(x); }),
                .about = "e^x"};

const Op log_op{.name = "log",
                .kind = Kind::elementwise,
                .infer = same_float,
                .rules = {curved([](const Applied& y, Var t) { return div(t, y.in()); })},
                .reference = elementwise([](auto x) { return std::log(x); }),
                .domains = {{.low = 0.2, .high = 4}},
                .about = "the natural logarithm"};

const Op expm1_op{.name = "expm1",
                  .kind = Kind::elementwise,
                  .infer = same_float,
                  .rules = {curved([](const Applied& y, Var t) { return mul(t, add(y.out, 1.0)); })},
                  .reference = elementwise([](auto x) { return std::expm1(x); }),
                  .about = "e^x - 1"};

const Op log1p_op{.name = "log1p",
                  .kind = Kind::elementwise,
                  .infer = same_float,
                  .rules = {curved([](const Applied& y, Var t) { return div(t, add(y.in(), 1.0)); })},
                  .reference = elementwise([](auto x) { return std::log1p(x); }),
                  .domains = {{.low = -0.7, .high = 3}},
                  .about = "log(1 + x)"};

const Op sqrt_op{.name = "sqrt",
                 .kind = Kind::elementwise,
                 .infer = same_float,
                 .rules = {curved([](const Applied& y, Var t) { return div(mul(t, 0.5), y.out); })},
                 .reference = elementwise([](auto x) { return std::sqrt(x); }),
                 .domains = {{.low = 0.2, .high = 4}},
                 .about = "the square root"};

const Op rsqrt_op{.name = "rsqrt",
                  .kind = Kind::elementwise,
                  .infer = same_float,
                  .rules = {curved([](const Applied& y, Var t) { return mul(mul(t, -0.5), div(y.out, y.in())); })},
                  .reference = elementwise([](auto x) { return 1 / std::sqrt(x); }),
                  .domains = {{.low = 0.2, .high = 4}},
                  .about = "1 / sqrt(x)"};

const Op tanh_op{.name = "tanh",
                 .kind = Kind::elementwise,
                 .infer = same_float,
                 .rules = {curved([](const Applied& y, Var t) { return mul(t, sub(1.0, mul(y.out, y.out))); })},
                 .reference = elementwise([](auto x) { return std::tanh(x); }),
                 .about = "the hyperbolic tangent"};

const Op sigmoid_op{
    .name = "sigmoid",
    .kind = Kind::elementwise,
    .infer = same_float,
    .rules = {curved([](const Applied& y, Var t) { return mul(t, mul(y.out, sub(1.0, y.out))); })},
    .reference = elementwise([](auto x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }),
    .about = "1 / (1 + e^-x)"};

// Its derivative reads the result, which the next layer keeps anyway, rather than the operand.
const Op relu_op{.name = "relu",
                 .kind = Kind::elementwise,
                 .infer = same_float,
                 .rules = {curved([](const Applied& y, Var t) { return select(less_equal(y.out, 0.0), 0.0, t); })},
                 .reference = elementwise([](auto x) { return x <= 0 ? 0 : x; }),
                 .domains = {{.away_from_zero = 0.1}},
                 .about = "the larger of x and 0; NaN stays"};

const Op erf_op{.name = "erf",
                .kind = Kind::elementwise,
                .infer = same_float,
                .rules = {curved([](const Applied& y, Var t) {
                  return mul(t, mul(exp(neg(mul(y.in(), y.in()))), 2 / std::sqrt(std::numbers::pi)));
                })},
                .reference = elementwise([](auto x) { return std::erf(x); }),
                .about = "the error function"};

const Op sin_op{.name = "sin",
                .kind = Kind::elementwise,
                .infer = same_float,
                .rules = {curved([](const Applied& y, Var t) { return mul(t, cos(y.in())); })},
                .reference = elementwise([](auto x) { return std::sin(x); }),
                .about = "sine"};

const Op cos_op{.name = "cos",
                .kind = Kind::elementwise,
                .infer = same_float,
                .rules = {curved([](const Applied& y, Var t) { return neg(mul(t, sin(y.in()))); })},
                .reference = elementwise([](auto x) { return std::cos(x); }),
                .about = "cosine"};

const Op pow_op{.name = "pow",
                .kind = Kind::elementwise,
                .infer = same_float,
                .rules = {curved([](const Applied& y, Var t) {
                  const double exponent = y.attributes().reals[0];
                  return mul(t, mul(pow(y.in(), exponent - 1), exponent));
                })},
                .reference =
                    [](const ReferenceCall& call) {
                      const double exponent = call.attributes.reals[0];
                      elementwise([exponent](auto x) { return std::pow(x, static_cast<decltype(x)>(exponent)); })(call);
                    },
                .domains = {{.low = 0.2, .high = 3}},
                .examples = {{.shapes = {{3, 5}}, .attributes = {{}, {2.5}}},
                             {.shapes = {{7}}, .attributes = {{}, {-1.5}}},
                             {.shapes = {{}}, .attributes = {{}, {3}}},
                             {.shapes = {{7}}, .attributes = {{}, {1}}},
                             {.shapes = {{7}}, .attributes = {{}, {2}}},
                             {.shapes = {{7}}, .attributes = {{}, {-1}}},
                             {.shapes = {{0}}, .attributes = {{}, {3}}}},
                .about = "x to a constant power; reals {exponent}"};

const Op abs_op{.name = "abs",
                .kind = Kind::elementwise,
                .infer = same_float,
                .rules = {curved([](const Applied& y, Var t) { return mul(t, sign(y.in())); })},
                .reference = elementwise([](auto x) { return std::abs(x); }),
                .domains = {{.away_from_zero = 0.1}},
                .about = "the absolute value"};

const Op sign_op{.name = "sign",
                 .kind = Kind::elementwise,
                 .infer = same_float,
                 .rules = {fixed()},
                 .reference = elementwise([](auto x) {
                   return x > 0 ? decltype(x)(1) : x < 0 ? decltype(x)(-1) : x == 0 ? decltype(x)(0) : x;
                 }),
                 .about = "-1, 0 or 1"};

const Op cast_op{.name = "cast",
                 .kind = Kind::elementwise,
                 .infer =
                     [](std::span<const Type> in, const Attributes& a) {
                       return Type{static_cast<Dtype>(a.ints[0]), in[0].shape};
                     },
                 .rules = {straight([](const Applied& y, Var c) { return cast(c, y.in().dtype()); })},
                 .reference =
                     [](const ReferenceCall& call) {
                       visit(call.out.type.dtype, [&](auto to) {
                         visit(call.in[0].type.dtype, [&](auto from) {
                           for (Index i = 0, n = call.out.type.shape.count(); i < n; ++i)
                             call.out.as<decltype(to)>()[i] =
                                 static_cast<decltype(to)>(call.in[0].as<decltype(from)>()[i]);
                         });
                       });
                     },
                 .examples = {{.shapes = {{3, 5}}, .attributes = {{static_cast<Index>(Dtype::f64)}, {}}},
                              {.shapes = {{7}}, .attributes = {{static_cast<Index>(Dtype::f32)}, {}}},
                              {.shapes = {{9}}, .attributes = {{static_cast<Index>(Dtype::i32)}, {}}}},
                 .about = "another element type; ints {dtype}"};

const Op stop_gradient_op{.name = "stop_gradient",
                          .kind = Kind::elementwise,
                          .infer = same_any,
                          .rules = {fixed()},
                          .reference = elementwise([](auto x) { return x; }),
                          .about = "the value, as a constant"};

// --- the functions that model code calls ------------------------------------------------------------

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  Shape result = a.rank() >= b.rank() ? a : b;
  const Shape& shorter = a.rank() >= b.rank() ? b : a;
  const int lead = result.rank() - shorter.rank();
  for (int axis = 0; axis < shorter.rank(); ++axis) {
    Index& length = result[axis + lead];
    if (length == 1)
      length = shorter[axis];
    else if (shorter[axis] != 1 && shorter[axis] != length)
      refuse("shapes {} and {} do not broadcast: axis {} has lengths {} and {}", to_string(a), to_string(b),
             axis + lead, length, shorter[axis]);
  }
  return result;
}

namespace {

Var with_dtype_of(const Operand& number, Var other) { return constant(other.graph(), number.number(), other.dtype()); }

Var apply2(const Op& op, const Operand& a, const Operand& b) {
  const SourceLocation at = a.at().line > 0 ? a.at() : b.at();
  if (a.is_number() && b.is_number()) fail(Code::usage, "{}: both operands are numbers ({})", op.name, to_string(at));
  Var x = a.is_number() ? with_dtype_of(a, b.var()) : a.var();
  Var y = b.is_number() ? with_dtype_of(b, a.var()) : b.var();
  if (x.shape() != y.shape()) {
    const Shape shape = in_op(op.name, at, [&] { return broadcast_shapes(x.shape(), y.shape()); });
    x = broadcast_to({x, at}, shape);
    y = broadcast_to({y, at}, shape);
  }
  return x.graph().apply(op, {x, y}, {}, at);
}

Var apply1(const Op& op, const Operand& x, Attributes attributes = {}) {
  if (x.is_number()) fail(Code::usage, "{}: the operand is a number ({})", op.name, to_string(x.at()));
  return x.var().graph().apply(op, {x.var()}, std::move(attributes), x.at());
}

}  // namespace

Var add(Operand a, Operand b) { return apply2(add_op, a, b); }
Var sub(Operand a, Operand b) { return apply2(sub_op, a, b); }
Var mul(Operand a, Operand b) { return apply2(mul_op, a, b); }
Var div(Operand a, Operand b) { return apply2(div_op, a, b); }
Var maximum(Operand a, Operand b) { return apply2(maximum_op, a, b); }
Var minimum(Operand a, Operand b) { return apply2(minimum_op, a, b); }
Var less(Operand a, Operand b) { return apply2(less_op, a, b); }
Var less_equal(Operand a, Operand b) { return apply2(less_equal_op, a, b); }
Var equal(Operand a, Operand b) { return apply2(equal_op, a, b); }
Var not_equal(Operand a, Operand b) { return apply2(not_equal_op, a, b); }

Var select(Operand mask, Operand a, Operand b) {
  if (mask.is_number()) fail(Code::usage, "select: the mask is a number ({})", to_string(mask.at()));
  Var m = mask.var();
  Var x = a.is_number() ? with_dtype_of(a, m) : a.var();
  Var y = b.is_number() ? with_dtype_of(b, m) : b.var();
  const Shape shape =
      in_op("select", mask.at(), [&] { return broadcast_shapes(broadcast_shapes(m.shape(), x.shape()), y.shape()); });
  return m.graph().apply(select_op, {broadcast_to(m, shape), broadcast_to(x, shape), broadcast_to(y, shape)}, {},
                         mask.at());
}

Var neg(Operand x) { return apply1(neg_op, x); }
Var exp(Operand x) { return apply1(exp_op, x); }
Var log(Operand x) { return apply1(log_op, x); }
Var expm1(Operand x) { return apply1(expm1_op, x); }
Var log1p(Operand x) { return apply1(log1p_op, x); }
Var sqrt(Operand x) { return apply1(sqrt_op, x); }
Var rsqrt(Operand x) { return apply1(rsqrt_op, x); }
Var tanh(Operand x) { return apply1(tanh_op, x); }
Var sigmoid(Operand x) { return apply1(sigmoid_op, x); }
Var relu(Operand x) { return apply1(relu_op, x); }
Var erf(Operand x) { return apply1(erf_op, x); }
Var sin(Operand x) { return apply1(sin_op, x); }
Var cos(Operand x) { return apply1(cos_op, x); }
Var abs(Operand x) { return apply1(abs_op, x); }
Var sign(Operand x) { return apply1(sign_op, x); }
Var square(Operand x) { return mul(x, x); }
Var stop_gradient(Operand x) { return apply1(stop_gradient_op, x); }

Var pow(Operand x, double exponent) {
  if (exponent == 0) return full_like(x.var(), 1);
  if (exponent == 1) return x.var();
  if (exponent == 2) return mul(x, x);
  return apply1(pow_op, x, {{}, {exponent}});
}

Var cast(Operand x, Dtype dtype) {
  if (!x.is_number() && x.var().dtype() == dtype) return x.var();
  return apply1(cast_op, x, {{static_cast<Index>(dtype)}, {}});
}

}  // namespace fathom
