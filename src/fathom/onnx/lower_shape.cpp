// Lowerings of constants and of ops that move numbers.
#include <algorithm>
#include <limits>

#include "fathom/graph/ops/shape.hpp"
#include "fathom/onnx/lower.hpp"

namespace fathom::onnx {

namespace {

Value lower_constant(const Lowered& call) {
  return Builder::scalar(call.node.attributes.reals[0], call.node.type.dtype);
}

// 0, 1, 2, ... along one axis, held with the other axes of length 1.
Value lower_iota(const Lowered& call) {
  const auto axis = static_cast<std::size_t>(call.number(1));
  Dims held(call.out.size(), Dim{1, 0});
  held[axis] = call.out[axis];
  const Dtype dtype = call.node.type.dtype;
  if (held[axis].is_fixed()) {
    Tensor counted(Type{dtype, shape_of(held)});
    for (Index i = 0; i < counted.count(); ++i) counted.set(i, static_cast<double>(i));
    return Builder::constant("counted", std::move(counted));
  }
  Builder& to = call.to;
  const std::string zero = to.integers({0});
  const auto scalar = [&](const std::string& list) { return to.add("Squeeze", {list, zero}); };
  const std::string range = to.add("Range", {scalar(zero), scalar(to.lengths({held[axis]})), scalar(to.integers({1}))});
  const std::string cast = to.add("Cast", {range}, {{"to", static_cast<std::int64_t>(element_of(dtype))}});
  return {.name = to.reshaped(cast, held), .dtype = dtype, .dims = held};
}

Value lower_reshape(const Lowered& call) {
  if (call.in[0].dims.empty()) return call.in[0];  // one number, in any shape
  const std::string in = call.whole(0);
  if (call.full[0] == call.out) return {.name = in, .dtype = call.node.type.dtype, .dims = call.out};
  return {.name = call.to.reshaped(in, call.out), .dtype = call.node.type.dtype, .dims = call.out};
}

Value lower_permute(const Lowered& call) {
  const Value& x = call.in[0];
  Integers axes;
  for (std::size_t axis = 0; axis < call.ints.size(); ++axis) axes.push_back(call.number(axis));
  if (x.dims == call.full[0]) return {.name = call.to.transposed(x, axes), .dtype = x.dtype, .dims = call.out};
  return call.make("Transpose", {call.whole(0)}, {{"perm", axes}});
}

// What an op repeats is repeated by those that read it: most of them do so by themselves.
Value lower_broadcast(const Lowered& call) { return call.in[0]; }

// The k-th list of one number for each axis.
Dims list(const Lowered& call, std::size_t k) {
  const auto rank = static_cast<std::ptrdiff_t>(call.out.size());
  const auto first = call.ints.begin() + static_cast<std::ptrdiff_t>(k) * rank;
  return {first, first + rank};
}

Value lower_slice(const Lowered& call) {
  const Dims start = list(call, 0), length = list(call, 1), step = list(call, 2);
  Integers starts, ends, axes, steps;
  for (std::size_t axis = 0; axis < call.out.size(); ++axis) {
    if (start[axis].is(0) && step[axis].is(1) && length[axis] == call.full[0][axis]) continue;
    if (!start[axis].is_fixed() || !length[axis].is_fixed() || !step[axis].is_fixed())
      fail(Code::usage, "a part of the batch is cut out in a way that ONNX cannot say");
    starts.push_back(start[axis].fixed);
    ends.push_back(length[axis].fixed == 0 ? start[axis].fixed
                                           : start[axis].fixed + (length[axis].fixed - 1) * step[axis].fixed + 1);
    axes.push_back(static_cast<std::int64_t>(axis));
    steps.push_back(step[axis].fixed);
  }
  Builder& to = call.to;
  return call.make("Slice",
                   {call.whole(0), to.integers(starts), to.integers(ends), to.integers(axes), to.integers(steps)});
}

// Zeros between the elements of an axis: an axis of length 1 after it, padded to the step, then joined to it.
std::string spread(const Lowered& call, std::string tensor, std::size_t axis, Index between, Dims& dims) {
  Builder& to = call.to;
  Dims split = dims;
  split.insert(split.begin() + static_cast<std::ptrdiff_t>(axis) + 1, Dim{1, 0});
  Integers pads(split.size() * 2, 0);
  pads[split.size() + axis + 1] = between;
  tensor = to.add("Pad", {to.reshaped(tensor, split), to.integers(pads)});
  dims[axis] = {dims[axis].fixed * (between + 1), dims[axis].times * (between + 1)};
  return to.reshaped(tensor, dims);
}

Value lower_pad(const Lowered& call) {
  const std::size_t rank = call.out.size();
  std::string tensor = call.whole(0);
  Dims dims = call.full[0];
  Integers pads(rank * 2, 0);
  for (std::size_t axis = 0; axis < rank; ++axis) {
    const Index between = call.number(2 * rank + axis);
    pads[axis] = call.number(axis);
    pads[rank + axis] = call.number(rank + axis);
    if (between == 0 || dims[axis].is(0)) continue;
    tensor = spread(call, tensor, axis, between, dims);
    pads[rank + axis] -= between;  // behind the last element there are none
  }
  return call.make("Pad", {tensor, call.to.integers(pads)});
}

Value lower_concat(const Lowered& call) {
  std::vector<std::string> parts;
  for (std::size_t k = 0; k < call.in.size(); ++k) parts.push_back(call.whole(k));
  return call.make("Concat", parts, {{"axis", call.number(0)}});
}

Value lower_reverse(const Lowered& call) {
  Integers axes;
  for (std::size_t axis = 0; axis < call.ints.size(); ++axis)
    if (call.number(axis) != 0) axes.push_back(static_cast<std::int64_t>(axis));
  const Integers last(axes.size(), -1), beyond_first(axes.size(), std::numeric_limits<std::int64_t>::min());
  Builder& to = call.to;
  return call.make("Slice",
                   {call.whole(0), to.integers(last), to.integers(beyond_first), to.integers(axes), to.integers(last)});
}

}  // namespace

Lowerings shape_lowerings() {
  return {{&constant_op, lower_constant}, {&iota_op, lower_iota},           {&reshape_op, lower_reshape},
          {&permute_op, lower_permute},   {&broadcast_op, lower_broadcast}, {&slice_op, lower_slice},
          {&pad_op, lower_pad},           {&concat_op, lower_concat},       {&reverse_op, lower_reverse}};
}

}  // namespace fathom::onnx
