#include "fathom/graph/ops/reduce.hpp"

#include <limits>

#include "fathom/graph/ops/rules.hpp"

namespace fathom {

using namespace rules;

namespace {

int axis_of(const Attributes& attributes) { return static_cast<int>(attributes.ints[0]); }

Type without_axis(std::span<const Type> in, const Attributes& a) {
  if (!is_float(in[0].dtype)) refuse("{} has no fractions; cast it to f32 first", to_string(in[0]));
  return {in[0].dtype, in[0].shape.without(normal_axis(axis_of(a), in[0].shape.rank()))};
}

// A result without an axis, spread over the operand that the axis was taken from.
Var spread(Var reduced, const Applied& y) {
  return broadcast_to(expand(reduced, axis_of(y.attributes())), y.in().shape());
}

// Calls f(first, stride, length, out position) for each line along an axis.
template <class F>
void for_each_line(const Shape& shape, int axis, F&& f) {
  const Index outer = shape.count(0, axis), length = shape[axis], inner = shape.count(axis + 1, shape.rank());
  for (Index o = 0; o < outer; ++o)
    for (Index i = 0; i < inner; ++i) f(o * length * inner + i, inner, length, o * inner + i);
}

template <class F>
Reference along_axis(F f) {
  return [f](const ReferenceCall& call) {
    visit(call.in[0].type.dtype, [&](auto zero) {
      using T = decltype(zero);
      const T* in = call.in[0].as<T>();
      for_each_line(
          call.in[0].type.shape, axis_of(call.attributes),
          [&](Index first, Index stride, Index length, Index to) { f(call, in + first, stride, length, to); });
    });
  };
}

std::vector<Example> axis_examples() {
  return {{.shapes = {{3, 4}}, .attributes = {{1}, {}}},    {.shapes = {{3, 4}}, .attributes = {{0}, {}}},
          {.shapes = {{2, 3, 5}}, .attributes = {{1}, {}}}, {.shapes = {{7}}, .attributes = {{0}, {}}},
          {.shapes = {{4, 1}}, .attributes = {{1}, {}}},    {.shapes = {{0, 3}}, .attributes = {{1}, {}}}};
}

}  // namespace

const Op sum_op{.name = "sum",
                .infer =
                    [](std::span<const Type> in, const Attributes& a) {
                      if (!is_float(in[0].dtype)) refuse("{} has no fractions; cast it to f32 first", to_string(in[0]));
                      Type out{in[0].dtype, {}};
                      std::size_t next = 0;
                      for (int axis = 0; axis < in[0].shape.rank(); ++axis) {
                        if (next < a.ints.size() && a.ints[next] == axis)
                          ++next;
                        else
                          out.shape.push_back(in[0].shape[axis]);
                      }
                      if (next != a.ints.size())
                        refuse("[{}] are not ascending axes of {}", fmt::join(a.ints, ", "), to_string(in[0]));
                      return out;
                    },
                .rules = {straight([](const Applied& y, Var c) {
                  Shape kept = y.in().shape();
                  for (Index axis : y.attributes().ints) kept[static_cast<int>(axis)] = 1;
                  return broadcast_to(reshape(c, kept), y.in().shape());
                })},
                .reference =
                    [](const ReferenceCall& call) {
                      const Shape& from = call.in[0].type.shape;
                      Shape strides = call.out.type.shape.strides(), spread_strides = from;
                      int kept = 0;
                      std::size_t next = 0;
                      for (int axis = 0; axis < from.rank(); ++axis) {
                        const bool gone = next < call.attributes.ints.size() && call.attributes.ints[next] == axis;
                        spread_strides[axis] = gone ? 0 : strides[kept++];
                        if (gone) ++next;
                      }
                      visit(call.out.type.dtype, [&](auto zero) {
                        using T = decltype(zero);
                        std::vector<long double> sums(static_cast<std::size_t>(call.out.type.shape.count()), 0.0L);
                        for_each_index(from, [&](Index position, const Shape& index) {
                          sums[static_cast<std::size_t>(offset(index, spread_strides))] +=
                              static_cast<long double>(call.in[0].as<T>()[position]);
                        });
                        for (std::size_t i = 0; i < sums.size(); ++i) call.out.as<T>()[i] = static_cast<T>(sums[i]);
                      });
                    },
                .examples = {{.shapes = {{3, 4}}, .attributes = {{1}, {}}},
                             {.shapes = {{3, 4}}, .attributes = {{0}, {}}},
                             {.shapes = {{2, 3, 5}}, .attributes = {{0, 2}, {}}},
                             {.shapes = {{2, 3, 5}}, .attributes = {{1}, {}}},
                             {.shapes = {{7}}, .attributes = {{0}, {}}},
                             {.shapes = {{}}, .attributes = {{}, {}}},
                             {.shapes = {{0, 3}}, .attributes = {{0}, {}}},
                             {.shapes = {{130, 67}}, .attributes = {{0, 1}, {}}}},
                .about = "the sum over axes; ints: the axes"};

const Op max_op{.name = "max",
                .infer =
                    [](std::span<const Type> in, const Attributes& a) {
                      const Type out = without_axis(in, a);
                      if (in[0].shape[axis_of(a)] == 0 && out.shape.count() > 0)
                        refuse("axis {} of {} is empty and has no maximum", axis_of(a), to_string(in[0]));
                      return out;
                    },
                .rules = {curved([](const Applied& y, Var t) {
                  const Var winners = equal(y.in(), spread(y.out, y));
                  return div(sum(mul(t, winners), {axis_of(y.attributes())}), sum(winners, {axis_of(y.attributes())}));
                })},
                .reference = along_axis([](const ReferenceCall& call, auto* in, Index stride, Index length, Index to) {
                  auto best = in[0];
                  for (Index i = 1; i < length; ++i)
                    if (in[i * stride] > best || in[i * stride] != in[i * stride])
                      best = in[i * stride];
                    else if (best != best)
                      break;
                  call.out.as<std::remove_const_t<std::remove_pointer_t<decltype(in)>>>()[to] = best;
                }),
                .domains = {{.distinct = true}},
                .examples = axis_examples(),
                .about = "the largest along an axis; a NaN wins; ints {axis}"};

const Op argmax_op{
    .name = "argmax",
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          return Type{Dtype::i32, max_op.infer(in, a).shape};
        },
    .rules = {fixed()},
    .reference = along_axis([](const ReferenceCall& call, auto* in, Index stride, Index length, Index to) {
      Index best = 0;
      for (Index i = 1; i < length && in[best * stride] == in[best * stride]; ++i)
        if (in[i * stride] > in[best * stride] || in[i * stride] != in[i * stride]) best = i;
      call.out.as<std::int32_t>()[to] = static_cast<std::int32_t>(best);
    }),
    .domains = {{.distinct = true}},
    .examples = axis_examples(),
    .about = "where the largest is; the first of equals, a NaN before all; ints {axis}"};

