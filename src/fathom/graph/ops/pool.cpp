#include "fathom/graph/ops/pool.hpp"

#include "fathom/graph/ops/rules.hpp"

namespace fathom {

using namespace rules;

namespace {

constexpr std::size_t pool_ints = 6;  // before those of pool_sum_input alone

Index windows(Index length, const Attributes& a, std::size_t axis) {
  const Index window = a.ints[axis], stride = a.ints[2 + axis], padding = a.ints[4 + axis];
  if (window < 1) refuse("the window is {}, but must be 1 or more", window);
  if (stride < 1) refuse("the stride is {}, but must be 1 or more", stride);
  if (padding < 0) refuse("the padding is below 0");
  // More could leave a window without a pixel.
  if (padding > window / 2) refuse("the padding of {} is more than half of the window of {}", padding, window);
  if (length < 1 || length + 2 * padding < window)
    refuse("a window of {} is larger than the image of {} with {} rows or columns of padding", window, length,
           2 * padding);
  return (length + 2 * padding - window) / stride + 1;
}

// The shape of y for images of the shape of x.
Shape shape_of_y(const Shape& x, const Attributes& a) {
  if (x.rank() != 4) refuse("images are {}, but must be [n, rows, columns, channels]", to_string(x));
  return {x[0], windows(x[1], a, 0), windows(x[2], a, 1), x[3]};
}

void need_float(const Type& x) {
  if (!is_float(x.dtype)) refuse("{} has no fractions; cast it to f32 first", to_string(x));
}

Shape shape_of_x(const Op& op, std::span<const Type> in, const Attributes& a) {
  if (&op != &pool_sum_input_op) return in[0].shape;
  const Shape& y = in[0].shape;
  if (y.rank() != 4) refuse("images are {}, but must be [n, rows, columns, channels]", to_string(y));
  return {y[0], a.ints[pool_ints], a.ints[pool_ints + 1], y[3]};
}

Attributes of_pool(const Attributes& a) { return {{a.ints.begin(), a.ints.begin() + pool_ints}, {}}; }
Attributes with_size(const Attributes& a, const Shape& x) {
  Attributes result = of_pool(a);
  result.ints.push_back(x[1]);
  result.ints.push_back(x[2]);
  return result;
}

// Calls f(place in y, place in x) for every pixel of every window.
template <class F>
void for_each_pixel(const PoolGeometry& g, F&& f) {
  for (Index n = 0; n < g.n; ++n)
    for (Index i = 0; i < g.i; ++i)
      for (Index j = 0; j < g.j; ++j)
        for (Index c = 0; c < g.c; ++c) {
          const Index y = ((n * g.i + i) * g.j + j) * g.c + c;
          for (Index p = 0; p < g.window[0]; ++p)
            for (Index q = 0; q < g.window[1]; ++q) {
              const Index row = i * g.stride[0] - g.padding[0] + p, column = j * g.stride[1] - g.padding[1] + q;
              if (row < 0 || row >= g.h || column < 0 || column >= g.w) continue;
              f(y, ((n * g.h + row) * g.w + column) * g.c + c);
            }
        }
}

template <class T>
bool wins(T value, T best) {
  return value > best || (value != value && best == best);
}
// Whether a pixel is its window's largest, where NaNs are equal.
template <class T>
bool is_best(T value, T best) {
  return value == best || (value != value && best != best);
}

// f(geometry, zero of the element type).
template <class F>
Reference over_windows(const Op& op, F f) {
  return [f, &op](const ReferenceCall& call) {
    std::vector<Type> types;
    for (const TensorView& view : call.in) types.push_back(view.type);
    const PoolGeometry g = pool_geometry(op, types, call.attributes);
    visit(call.out.type.dtype, [&](auto zero) { f(call, g, zero); });
  };
}

// The largest of each window, and how many pixels are.
template <class T>
struct Winners {
  std::vector<T> best;
  std::vector<Index> count;
};
template <class T>
Winners<T> winners_of(const PoolGeometry& g, const T* x) {
  const auto size = static_cast<std::size_t>(g.n * g.i * g.j * g.c);
  Winners<T> result{std::vector<T>(size, 0), std::vector<Index>(size, 0)};
  for_each_pixel(g, [&](Index y, Index at) {
    const auto k = static_cast<std::size_t>(y);
    if (result.count[k] == 0 || wins(x[at], result.best[k])) {
      result.best[k] = x[at];
      result.count[k] = 1;
    } else if (is_best(x[at], result.best[k])) {
      ++result.count[k];
    }
  });
  return result;
}

// Geometries that tests go through: x, and {window, stride, padding}.
struct PoolSample {
  Shape x;
  std::vector<Index> ints;
};
std::vector<PoolSample> pool_samples() {
  return {{{2, 4, 6, 3}, {2, 2, 2, 2, 0, 0}},   // side by side
          {{1, 7, 5, 9}, {3, 3, 2, 2, 1, 1}},   // overlapping, padded
          {{2, 5, 4, 2}, {3, 2, 1, 1, 0, 0}},   // every place
          {{1, 9, 8, 17}, {2, 3, 4, 5, 1, 1}},  // pixels that no window reads
          {{3, 1, 7, 5}, {1, 4, 1, 3, 0, 2}},   // a sequence
          {{1, 3, 3, 40}, {3, 3, 1, 1, 1, 1}},  // many channels
          {{0, 3, 3, 2}, {2, 2, 1, 1, 0, 0}}};  // no images
}

enum class Like { x, y };
std::vector<Example> examples(std::initializer_list<Like> operands, std::vector<Domain> domains = {}) {
  std::vector<Example> result;
  for (const PoolSample& s : pool_samples()) {
    Attributes a{s.ints, {}};
    const Shape y = shape_of_y(s.x, a);
    Example example{.shapes = {}, .attributes = {}, .domains = domains};
    for (Like like : operands) example.shapes.push_back(like == Like::x ? s.x : y);
    example.attributes = operands.size() == 1 && *operands.begin() == Like::y ? with_size(a, s.x) : a;
    result.push_back(std::move(example));
  }
  return result;
}

const std::vector<Domain> distinct_then_any{{.distinct = true}, {}};

}  // namespace

const Op pool_sum_op{
    .name = "pool_sum",
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          need_float(in[0]);
          return Type{in[0].dtype, shape_of_y(in[0].shape, a)};
        },
    .rules = {straight([](const Applied& y, Var c) {
      return c.graph().apply(pool_sum_input_op, {c}, with_size(y.attributes(), y.in().shape()));
    })},
    .reference = over_windows(pool_sum_op,
                              [](const ReferenceCall& call, const PoolGeometry& g, auto zero) {
                                using T = decltype(zero);
                                std::vector<double> totals(static_cast<std::size_t>(call.out.type.shape.count()), 0.0);
                                for_each_pixel(g, [&](Index y, Index x) {
                                  totals[static_cast<std::size_t>(y)] += static_cast<double>(call.in[0].as<T>()[x]);
                                });
                                for (std::size_t k = 0; k < totals.size(); ++k)
                                  call.out.as<T>()[k] = static_cast<T>(totals[k]);
                              }),
    .examples = examples({Like::x}),
    .about = "the sum of each window of images, channels last"};

