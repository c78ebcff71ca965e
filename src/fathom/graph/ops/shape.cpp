#include "fathom/graph/ops/shape.hpp"

#include <numeric>

#include "fathom/graph/ops/reduce.hpp"
#include "fathom/graph/ops/rules.hpp"

namespace fathom {

using namespace rules;

namespace {

Attributes ints_of(const Shape& shape) { return {{shape.begin(), shape.end()}, {}}; }

// The k-th of the lists, one number per axis each, that an op keeps one after the other in its ints.
Shape list(const Attributes& attributes, int rank, int k) {
  return Shape(std::span(attributes.ints).subspan(static_cast<std::size_t>(k * rank), static_cast<std::size_t>(rank)));
}

Attributes lists(std::initializer_list<Shape> parts) {
  Attributes attributes;
  for (const Shape& part : parts) attributes.ints.insert(attributes.ints.end(), part.begin(), part.end());
  return attributes;
}

Shape repeated(int rank, Index value) {
  Shape result;
  for (int axis = 0; axis < rank; ++axis) result.push_back(value);
  return result;
}

Shape inverse(const Shape& axes) {
  Shape result = axes;
  for (int axis = 0; axis < axes.rank(); ++axis) result[static_cast<int>(axes[axis])] = axis;
  return result;
}

}  // namespace

const Op reshape_op{
    .name = "reshape",
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          const Shape shape{std::span(a.ints)};
          if (shape.count() != in[0].shape.count())
            refuse("{} has {} elements and does not fit the shape {}", to_string(in[0]), in[0].shape.count(),
                   to_string(shape));
          return Type{in[0].dtype, shape};
        },
    .rules = {straight([](const Applied& y, Var c) { return reshape(c, y.in().shape()); })},
    .reference = [](const ReferenceCall& call) { std::memcpy(call.out.data, call.in[0].data, call.out.type.bytes()); },
    .examples = {{.shapes = {{2, 6}}, .attributes = {{3, 4}, {}}},
                 {.shapes = {{1}}, .attributes = {{}, {}}},
                 {.shapes = {{0, 3}}, .attributes = {{3, 0}, {}}}},
    .about = "the same elements in another shape; ints: the shape"};

const Op permute_op{
    .name = "permute",
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          Type out{in[0].dtype, {}};
          std::vector<bool> seen(a.ints.size(), false);
          if (static_cast<int>(a.ints.size()) != in[0].shape.rank())
            refuse("{} needs {} axes, not {}", to_string(in[0]), in[0].shape.rank(), a.ints.size());
          for (Index axis : a.ints) {
            if (axis < 0 || axis >= in[0].shape.rank() || seen[static_cast<std::size_t>(axis)])
              refuse("[{}] is not an order of the axes of {}", fmt::join(a.ints, ", "), to_string(in[0]));
            seen[static_cast<std::size_t>(axis)] = true;
            out.shape.push_back(in[0].shape[static_cast<int>(axis)]);
          }
          return out;
        },
    .rules = {straight(
        [](const Applied& y, Var c) { return permute(c, inverse(Shape(std::span(y.attributes().ints)))); })},
    .reference =
        [](const ReferenceCall& call) {
          const Shape strides = call.in[0].type.shape.strides();
          copy_elements(call, [&](const Shape& index) {
            Index from = 0;
            for (int axis = 0; axis < index.rank(); ++axis)
              from += index[axis] * strides[static_cast<int>(call.attributes.ints[static_cast<std::size_t>(axis)])];
            return from;
          });
        },
    .examples = {{.shapes = {{2, 3, 4}}, .attributes = {{2, 0, 1}, {}}},
                 {.shapes = {{5, 7}}, .attributes = {{1, 0}, {}}},
                 {.shapes = {{0, 2}}, .attributes = {{1, 0}, {}}},
                 {.shapes = {{2, 3, 4, 5}}, .attributes = {{0, 2, 1, 3}, {}}}},
    .about = "axes in another order; ints: for each new axis, the old one"};

