#include "fathom/graph/ops/conv.hpp"

#include "fathom/graph/ops/rules.hpp"

namespace fathom {

using namespace rules;

namespace {

constexpr std::size_t conv_ints = 9;  // before those of one op alone

Index windows(Index length, Index kernel, const Attributes& a, std::size_t axis) {
  const Index stride = a.ints[axis], before = a.ints[2 + axis], after = a.ints[4 + axis], dilation = a.ints[6 + axis];
  const Index reach = dilation * (kernel - 1) + 1;
  if (length + before + after < reach)
    refuse("a kernel of {} (dilation {}) is larger than the image of {} with {} rows or columns of padding", kernel,
           dilation, length, before + after);
  return (length + before + after - reach) / stride + 1;
}

// Checks what all three ops ask for, with x and w as they are or are to become, and gives the shape of y.
Shape shape_of_y(const Shape& x, const Shape& w, const Attributes& a) {
  for (std::size_t axis : {0, 1}) {
    if (a.ints[axis] < 1) refuse("the stride is {}, but must be 1 or more", a.ints[axis]);
    if (a.ints[2 + axis] < 0 || a.ints[4 + axis] < 0) refuse("the padding is below 0");
    if (a.ints[6 + axis] < 1) refuse("the dilation is {}, but must be 1 or more", a.ints[6 + axis]);
  }
  const Index groups = a.ints[8];
  if (groups < 1) refuse("there are {} groups, but must be 1 or more", groups);
  if (x.rank() != 4 || w.rank() != 4)
    refuse(
        "images are {} and weights {}, but must be [n, rows, columns, channels] and [rows, columns, channels, outputs]",
        to_string(x), to_string(w));
  if (x[3] % groups != 0) refuse("{} channels cannot be cut into {} groups", x[3], groups);
  if (w[3] % groups != 0) refuse("{} outputs cannot be cut into {} groups", w[3], groups);
  if (w[2] != x[3] / groups)
    refuse("images have {} channels{}, but weights are {} for {}", x[3],
           groups > 1 ? fmt::format(" in {} groups", groups) : "", to_string(w), w[2]);
  if (w[0] < 1 || w[1] < 1) refuse("a kernel of {} x {} reads nothing", w[0], w[1]);
  return {x[0], windows(x[1], w[0], a, 0), windows(x[2], w[1], a, 1), w[3]};
}

void need_one_float(std::span<const Type> in) {
  if (in[0].dtype != in[1].dtype || !is_float(in[0].dtype))
    refuse("operands are {} and {}, but must be of one float type", to_string(in[0]), to_string(in[1]));
}

void need_y(const Shape& given, const Shape& y) {
  if (given != y) refuse("the result of the convolution would be {}, but {} was given", to_string(y), to_string(given));
}

// The shape of x for conv_input.
Shape shape_of_x(std::span<const Type> in, const Attributes& a) {
  const Shape &y = in[0].shape, &w = in[1].shape;
  if (y.rank() != 4 || w.rank() != 4)
    refuse("images are {} and weights {}, but must have 4 axes", to_string(y), to_string(w));
  return {y[0], a.ints[conv_ints], a.ints[conv_ints + 1], w[2] * a.ints[8]};
}

// The shape of w for conv_weight.
Shape shape_of_w(std::span<const Type> in, const Attributes& a) {
  const Shape &x = in[0].shape, &y = in[1].shape;
  if (x.rank() != 4 || y.rank() != 4)
    refuse("images are {} and results {}, but must have 4 axes", to_string(x), to_string(y));
  if (a.ints[8] < 1) refuse("there are {} groups, but must be 1 or more", a.ints[8]);
  return {a.ints[conv_ints], a.ints[conv_ints + 1], x[3] / a.ints[8], y[3]};
}

Attributes of_conv(const Attributes& a) { return {{a.ints.begin(), a.ints.begin() + conv_ints}, {}}; }
Attributes with_size(const Attributes& a, Index rows, Index columns) {
  Attributes result = of_conv(a);
  result.ints.push_back(rows);
  result.ints.push_back(columns);
  return result;
}

Var for_y(Var x, Var w, const Attributes& a) { return x.graph().apply(conv_op, {x, w}, of_conv(a)); }
Var for_x(Var y, Var w, const Attributes& a, const Shape& x) {
  return y.graph().apply(conv_input_op, {y, w}, with_size(a, x[1], x[2]));
}
Var for_w(Var x, Var y, const Attributes& a, const Shape& w) {
  return x.graph().apply(conv_weight_op, {x, y}, with_size(a, w[0], w[1]));
}

// Calls f(place in x, place in w, place in y) for every product of the sum.
template <class F>
void for_each_product(const ConvGeometry& g, F&& f) {
  const Index c_part = g.c / g.groups, o_part = g.o / g.groups;
  for (Index n = 0; n < g.n; ++n)
    for (Index i = 0; i < g.i; ++i)
      for (Index j = 0; j < g.j; ++j)
        for (Index p = 0; p < g.p; ++p)
          for (Index q = 0; q < g.q; ++q) {
            const Index row = i * g.stride[0] - g.before[0] + p * g.dilation[0],
                        column = j * g.stride[1] - g.before[1] + q * g.dilation[1];
            if (row < 0 || row >= g.h || column < 0 || column >= g.w) continue;
            for (Index o = 0; o < g.o; ++o)
              for (Index c = 0; c < c_part; ++c)
                f(((n * g.h + row) * g.w + column) * g.c + o / o_part * c_part + c,
                  ((p * g.q + q) * c_part + c) * g.o + o, ((n * g.i + i) * g.j + j) * g.o + o);
          }
}

// One of the three sums: `a` and `b` choose the operands' places, `to` the result's, of (x, w, y).
Reference sums(int a, int b, int to) {
  return [=](const ReferenceCall& call) {
    const Op& op = to == 2 ? conv_op : to == 0 ? conv_input_op : conv_weight_op;
    const std::vector<Type> types{call.in[0].type, call.in[1].type};
    const ConvGeometry g = conv_geometry(op, types, call.attributes);
    visit(call.out.type.dtype, [&](auto zero) {
      using T = decltype(zero);
      std::vector<double> totals(static_cast<std::size_t>(call.out.type.shape.count()), 0.0);
      for_each_product(g, [&](Index x, Index w, Index y) {
        const Index places[] = {x, w, y};
        totals[static_cast<std::size_t>(places[to])] +=
            static_cast<double>(call.in[0].as<T>()[places[a]]) * static_cast<double>(call.in[1].as<T>()[places[b]]);
      });
      for (std::size_t k = 0; k < totals.size(); ++k) call.out.as<T>()[k] = static_cast<T>(totals[k]);
    });
  };
}

// Geometries that tests go through: x, w and the shared ints.
struct ConvSample {
  Shape x, w;
  std::vector<Index> ints;
};
std::vector<ConvSample> conv_samples() {
  return {{{2, 5, 6, 3}, {3, 3, 3, 4}, {1, 1, 1, 1, 1, 1, 1, 1, 1}},    // 3 x 3, padded to the same size
          {{1, 7, 5, 2}, {3, 2, 2, 5}, {2, 1, 0, 1, 1, 0, 1, 1, 1}},    // strided, padded on one side
          {{2, 6, 6, 4}, {3, 3, 2, 6}, {2, 2, 1, 1, 1, 1, 1, 1, 2}},    // groups
          {{1, 5, 5, 3}, {3, 3, 1, 3}, {1, 1, 1, 1, 1, 1, 1, 1, 3}},    // depthwise
          {{1, 8, 7, 2}, {3, 2, 2, 3}, {1, 2, 2, 0, 2, 0, 2, 3, 1}},    // dilated
          {{1, 9, 8, 2}, {3, 2, 2, 3}, {2, 2, 1, 0, 2, 1, 2, 2, 1}},    // dilated by the stride
          {{3, 4, 4, 5}, {1, 1, 5, 7}, {1, 1, 0, 0, 0, 0, 1, 1, 1}},    // 1 x 1
          {{2, 6, 5, 2}, {2, 2, 2, 3}, {3, 2, 0, 0, 0, 0, 1, 1, 1}},    // rows that no window reads
          {{1, 1, 9, 2}, {1, 4, 2, 3}, {1, 2, 0, 1, 0, 2, 1, 1, 1}},    // a sequence
          {{1, 7, 5, 1}, {9, 9, 1, 2}, {1, 1, 4, 4, 4, 4, 1, 1, 1}},    // a kernel of many taps
          {{1, 6, 9, 1}, {9, 9, 1, 2}, {2, 1, 4, 8, 4, 8, 1, 2, 1}},    // which are apart
          {{1, 1, 67, 1}, {1, 65, 1, 2}, {1, 1, 0, 1, 0, 1, 1, 1, 1}},  // a long one, over a sequence
          {{0, 3, 3, 2}, {2, 2, 2, 2}, {1, 1, 0, 0, 0, 0, 1, 1, 1}}};   // no images
}
std::vector<Example> examples(int a, int b) {
  std::vector<Example> result;
  for (const ConvSample& s : conv_samples()) {
    Attributes at{s.ints, {}};
    const Shape y = shape_of_y(s.x, s.w, at);
    const Shape shapes[] = {s.x, s.w, y};
    if (a == 2) at = with_size(at, s.x[1], s.x[2]);
    if (b == 2) at = with_size(at, s.w[0], s.w[1]);
    result.push_back({.shapes = {shapes[a], shapes[b]}, .attributes = at});
  }
  return result;
}

}  // namespace

const Op conv_op{
    .name = "conv",
    .arity = 2,
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          need_one_float(in);
          return Type{in[0].dtype, shape_of_y(in[0].shape, in[1].shape, a)};
        },
    .rules = {straight([](const Applied& y, Var c) { return for_x(c, y.in(1), y.attributes(), y.in(0).shape()); }),
              straight([](const Applied& y, Var c) { return for_w(y.in(0), c, y.attributes(), y.in(1).shape()); })},
    .reference = sums(0, 1, 2),
    .examples = examples(0, 1),
    .about = "convolution of images, channels last"};