const Op pool_sum_input_op{
    .name = "pool_sum_input",
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          need_float(in[0]);
          const Type x{in[0].dtype, shape_of_x(pool_sum_input_op, in, a)};
          if (const Shape y = shape_of_y(x.shape, a); y != in[0].shape)
            refuse("the result of the pool would be {}, but {} was given", to_string(y), to_string(in[0].shape));
          return x;
        },
    .rules = {straight(
        [](const Applied& x, Var c) { return c.graph().apply(pool_sum_op, {c}, of_pool(x.attributes())); })},
    .reference = over_windows(pool_sum_input_op,
                              [](const ReferenceCall& call, const PoolGeometry& g, auto zero) {
                                using T = decltype(zero);
                                std::vector<double> totals(static_cast<std::size_t>(call.out.type.shape.count()), 0.0);
                                for_each_pixel(g, [&](Index y, Index x) {
                                  totals[static_cast<std::size_t>(x)] += static_cast<double>(call.in[0].as<T>()[y]);
                                });
                                for (std::size_t k = 0; k < totals.size(); ++k)
                                  call.out.as<T>()[k] = static_cast<T>(totals[k]);
                              }),
    .examples = examples({Like::y}),
    .about = "the sums' transpose: each number to every pixel of its window"};

const Op pool_max_op{.name = "pool_max",
                     .infer = pool_sum_op.infer,
                     .rules = {curved([](const Applied& y, Var t) {
                       return t.graph().apply(pool_winners_op, {y.in(), t}, y.attributes());
                     })},
                     .reference = over_windows(pool_max_op,
                                               [](const ReferenceCall& call, const PoolGeometry& g, auto zero) {
                                                 using T = decltype(zero);
                                                 const Winners<T> winners = winners_of(g, call.in[0].as<T>());
                                                 std::copy(winners.best.begin(), winners.best.end(), call.out.as<T>());
                                               }),
                     .domains = {{.distinct = true}},
                     .examples = examples({Like::x}),
                     .about = "the largest of each window of images, channels last; a NaN wins"};