const Op broadcast_op{.name = "broadcast",
                      .infer =
                          [](std::span<const Type> in, const Attributes& a) {
                            const Shape to{std::span(a.ints)};
                            const int lead = to.rank() - in[0].shape.rank();
                            bool fits = lead >= 0;
                            for (int axis = 0; fits && axis < in[0].shape.rank(); ++axis)
                              fits = in[0].shape[axis] == 1 || in[0].shape[axis] == to[axis + lead];
                            if (!fits) refuse("{} does not broadcast to {}", to_string(in[0]), to_string(to));
                            return Type{in[0].dtype, to};
                          },
                      .rules = {straight([](const Applied& y, Var c) { return sum_to(c, y.in().shape()); })},
                      .reference =
                          [](const ReferenceCall& call) {
                            const Shape& from = call.in[0].type.shape;
                            const Shape strides = from.strides();
                            const int lead = call.out.type.shape.rank() - from.rank();
                            copy_elements(call, [&](const Shape& index) {
                              Index position = 0;
                              for (int axis = 0; axis < from.rank(); ++axis)
                                position += (from[axis] == 1 ? 0 : index[axis + lead]) * strides[axis];
                              return position;
                            });
                          },
                      .examples = {{.shapes = {{3}}, .attributes = {{2, 3}, {}}},
                                   {.shapes = {{2, 1, 3}}, .attributes = {{2, 4, 3}, {}}},
                                   {.shapes = {{}}, .attributes = {{5}, {}}},
                                   {.shapes = {{4, 1}}, .attributes = {{4, 6}, {}}},
                                   {.shapes = {{1, 3}}, .attributes = {{0, 3}, {}}}},
                      .about = "repeats axes of length 1; ints: the shape"};

const Op slice_op{.name = "slice",
                  .infer =
                      [](std::span<const Type> in, const Attributes& a) {
                        const int rank = in[0].shape.rank();
                        if (static_cast<int>(a.ints.size()) != 3 * rank)
                          refuse("{} needs {} numbers per axis", to_string(in[0]), 3);
                        const Shape start = list(a, rank, 0), length = list(a, rank, 1), step = list(a, rank, 2);
                        for (int axis = 0; axis < rank; ++axis)
                          if (start[axis] < 0 || length[axis] < 0 || step[axis] < 1 ||
                              (length[axis] > 0 && start[axis] + (length[axis] - 1) * step[axis] >= in[0].shape[axis]))
                            refuse("{} elements from {} by {} go beyond axis {} of {}", length[axis], start[axis],
                                   step[axis], axis, to_string(in[0]));
                        return Type{in[0].dtype, length};
                      },
                  .rules = {straight([](const Applied& y, Var c) {
                    const Shape& whole = y.in().shape();
                    const int rank = whole.rank();
                    Shape before = list(y.attributes(), rank, 0), length = list(y.attributes(), rank, 1),
                          step = list(y.attributes(), rank, 2), after = before, between = before;
                    for (int axis = 0; axis < rank; ++axis) {
                      between[axis] = step[axis] - 1;
                      if (length[axis] == 0) before[axis] = 0;
                      after[axis] =
                          whole[axis] - before[axis] - (length[axis] == 0 ? 0 : (length[axis] - 1) * step[axis] + 1);
                    }
                    return pad(c, before, after, between, {});
                  })},
                  .reference =
                      [](const ReferenceCall& call) {
                        const Shape& from = call.in[0].type.shape;
                        const Shape strides = from.strides(), start = list(call.attributes, from.rank(), 0),
                                    step = list(call.attributes, from.rank(), 2);
                        copy_elements(call, [&](const Shape& index) {
                          Index position = 0;
                          for (int axis = 0; axis < from.rank(); ++axis)
                            position += (start[axis] + index[axis] * step[axis]) * strides[axis];
                          return position;
                        });
                      },
                  .examples = {{.shapes = {{5, 7}}, .attributes = {{1, 2, 3, 4, 1, 1}, {}}},
                               {.shapes = {{9}}, .attributes = {{0, 3, 4}, {}}},
                               {.shapes = {{7, 4}}, .attributes = {{0, 1, 7, 3, 1, 1}, {}}},
                               {.shapes = {{4, 3}}, .attributes = {{2, 0, 0, 3, 1, 1}, {}}}},
                  .about = "part of each axis; ints: starts, lengths, steps"};