const Op conv_input_op{
    .name = "conv_input",
    .arity = 2,
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          need_one_float(in);
          const Type x{in[0].dtype, shape_of_x(in, a)};
          need_y(in[0].shape, shape_of_y(x.shape, in[1].shape, a));
          return x;
        },
    .rules = {straight([](const Applied& x, Var c) { return for_y(c, x.in(1), x.attributes()); }),
              straight([](const Applied& x, Var c) { return for_w(c, x.in(0), x.attributes(), x.in(1).shape()); })},
    .reference = sums(2, 1, 0),
    .examples = examples(2, 1),
    .about = "the convolution's transpose: from results to images"};

const Op conv_weight_op{
    .name = "conv_weight",
    .arity = 2,
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          need_one_float(in);
          const Type w{in[0].dtype, shape_of_w(in, a)};
          need_y(in[1].shape, shape_of_y(in[0].shape, w.shape, a));
          return w;
        },
    .rules = {straight([](const Applied& w, Var c) { return for_x(w.in(1), c, w.attributes(), w.in(0).shape()); }),
              straight([](const Applied& w, Var c) { return for_y(w.in(0), c, w.attributes()); })},
    .reference = sums(0, 2, 1),
    .examples = examples(0, 2),
    .about = "the convolution's sum for each weight"};

