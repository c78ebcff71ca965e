// Lowerings of elementwise ops.
#include <algorithm>

#include "fathom/graph/ops/reduce.hpp"
#include "fathom/onnx/lower.hpp"

namespace fathom::onnx {

namespace {

// How the operands of an elementwise op are best read, and what lengths the result has then.
struct Arrangement {
  bool channels_first = false;
  Dims dims;
};
Arrangement arrangement_of(const std::vector<Value>& in) {
  Arrangement result;
  for (const Value& value : in) {
    result.channels_first = result.channels_first || value.channels_first;
    result.dims = broadcast_dims(result.dims, value.dims);
  }
  if (result.dims.size() > 4) result.channels_first = false;
  return result;
}

std::string read(Builder& to, const Value& value, bool channels_first) {
  return channels_first ? to.channels_first(value) : to.plain(value);
}

Lowering plainly(const char* op) {
  return [op](const Lowered& call) { return elementwise(call, op); };
}

// Truth values, and the mask of 0 and 1 that they are in Fathom.
Value mask_from(const Lowered& call, const std::string& truth, const Value& like) {
  Value mask = placed(like, {}, call.node.type.dtype);
  mask.mask = truth;
  mask.name = call.to.add("Cast", {truth}, {{"to", static_cast<std::int64_t>(element_of(call.node.type.dtype))}});
  return mask;
}
Lowering compared(const char* op) {
  return [op](const Lowered& call) {
    const Value truth = elementwise(call, op);
    return mask_from(call, truth.name, truth);
  };
}
Value lower_not_equal(const Lowered& call) {
  if (call.node.operands[0] == call.node.operands[1]) {  // only a NaN differs from itself
    const Value& x = call.in[0];
    return mask_from(call, call.to.add("IsNaN", {read(call.to, x, x.channels_first)}), x);
  }
  const Value same = elementwise(call, "Equal");
  return mask_from(call, call.to.add("Not", {same.name}), same);
}

// select(x <= 0, below, x), where `below` is x slope or alpha (e^min(x, 0) - 1): an activation that ONNX has.
bool is_activation(const Lowered& call, std::string& op, std::vector<Attribute>& attributes) {
  const Node& mask = call.operand(call.node, 0);
  const NodeId x = call.node.operands[2];
  double limit = 1, factor = 0;
  if (mask.op != &less_equal_op || mask.operands[0] != x || !call.is_number(mask.operands[1], &limit) || limit != 0)
    return false;
  const Node& below = call.operand(call.node, 1);
  if (below.op != &mul_op || call.node.type.dtype != Dtype::f32 || !call.is_number(below.operands[1], &factor))
    return false;
  attributes = {{"alpha", static_cast<float>(factor)}};
  op = "LeakyRelu";
  if (below.operands[0] == x) return true;
  const Node& grown = call.operand(below, 0);
  if (grown.op != &expm1_op) return false;
  const Node& bounded = call.operand(grown, 0);
  op = "Elu";
  return bounded.op == &select_op && bounded.operands[0] == call.node.operands[0] && bounded.operands[1] == x &&
         call.is_number(bounded.operands[2], &limit) && limit == 0;
}

Value lower_select(const Lowered& call) {
  std::string op;
  std::vector<Attribute> attributes;
  if (is_activation(call, op, attributes)) {
    const Value& x = call.in[2];
    return placed(x, call.to.add(op, {read(call.to, x, x.channels_first)}, attributes), x.dtype);
  }
  const auto [channels_first, dims] = arrangement_of(call.in);
  const Value& mask = call.in[0];
  const bool as_it_lies = !mask.mask.empty() && mask.channels_first == channels_first;
  const std::string truth = as_it_lies ? mask.mask : call.to.truth(read(call.to, mask, channels_first));
  Value result = call.to.make(
      "Where", {truth, read(call.to, call.in[1], channels_first), read(call.to, call.in[2], channels_first)},
      call.node.type.dtype, dims);
  result.channels_first = channels_first;
  return result;
}

// tanh(x / 2) = (e^x - 1) / (e^x + 1) keeps the digits near 0 that e^x - 1 loses: 2 t / (1 - t). It loses them where
// e^x is large, and nothing is lost there.
Value lower_expm1(const Lowered& call) {
  const Value& x = call.in[0];
  Builder& to = call.to;
  const std::string in = read(to, x, x.channels_first);
  const auto number = [&](double value) { return to.number(value, x.dtype); };
  const std::string t = to.add("Tanh", {to.add("Mul", {in, number(0.5)})});
  const std::string near = to.add("Div", {to.add("Add", {t, t}), to.add("Sub", {number(1), t})});
  const std::string far = to.add("Sub", {to.add("Exp", {in}), number(1)});
  return placed(x, to.add("Where", {to.add("Less", {in, number(0.5)}), near, far}), x.dtype);
}

// With u = 1 + x as it is rounded, log(u) x / (u - 1) is exact where u is not 1, and x is where it is (Goldberg 1991,
// theorem 4).
Value lower_log1p(const Lowered& call) {
  const Value& x = call.in[0];
  Builder& to = call.to;
  const std::string in = read(to, x, x.channels_first), one = to.number(1, x.dtype), u = to.add("Add", {in, one});
  const std::string far = to.add("Mul", {to.add("Log", {u}), to.add("Div", {in, to.add("Sub", {u, one})})});
  return placed(x, to.add("Where", {to.add("Equal", {u, one}), in, far}), x.dtype);
}

Value lower_rsqrt(const Lowered& call) {
  const Value root = elementwise(call, "Sqrt");
  return placed(root, call.to.add("Reciprocal", {root.name}), root.dtype);
}

// x - logsumexp(x), spread along the axis that was summed, is the logarithm of a softmax.
Value lower_sub(const Lowered& call) {
  const Node* spread = &call.operand(call.node, 1);
  if (spread->op == &broadcast_op) spread = &call.operand(*spread, 0);
  const Node* total = spread->op == &reshape_op ? &call.operand(*spread, 0) : nullptr;
  if (total == nullptr || total->op != &logsumexp_op || total->operands[0] != call.node.operands[0] ||
      call.in[0].dims != call.out)
    return elementwise(call, "Sub");
  const Index axis = total->attributes.ints[0];
  if (spread->type.shape != call.node.type.shape.with(static_cast<int>(axis), 1)) return elementwise(call, "Sub");
  return call.make("LogSoftmax", {call.to.plain(call.in[0])}, {{"axis", axis}});
}

Value lower_pow(const Lowered& call) {
  const Value& x = call.in[0];
  const std::string exponent = call.to.number(call.node.attributes.reals[0], x.dtype);
  return placed(x, call.to.add("Pow", {read(call.to, x, x.channels_first), exponent}), x.dtype);
}

Value lower_cast(const Lowered& call) {
  return elementwise(call, "Cast", {{"to", static_cast<std::int64_t>(element_of(call.node.type.dtype))}});
}

}  // namespace

Value placed(const Value& like, std::string name, Dtype dtype) {
  Value value{.name = std::move(name), .dtype = dtype, .dims = like.dims};
  value.channels_first = like.channels_first;
  return value;
}

Value elementwise(const Lowered& call, const std::string& op, std::vector<Attribute> attributes) {
  const auto [channels_first, dims] = arrangement_of(call.in);
  std::vector<std::string> inputs;
  for (const Value& value : call.in) inputs.push_back(read(call.to, value, channels_first));
  Value result = call.to.make(op, std::move(inputs), call.node.type.dtype, dims, std::move(attributes));
  result.channels_first = channels_first;
  return result;
}

Lowerings elementwise_lowerings() {
  return {{&add_op, plainly("Add")},
          {&sub_op, lower_sub},
          {&mul_op, plainly("Mul")},
          {&div_op, plainly("Div")},
          {&maximum_op, plainly("Max")},
          {&minimum_op, plainly("Min")},
          {&less_op, compared("Less")},
          {&less_equal_op, compared("LessOrEqual")},
          {&equal_op, compared("Equal")},
          {&not_equal_op, lower_not_equal},
          {&select_op, lower_select},
          {&neg_op, plainly("Neg")},
          {&exp_op, plainly("Exp")},
          {&log_op, plainly("Log")},
          {&expm1_op, lower_expm1},
          {&log1p_op, lower_log1p},
          {&sqrt_op, plainly("Sqrt")},
          {&rsqrt_op, lower_rsqrt},
          {&tanh_op, plainly("Tanh")},
          {&sigmoid_op, plainly("Sigmoid")},
          {&relu_op, plainly("Relu")},
          {&erf_op, plainly("Erf")},
          {&sin_op, plainly("Sin")},
          {&cos_op, plainly("Cos")},
          {&pow_op, lower_pow},
          {&abs_op, plainly("Abs")},
          {&sign_op, plainly("Sign")},
          {&cast_op, lower_cast},
          {&stop_gradient_op, [](const Lowered& call) { return call.in[0]; }}};
}

}  // namespace fathom::onnx