const Op pad_op{.name = "pad",
                .infer =
                    [](std::span<const Type> in, const Attributes& a) {
                      const int rank = in[0].shape.rank();
                      if (static_cast<int>(a.ints.size()) != 3 * rank)
                        refuse("{} needs {} numbers per axis", to_string(in[0]), 3);
                      Type out = in[0];
                      for (int axis = 0; axis < rank; ++axis) {
                        const Index before = list(a, rank, 0)[axis], after = list(a, rank, 1)[axis],
                                    between = list(a, rank, 2)[axis];
                        if (before < 0 || after < 0 || between < 0) refuse("the padding of axis {} is negative", axis);
                        const Index length = in[0].shape[axis];
                        out.shape[axis] = before + after + length + (length > 0 ? (length - 1) * between : 0);
                      }
                      return out;
                    },
                .rules = {straight([](const Applied& y, Var c) {
                  const Shape& inner = y.in().shape();
                  Shape step = list(y.attributes(), inner.rank(), 2);
                  for (int axis = 0; axis < inner.rank(); ++axis) step[axis] += 1;
                  return slice_all(c, list(y.attributes(), inner.rank(), 0), inner, step, {});
                })},
                .reference =
                    [](const ReferenceCall& call) {
                      const Shape& from = call.in[0].type.shape;
                      const Shape strides = from.strides(), before = list(call.attributes, from.rank(), 0),
                                  between = list(call.attributes, from.rank(), 2);
                      copy_elements(call, [&](const Shape& index) {
                        Index position = 0;
                        for (int axis = 0; axis < from.rank(); ++axis) {
                          const Index shifted = index[axis] - before[axis], step = between[axis] + 1;
                          if (shifted < 0 || shifted % step != 0 || shifted / step >= from[axis]) return Index{-1};
                          position += shifted / step * strides[axis];
                        }
                        return position;
                      });
                    },
                .examples = {{.shapes = {{3, 4}}, .attributes = {{1, 0, 2, 3, 0, 1}, {}}},
                             {.shapes = {{0}}, .attributes = {{1, 1, 2}, {}}},
                             {.shapes = {{5}}, .attributes = {{0, 2, 0}, {}}}},
                .about = "zeros around and between; ints: before, after, between"};

const Op concat_op{
    .name = "concat",
    .arity = -1,
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          const int axis = static_cast<int>(a.ints[0]);
          Type out = in[0];
          out.shape[axis] = 0;
          for (const Type& type : in) {
            if (type.dtype != out.dtype || type.shape.rank() != out.shape.rank() ||
                type.shape.with(axis, 0) != out.shape.with(axis, 0))
              refuse("{} and {} do not fit along axis {}", to_string(in[0]), to_string(type), axis);
            out.shape[axis] += type.shape[axis];
          }
          return out;
        },
    .linearity = Linearity::joint,
    .rules = {straight([](const Applied& y, Var c) {
      const int axis = static_cast<int>(y.attributes().ints[0]);
      Index start = 0;
      for (int k = 0; k < y.operand; ++k) start += y.in(k).shape()[axis];
      return slice(c, axis, {.start = start, .length = y.in().shape()[axis]});
    })},
    .reference =
        [](const ReferenceCall& call) {
          const int axis = static_cast<int>(call.attributes.ints[0]);
          const Shape& out = call.out.type.shape;
          const Index outer = out.count(0, axis);
          auto* to = static_cast<std::byte*>(call.out.data);
          for (Index i = 0; i < outer; ++i)
            for (const TensorView& part : call.in) {
              const std::size_t bytes = outer == 0 ? 0 : part.type.bytes() / static_cast<std::size_t>(outer);
              std::memcpy(to, static_cast<const std::byte*>(part.data) + static_cast<std::size_t>(i) * bytes, bytes);
              to += bytes;
            }
        },
    .examples = {{.shapes = {{2, 3}, {2, 5}, {2, 1}}, .attributes = {{1}, {}}},
                 {.shapes = {{2, 3}, {4, 3}}, .attributes = {{0}, {}}},
                 {.shapes = {{0}, {3}}, .attributes = {{0}, {}}}},
    .about = "joined along an axis; ints {axis}"};