ConvGeometry conv_geometry(const Op& op, std::span<const Type> in, const Attributes& a) {
  const Shape x = &op == &conv_input_op ? shape_of_x(in, a) : in[0].shape,
              w = &op == &conv_weight_op ? shape_of_w(in, a) : in[1].shape, y = shape_of_y(x, w, a);
  return {.n = x[0],
          .h = x[1],
          .w = x[2],
          .c = x[3],
          .p = w[0],
          .q = w[1],
          .o = w[3],
          .i = y[1],
          .j = y[2],
          .stride = {a.ints[0], a.ints[1]},
          .before = {a.ints[2], a.ints[3]},
          .dilation = {a.ints[6], a.ints[7]},
          .groups = a.ints[8]};
}

namespace {

Attributes attributes_of(const ConvOptions& o, SourceLocation at) {
  for (const Shape* pair : {&o.stride, &o.padding, &o.dilation})
    if (pair->rank() != 2)
      fail(Code::usage, "conv: stride, padding and dilation are two numbers each, for rows and columns ({})",
           to_string(at));
  return {{o.stride[0], o.stride[1], o.padding[0], o.padding[1], o.padding[0], o.padding[1], o.dilation[0],
           o.dilation[1], o.groups},
          {}};
}

}  // namespace

Var conv2d(Operand images, Operand weights, const ConvOptions& options) {
  const Var x = images.var();
  return x.graph().apply(conv_op, {x, weights.var()}, attributes_of(options, images.at()), images.at());
}

Var conv2d_transposed(Operand images, Operand weights, Index rows, Index columns, const ConvOptions& options) {
  const Var y = images.var();
  return y.graph().apply(conv_input_op, {y, weights.var()},
                         with_size(attributes_of(options, images.at()), rows, columns), images.at());
}

Var conv1d(Operand sequences, Operand weights, const ConvOptions& options) {
  const Var x = sequences.var(), w = weights.var();
  if (x.shape().rank() != 3 || w.shape().rank() != 3)
    fail(Code::usage,
         "conv1d: sequences are {} and weights {}, but must be [n, length, channels] and [length, channels, "
         "outputs] ({})",
         to_string(x.shape()), to_string(w.shape()), to_string(sequences.at()));
  ConvOptions one_row = options;
  one_row.stride[0] = one_row.dilation[0] = 1;
  one_row.padding[0] = 0;
  const Var y = conv2d({expand({x, sequences.at()}, 1), sequences.at()},
                       {expand({w, sequences.at()}, 0), sequences.at()}, one_row);
  return reshape({y, sequences.at()}, {y.shape()[0], y.shape()[2], y.shape()[3]});
}

}  // namespace fathom