const Op logsumexp_op{
    .name = "logsumexp",
    .infer = without_axis,
    // A line of -inf alone (a row that is masked out) has no softmax; its derivative is 0.
    .rules = {curved([](const Applied& y, Var t) {
      const Var shift = select(equal(y.out, -std::numeric_limits<double>::infinity()), 0.0, y.out);
      return sum(mul(t, exp(sub(y.in(), spread(shift, y)))), {axis_of(y.attributes())});
    })},
    .reference = along_axis([](const ReferenceCall& call, auto* in, Index stride, Index length, Index to) {
      using T = std::remove_const_t<std::remove_pointer_t<decltype(in)>>;
      T top = -std::numeric_limits<T>::infinity();
      bool bad = false;
      for (Index i = 0; i < length; ++i) {
        top = std::max(top, in[i * stride]);
        bad = bad || std::isnan(in[i * stride]);
      }
      if (bad) top = std::numeric_limits<T>::quiet_NaN();
      double total = 0;
      for (Index i = 0; i < length && std::isfinite(top); ++i)
        total += std::exp(static_cast<double>(in[i * stride]) - static_cast<double>(top));
      call.out.as<T>()[to] = std::isfinite(top) ? static_cast<T>(static_cast<double>(top) + std::log(total)) : top;
    }),
    .examples = axis_examples(),
    .about = "log(sum(e^x)) along an axis, without overflow; ints {axis}"};

