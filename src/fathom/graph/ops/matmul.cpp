#include "fathom/graph/ops/matmul.hpp"

#include "fathom/graph/ops/rules.hpp"

namespace fathom {

using namespace rules;

namespace {

bool flag(const Applied& y, std::size_t i) { return y.attributes().ints[i] != 0; }

std::vector<Example> matmul_examples() {
  std::vector<Example> examples{{.shapes = {{2, 3, 4}, {2, 4, 5}}, .attributes = {{0, 0}, {}}},
                                {.shapes = {{2, 4, 3}, {2, 5, 4}}, .attributes = {{1, 1}, {}}},
                                {.shapes = {{3, 5, 4}, {3, 4, 1}}, .attributes = {{0, 0}, {}}},
                                {.shapes = {{0, 3}, {3, 2}}, .attributes = {{0, 0}, {}}},
                                {.shapes = {{3, 0}, {0, 2}}, .attributes = {{0, 0}, {}}},
                                {.shapes = {{1, 1}, {1, 1}}, .attributes = {{0, 0}, {}}},
                                {.shapes = {{33, 17}, {17, 65}}, .attributes = {{0, 0}, {}}},
                                {.shapes = {{70, 40}, {40, 1}}, .attributes = {{0, 0}, {}}}};
  for (Index a : {0, 1})
    for (Index b : {0, 1})
      examples.push_back({.shapes = {a != 0 ? Shape{7, 5} : Shape{5, 7}, b != 0 ? Shape{19, 7} : Shape{7, 19}},
                          .attributes = {{a, b}, {}}});
  return examples;
}

}  // namespace

const Op matmul_op{
    .name = "matmul",
    .arity = 2,
    .infer =
        [](std::span<const Type> in, const Attributes& at) {
          const Shape &a = in[0].shape, &b = in[1].shape;
          if (in[0].dtype != in[1].dtype || !is_float(in[0].dtype))
            refuse("operands are {} and {}, but must be of one float type", to_string(in[0]), to_string(in[1]));
          if (a.rank() < 2 || a.rank() != b.rank())
            refuse("operands are {} and {}, but must be matrices, or stacks of them with equally many axes",
                   to_string(in[0]), to_string(in[1]));
          const int r = a.rank();
          const bool ta = at.ints[0] != 0, tb = at.ints[1] != 0;
          for (int axis = 0; axis < r - 2; ++axis)
            if (a[axis] != b[axis])
              refuse("left is {} and right is {}: axis {} differs", to_string(a), to_string(b), axis);
          const Index m = ta ? a[r - 1] : a[r - 2], k = ta ? a[r - 2] : a[r - 1], kb = tb ? b[r - 1] : b[r - 2],
                      n = tb ? b[r - 2] : b[r - 1];
          if (k != kb)
            refuse("left has {} {} but right has {} {}", k, ta ? "rows" : "columns", kb, tb ? "columns" : "rows");
          Shape out = a.with(r - 2, m).with(r - 1, n);
          return Type{in[0].dtype, out};
        },
    // y = a' b' with a' = a or its transpose. For s = <c, y>: ds/da' = c b'^T and ds/db' = a'^T c.
    .rules = {straight([](const Applied& y, Var c) {
                return flag(y, 0) ? matmul(y.in(1), c, {.a = flag(y, 1), .b = true})
                                  : matmul(c, y.in(1), {.b = !flag(y, 1)});
              }),
              straight([](const Applied& y, Var c) {
                return flag(y, 1) ? matmul(c, y.in(0), {.a = true, .b = flag(y, 0)})
                                  : matmul(y.in(0), c, {.a = !flag(y, 0)});
              })},
    .reference =
        [](const ReferenceCall& call) {
          const Shape &a = call.in[0].type.shape, &b = call.in[1].type.shape, &out = call.out.type.shape;
          const int r = out.rank();
          const bool ta = call.attributes.ints[0] != 0, tb = call.attributes.ints[1] != 0;
          const Index m = out[r - 2], n = out[r - 1], k = ta ? a[r - 2] : a[r - 1];
          visit(call.out.type.dtype, [&](auto zero) {
            using T = decltype(zero);
            for (Index batch = 0; batch < out.count(0, r - 2); ++batch) {
              const T *x = call.in[0].as<T>() + batch * m * k, *w = call.in[1].as<T>() + batch * k * n;
              T* y = call.out.as<T>() + batch * m * n;
              for (Index i = 0; i < m; ++i)
                for (Index j = 0; j < n; ++j) {
                  double total = 0;
                  for (Index l = 0; l < k; ++l)
                    total += static_cast<double>(x[ta ? l * a[r - 1] + i : i * a[r - 1] + l]) *
                             static_cast<double>(w[tb ? j * b[r - 1] + l : l * b[r - 1] + j]);
                  y[i * n + j] = static_cast<T>(total);
                }
            }
          });
        },
    .examples = matmul_examples(),
    .about = "[..., m, k] x [..., k, n]; ints {transpose a, transpose b}"};

Var matmul(Operand left, Operand right, Transposed transposed) {
  Var a = left.var(), b = right.var();
  const auto lead = [](const Shape& shape) {
    return Shape(std::span(shape.begin(), static_cast<std::size_t>(std::max(0, shape.rank() - 2))));
  };
  if (a.shape().rank() >= 2 && b.shape().rank() >= 2 && lead(a.shape()) != lead(b.shape())) {
    const Shape batch = in_op("matmul", left.at(), [&] { return broadcast_shapes(lead(a.shape()), lead(b.shape())); });
    const auto with_batch = [&](Var x) {
      Shape shape = batch;
      shape.push_back(x.shape()[x.shape().rank() - 2]);
      shape.push_back(x.columns());
      return broadcast_to(x, shape);
    };
    a = with_batch(a);
    b = with_batch(b);
  }
  return a.graph().apply(matmul_op, {a, b}, {{transposed.a ? 1 : 0, transposed.b ? 1 : 0}, {}}, left.at());
}

Var dot(Operand a, Operand b) { return sum(mul(a, b)); }

}  // namespace fathom
