// Lowerings of rows by number. An index outside of the table reads 0 in Fathom; ONNX counts negative ones from the end
// and refuses the others, so indices are brought inside, and what they then read is replaced by 0.
#include <algorithm>

#include "fathom/graph/ops/index.hpp"
#include "fathom/onnx/lower.hpp"

namespace fathom::onnx {

namespace {

// Indices that are inside of [0, length): themselves, and truth values that say where they were so.
struct Inside {
  std::string indices, truth;  // truth is empty where all were
};
Inside inside(const Lowered& call, std::size_t operand, Index length) {
  Builder& to = call.to;
  const Value& value = call.in[operand];
  const std::string indices = call.whole(operand);
  if (value.known()) {
    const auto numbers = value.constant.span<std::int32_t>();
    if (std::all_of(numbers.begin(), numbers.end(), [&](std::int32_t i) { return i >= 0 && i < length; }))
      return {indices, {}};
  }
  const std::string zero = to.number(0, Dtype::i32);
  const std::string truth =
      to.add("And", {to.add("GreaterOrEqual", {indices, zero}),
                     to.add("Less", {indices, to.number(static_cast<double>(length), Dtype::i32)})});
  return {to.add("Where", {truth, indices, zero}), truth};
}

std::string with_last_axes(Builder& to, const std::string& tensor, std::size_t rank, std::size_t more) {
  if (more == 0) return tensor;
  Integers axes;
  for (std::size_t axis = rank; axis < rank + more; ++axis) axes.push_back(static_cast<std::int64_t>(axis));
  return to.add("Unsqueeze", {tensor, to.integers(axes)});
}

Value lower_gather(const Lowered& call) {
  Builder& to = call.to;
  const Dim rows = call.full[0][0];
  const Dtype dtype = call.node.type.dtype;
  if (!rows.is_fixed()) fail(Code::usage, "rows of the batch are gathered by number, which cannot be exported");
  const Inside in = inside(call, 1, rows.fixed);
  const std::string table = call.whole(0);
  if (in.truth.empty()) return call.make("Gather", {table, in.indices}, {{"axis", std::int64_t{0}}});
  const std::string read = to.add("Gather", {table, in.indices}, {{"axis", std::int64_t{0}}});
  const std::size_t rank = call.full[1].size();
  return call.make("Where", {with_last_axes(to, in.truth, rank, call.out.size() - rank), read, to.number(0, dtype)});
}

Value lower_one_hot(const Lowered& call) {
  Builder& to = call.to;
  Tensor places(Type{Dtype::i32, {call.number(0)}});
  for (Index i = 0; i < places.count(); ++i) places.set(i, static_cast<double>(i));
  const std::string indices = with_last_axes(to, call.whole(0), call.full[0].size(), 1);
  const std::string equal = to.add("Equal", {indices, to.plain(Builder::constant("places", std::move(places)))});
  return call.make("Cast", {equal}, {{"to", static_cast<std::int64_t>(element_of(call.node.type.dtype))}});
}

Value lower_pick(const Lowered& call) {
  Builder& to = call.to;
  const Dim width = call.full[0].back();
  if (!width.is_fixed()) fail(Code::usage, "an element of each batch is picked by number, which cannot be exported");
  const Inside in = inside(call, 1, width.fixed);
  const std::size_t rank = call.full[1].size();
  const std::int64_t last = static_cast<std::int64_t>(rank);
  const std::string picked =
      to.add("GatherElements", {call.whole(0), with_last_axes(to, in.indices, rank, 1)}, {{"axis", last}});
  const std::string squeezed = to.add("Squeeze", {picked, to.integers({last})});
  if (in.truth.empty()) return {.name = squeezed, .dtype = call.node.type.dtype, .dims = call.out};
  return call.make("Where", {in.truth, squeezed, to.number(0, call.node.type.dtype)});
}

}  // namespace

Lowerings index_lowerings() {
  return {{&gather_op, lower_gather}, {&one_hot_op, lower_one_hot}, {&pick_op, lower_pick}};
}

}  // namespace fathom::onnx