const Op cumsum_op{.name = "cumsum",
                   .infer =
                       [](std::span<const Type> in, const Attributes& a) {
                         without_axis(in, a);
                         return in[0];
                       },
                   .rules = {straight([](const Applied& y, Var c) {
                     return c.graph().apply(cumsum_op, {c}, {{y.attributes().ints[0], 1 - y.attributes().ints[1]}, {}});
                   })},
                   .reference =
                       [](const ReferenceCall& call) {
                         visit(call.out.type.dtype, [&](auto zero) {
                           using T = decltype(zero);
                           for_each_line(call.out.type.shape, axis_of(call.attributes),
                                         [&](Index first, Index stride, Index length, Index) {
                                           double total = 0;
                                           for (Index i = 0; i < length; ++i) {
                                             const Index at =
                                                 first + (call.attributes.ints[1] != 0 ? length - 1 - i : i) * stride;
                                             total += static_cast<double>(call.in[0].as<T>()[at]);
                                             call.out.as<T>()[at] = static_cast<T>(total);
                                           }
                                         });
                         });
                       },
                   .examples = {{.shapes = {{3, 4}}, .attributes = {{1, 0}, {}}},
                                {.shapes = {{3, 4}}, .attributes = {{0, 1}, {}}},
                                {.shapes = {{2, 3, 5}}, .attributes = {{1, 1}, {}}},
                                {.shapes = {{0}}, .attributes = {{0, 0}, {}}}},
                   .about = "running sums along an axis; ints {axis, reverse}"};

namespace {

Var reduce_axis(const Op& op, const Operand& x, int axis) {
  return x.var().graph().apply(op, {x.var()}, {{normal_axis(op.name, x, axis)}, {}}, x.at());
}

Shape all_axes(const Operand& x) {
  Shape axes;
  for (int axis = 0; axis < x.var().shape().rank(); ++axis) axes.push_back(axis);
  return axes;
}

}  // namespace

Var sum(Operand x) { return sum(x, all_axes(x)); }

Var sum(Operand x, Shape axes) {
  if (axes.rank() == 0) return x.var();
  for (int i = 0; i < axes.rank(); ++i) axes[i] = normal_axis("sum", x, static_cast<int>(axes[i]));
  std::sort(&axes[0], &axes[0] + axes.rank());
  return x.var().graph().apply(sum_op, {x.var()}, {{axes.begin(), axes.end()}, {}}, x.at());
}

Var mean(Operand x) { return mean(x, all_axes(x)); }

Var mean(Operand x, Shape axes) {
  Index count = 1;
  for (Index axis : axes) count *= x.var().shape()[normal_axis("mean", x, static_cast<int>(axis))];
  return mul(sum(x, axes), {1.0 / static_cast<double>(count), x.at()});
}

Var max(Operand x, int axis) { return reduce_axis(max_op, x, axis); }
Var argmax(Operand x, int axis) { return reduce_axis(argmax_op, x, axis); }
Var logsumexp(Operand x, int axis) { return reduce_axis(logsumexp_op, x, axis); }

Var cumsum(Operand x, int axis) {
  return x.var().graph().apply(cumsum_op, {x.var()}, {{normal_axis("cumsum", x, axis), 0}, {}}, x.at());
}
Var reverse_cumsum(Operand x, int axis) {
  return x.var().graph().apply(cumsum_op, {x.var()}, {{normal_axis("cumsum", x, axis), 1}, {}}, x.at());
}

Var expand(Operand x, int axis) {
  Shape shape;
  const Shape& from = x.var().shape();
  axis = in_op("expand", x.at(), [&] { return normal_axis(axis, from.rank() + 1); });
  for (int i = 0; i <= from.rank(); ++i) shape.push_back(i == axis ? 1 : from[i < axis ? i : i - 1]);
  return reshape(x, shape);
}

}  // namespace fathom