const Op reverse_op{
    .name = "reverse",
    .infer =
        [](std::span<const Type> in, const Attributes& a) {
          if (static_cast<int>(a.ints.size()) != in[0].shape.rank())
            refuse("{} needs one flag per axis", to_string(in[0]));
          return in[0];
        },
    .rules = {straight([](const Applied& y, Var c) { return c.graph().apply(reverse_op, {c}, y.attributes()); })},
    .reference =
        [](const ReferenceCall& call) {
          const Shape& shape = call.out.type.shape;
          const Shape strides = shape.strides();
          copy_elements(call, [&](const Shape& index) {
            Index position = 0;
            for (int axis = 0; axis < shape.rank(); ++axis)
              position += (call.attributes.ints[static_cast<std::size_t>(axis)] != 0 ? shape[axis] - 1 - index[axis]
                                                                                     : index[axis]) *
                          strides[axis];
            return position;
          });
        },
    .examples = {{.shapes = {{3, 4}}, .attributes = {{0, 1}, {}}},
                 {.shapes = {{5}}, .attributes = {{1}, {}}},
                 {.shapes = {{2, 3}}, .attributes = {{1, 1}, {}}}},
    .about = "back to front along the flagged axes"};

Var reshape(Operand operand, Shape shape) {
  const Var x = operand.var();
  int open = -1;
  Index known = 1;
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == -1)
      open = axis;
    else
      known *= shape[axis];
  }
  if (open >= 0) shape[open] = known == 0 ? 0 : x.shape().count() / known;
  if (shape == x.shape()) return x;
  return x.graph().apply(reshape_op, {x}, ints_of(shape), operand.at());
}

Var permute(Operand operand, Shape axes) {
  const Var x = operand.var();
  Shape identity = axes;
  std::iota(&identity[0], &identity[0] + identity.rank(), 0);
  return axes == identity && axes.rank() == x.shape().rank()
             ? x
             : x.graph().apply(permute_op, {x}, ints_of(axes), operand.at());
}

Var transpose(Operand operand) {
  const int rank = operand.var().shape().rank();
  if (rank < 2)
    fail(Code::usage, "transpose: {} has no two axes to swap ({})", to_string(operand.var().type()),
         to_string(operand.at()));
  Shape axes = operand.var().shape();
  std::iota(&axes[0], &axes[0] + rank, 0);
  std::swap(axes[rank - 1], axes[rank - 2]);
  return permute(operand, axes);
}

Var broadcast_to(Operand operand, Shape shape) {
  const Var x = operand.var();
  return x.shape() == shape ? x : x.graph().apply(broadcast_op, {x}, ints_of(shape), operand.at());
}

Var slice(Operand operand, int axis, SliceOptions options) {
  const Var x = operand.var();
  const int rank = x.shape().rank();
  axis = normal_axis("slice", operand, axis);
  return slice_all(x, repeated(rank, 0).with(axis, options.start), x.shape().with(axis, options.length),
                   repeated(rank, 1).with(axis, options.step), operand.at());
}

Var slice_all(Operand operand, Shape start, Shape length, Shape step, SourceLocation at) {
  const Var x = operand.var();
  if (length == x.shape() && start == repeated(start.rank(), 0) && step == repeated(step.rank(), 1)) return x;
  return x.graph().apply(slice_op, {x}, lists({start, length, step}), at);
}

Var pad(Operand operand, Shape before, Shape after, Shape between, SourceLocation at) {
  const Var x = operand.var();
  const Shape none = repeated(x.shape().rank(), 0);
  if (before == none && after == none && between == none) return x;
  return x.graph().apply(pad_op, {x}, lists({before, after, between}), at);
}

Var concat(const Vars& parts, int axis, SourceLocation at) {
  if (parts.empty()) fail(Code::usage, "concat: there is nothing to join ({})", to_string(at));
  if (parts.size() == 1) return parts.front();
  return parts.front().graph().apply(concat_op, parts, {{normal_axis("concat", {parts.front(), at}, axis)}, {}}, at);
}

Var reverse(Operand operand, int axis) {
  const Var x = operand.var();
  const int rank = x.shape().rank();
  return x.graph().apply(reverse_op, {x}, ints_of(repeated(rank, 0).with(normal_axis("reverse", operand, axis), 1)),
                         operand.at());
}

Var sum_to(Var x, Shape shape) {
  Shape axes;
  const int lead = x.shape().rank() - shape.rank();
  for (int axis = 0; axis < x.shape().rank(); ++axis)
    if (axis < lead || (shape[axis - lead] == 1 && x.shape()[axis] != 1)) axes.push_back(axis);
  return reshape(axes.rank() == 0 ? x : sum(x, axes), shape);
}

}  // namespace fathom
