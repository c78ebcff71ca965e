// Lowerings of reductions.
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/onnx/lower.hpp"

namespace fathom::onnx {

namespace {

const std::vector<Attribute> drop_axes{{"keepdims", std::int64_t{0}}};

// Where Fathom's axis lies in a tensor with channels first.
std::int64_t moved(std::int64_t axis) { return axis == 0 ? 0 : axis == 3 ? 1 : axis + 1; }

Value lower_sum(const Lowered& call) {
  Integers axes;
  for (std::size_t i = 0; i < call.ints.size(); ++i) axes.push_back(call.number(i));
  if (axes.empty()) return call.in[0];
  for (std::int64_t axis : axes)  // a sum of nothing, which ONNX Runtime refuses
    if (call.full[0][static_cast<std::size_t>(axis)].is(0)) return Builder::scalar(0, call.node.type.dtype);
  const Value& x = call.in[0];
  // Over rows and columns of an image, whichever way it lies.
  if (x.channels_first && axes == Integers{1, 2} && x.dims == call.full[0])
    return call.make("ReduceSum", {x.name, call.to.integers({moved(1), moved(2)})}, drop_axes);
  return call.make("ReduceSum", {call.whole(0), call.to.integers(axes)}, drop_axes);
}

Value lower_max(const Lowered& call) {
  return call.make("ReduceMax", {call.whole(0)}, {{"axes", Integers{call.number(0)}}, drop_axes[0]});
}

Value lower_argmax(const Lowered& call) {
  const std::string at = call.to.add("ArgMax", {call.whole(0)}, {{"axis", call.number(0)}, drop_axes[0]});
  return call.make("Cast", {at}, {{"to", static_cast<std::int64_t>(Element::i32)}});
}

Value lower_logsumexp(const Lowered& call) {
  return call.make("ReduceLogSumExp", {call.whole(0)}, {{"axes", Integers{call.number(0)}}, drop_axes[0]});
}

Value lower_cumsum(const Lowered& call) {
  Tensor axis(Type{Dtype::i32, {}});
  axis.set(0, static_cast<double>(call.number(0)));
  const std::string along = call.to.plain(Builder::constant("axis", std::move(axis)));
  return call.make("CumSum", {call.whole(0), along}, {{"reverse", call.number(1)}});
}

}  // namespace

Lowerings reduction_lowerings() {
  return {{&sum_op, lower_sum},
          {&max_op, lower_max},
          {&argmax_op, lower_argmax},
          {&logsumexp_op, lower_logsumexp},
          {&cumsum_op, lower_cumsum}};
}

}  // namespace fathom::onnx
