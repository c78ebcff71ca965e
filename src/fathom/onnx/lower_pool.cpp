// Lowerings of pools.
#include "fathom/graph/ops/pool.hpp"
#include "fathom/onnx/lower.hpp"

namespace fathom::onnx {

namespace {

// Over an image, whichever way it lies; windows of the attributes' size.
Value pooled(const Lowered& call, const char* op, std::vector<Attribute> attributes) {
  const auto pair = [&](std::size_t first) { return Integers{call.number(first), call.number(first + 1)}; };
  const Integers padding = pair(4);
  attributes.push_back({"kernel_shape", pair(0)});
  attributes.push_back({"strides", pair(2)});
  attributes.push_back({"pads", Integers{padding[0], padding[1], padding[0], padding[1]}});
  Value image = call.in[0];
  if (image.dims != call.full[0]) image = {.name = call.whole(0), .dtype = image.dtype, .dims = call.full[0]};
  Value y = call.make(op, {call.to.channels_first(image)}, std::move(attributes));
  y.channels_first = true;
  return y;
}

Value lower_pool_max(const Lowered& call) { return pooled(call, "MaxPool", {}); }

// ONNX has the mean: the sum is as often as much as a window has places.
Value lower_pool_sum(const Lowered& call) {
  const Value mean = pooled(call, "AveragePool", {{"count_include_pad", std::int64_t{1}}});
  const auto places = static_cast<double>(call.number(0) * call.number(1));
  return placed(mean, call.to.add("Mul", {mean.name, call.to.number(places, mean.dtype)}), mean.dtype);
}

}  // namespace

Lowerings pool_lowerings() { return {{&pool_max_op, lower_pool_max}, {&pool_sum_op, lower_pool_sum}}; }

}  // namespace fathom::onnx