const Op pool_winners_op{.name = "pool_winners",
                         .arity = 2,
                         .infer =
                             [](std::span<const Type> in, const Attributes& a) {
                               need_float(in[0]);
                               if (in[1] != in[0])
                                 refuse("images are {}, but tangents are {}", to_string(in[0]), to_string(in[1]));
                               return Type{in[0].dtype, shape_of_y(in[0].shape, a)};
                             },
                         .rules = {fixed(), straight([](const Applied& y, Var c) {
                                     return c.graph().apply(pool_max_input_op, {y.in(0), c}, y.attributes());
                                   })},
                         .reference = over_windows(pool_winners_op,
                                                   [](const ReferenceCall& call, const PoolGeometry& g, auto zero) {
                                                     using T = decltype(zero);
                                                     const T* x = call.in[0].as<T>();
                                                     const Winners<T> winners = winners_of(g, x);
                                                     std::vector<double> totals(winners.best.size(), 0.0);
                                                     for_each_pixel(g, [&](Index y, Index at) {
                                                       const auto k = static_cast<std::size_t>(y);
                                                       if (is_best(x[at], winners.best[k]))
                                                         totals[k] += static_cast<double>(call.in[1].as<T>()[at]);
                                                     });
                                                     for (std::size_t k = 0; k < totals.size(); ++k)
                                                       call.out.as<T>()[k] = static_cast<T>(
                                                           totals[k] / static_cast<double>(winners.count[k]));
                                                   }),
                         .domains = distinct_then_any,
                         .examples = examples({Like::x, Like::x}),
                         .about = "the mean of the second operand where the first is the largest of its window"};

const Op pool_max_input_op{
    .name = "pool_max_input",
    .arity = 2,
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          need_float(in[0]);
          if (const Type y{in[0].dtype, shape_of_y(in[0].shape, a)}; in[1] != y)
            refuse("the result of the pool would be {}, but {} was given", to_string(y), to_string(in[1]));
          return in[0];
        },
    .rules = {fixed(), straight([](const Applied& x, Var c) {
                return c.graph().apply(pool_winners_op, {x.in(0), c}, x.attributes());
              })},
    .reference = over_windows(pool_max_input_op,
                              [](const ReferenceCall& call, const PoolGeometry& g, auto zero) {
                                using T = decltype(zero);
                                const T* x = call.in[0].as<T>();
                                const Winners<T> winners = winners_of(g, x);
                                std::vector<double> totals(static_cast<std::size_t>(call.out.type.shape.count()), 0.0);
                                for_each_pixel(g, [&](Index y, Index at) {
                                  const auto k = static_cast<std::size_t>(y);
                                  if (is_best(x[at], winners.best[k]))
                                    totals[static_cast<std::size_t>(at)] += static_cast<double>(call.in[1].as<T>()[y]) /
                                                                            static_cast<double>(winners.count[k]);
                                });
                                for (std::size_t k = 0; k < totals.size(); ++k)
                                  call.out.as<T>()[k] = static_cast<T>(totals[k]);
                              }),
    .domains = distinct_then_any,
    .examples = examples({Like::x, Like::y}),
    .about = "the mean's transpose: each number to the largest pixels of its window, in equal parts"};

PoolGeometry pool_geometry(const Op& op, std::span<const Type> in, const Attributes& a) {
  const Shape x = shape_of_x(op, in, a), y = shape_of_y(x, a);
  return {.n = x[0],
          .h = x[1],
          .w = x[2],
          .c = x[3],
          .i = y[1],
          .j = y[2],
          .window = {a.ints[0], a.ints[1]},
          .stride = {a.ints[2], a.ints[3]},
          .padding = {a.ints[4], a.ints[5]}};
}

}  // namespace fathom
