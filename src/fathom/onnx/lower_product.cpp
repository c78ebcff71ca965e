// Lowerings of matrix products and convolutions.
#include "fathom/graph/ops/conv.hpp"
#include "fathom/onnx/lower.hpp"

namespace fathom::onnx {

namespace {

// An operand of matmul, its last two axes swapped if asked; leading axes that are only repeated stay as they are.
std::string matrix(const Lowered& call, std::size_t operand, bool swapped, Dims& lead) {
  Value value = call.in[operand];
  const Dims& full = call.full[operand];
  const std::size_t rank = full.size(), held = value.dims.size();
  if (held < 2 || !(value.dims[held - 1] == full[rank - 1]) || !(value.dims[held - 2] == full[rank - 2]))
    value = {.name = call.whole(operand), .dtype = value.dtype, .dims = full};
  lead = broadcast_dims(lead, {value.dims.begin(), value.dims.end() - 2});
  Integers axes;
  for (std::size_t axis = 0; axis < value.dims.size(); ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  if (swapped) std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return call.to.transposed(value, axes);
}

Value lower_matmul(const Lowered& call) {
  Dims dims;
  const std::string a = matrix(call, 0, call.number(0) != 0, dims), b = matrix(call, 1, call.number(1) != 0, dims);
  dims.insert(dims.end(), call.out.end() - 2, call.out.end());
  return call.to.make("MatMul", {a, b}, call.node.type.dtype, dims);
}

// [rows, columns, channels / groups, outputs] -> [outputs, channels / groups, rows, columns].
std::string kernel(const Lowered& call) {
  Value weights = call.in[1];
  if (weights.dims != call.full[1]) weights = {.name = call.whole(1), .dtype = weights.dtype, .dims = call.full[1]};
  return call.to.transposed(weights, {3, 2, 0, 1});
}

std::string images(const Lowered& call) {
  if (call.in[0].dims == call.full[0]) return call.to.channels_first(call.in[0]);
  return call.to.channels_first({.name = call.whole(0), .dtype = call.in[0].dtype, .dims = call.full[0]});
}

std::vector<Attribute> window(const Lowered& call) {
  const auto pair = [&](std::size_t first) { return Integers{call.number(first), call.number(first + 1)}; };
  const Dims& w = call.full[1];
  return {{"kernel_shape", Integers{w[0].fixed, w[1].fixed}},
          {"strides", pair(0)},
          {"pads", Integers{call.number(2), call.number(3), call.number(4), call.number(5)}},
          {"dilations", pair(6)},
          {"group", call.number(8)}};
}

Value lower_conv(const Lowered& call) {
  Value y = call.make("Conv", {images(call), kernel(call)}, window(call));
  y.channels_first = true;
  return y;
}

// Rows and columns at the end that no window reads are output_padding.
Value lower_conv_input(const Lowered& call) {
  const Dims &y = call.full[0], &w = call.full[1];
  Integers more;
  for (std::size_t axis : {0, 1}) {
    const Index reached = (y[axis + 1].fixed - 1) * call.number(axis) + call.number(6 + axis) * (w[axis].fixed - 1) +
                          1 - call.number(2 + axis) - call.number(4 + axis);
    more.push_back(call.number(9 + axis) - reached);
  }
  std::vector<Attribute> attributes = window(call);
  attributes.push_back({"output_padding", more});
  Value x = call.make("ConvTranspose", {images(call), kernel(call)}, attributes);
  x.channels_first = true;
  return x;
}

}  // namespace

Lowerings product_lowerings() {
  return {{&matmul_op, lower_matmul}, {&conv_op, lower_conv}, {&conv_input_op, lower_conv_input}};
}

}  // namespace fathom::onnx
