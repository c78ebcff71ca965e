#include "fathom/graph/ops/constant.hpp"

#include "fathom/graph/ops/rules.hpp"
#include "fathom/graph/ops/shape.hpp"

namespace fathom {

using namespace rules;

const Op constant_op{.name = "constant",
                     .kind = Kind::leaf,
                     .arity = 0,
                     .infer =
                         [](std::span<const Type>, const Attributes& a) {
                           return Type{static_cast<Dtype>(a.ints[0]), {}};
                         },
                     .reference =
                         [](const ReferenceCall& call) {
                           visit(call.out.type.dtype, [&](auto zero) {
                             *call.out.as<decltype(zero)>() = static_cast<decltype(zero)>(call.attributes.reals[0]);
                           });
                         },
                     .examples = {{.shapes = {}, .attributes = {{static_cast<Index>(Dtype::f32)}, {2.5}}}},
                     .about = "a number known at trace time"};

const Op iota_op{.name = "iota",
                 .kind = Kind::leaf,
                 .arity = 0,
                 .infer =
                     [](std::span<const Type>, const Attributes& a) {
                       return Type{static_cast<Dtype>(a.ints[0]), Shape(std::span(a.ints).subspan(2))};
                     },
                 .reference =
                     [](const ReferenceCall& call) {
                       const int axis = static_cast<int>(call.attributes.ints[1]);
                       visit(call.out.type.dtype, [&](auto zero) {
                         using T = decltype(zero);
                         for_each_index(call.out.type.shape, [&](Index position, const Shape& index) {
                           call.out.as<T>()[position] = static_cast<T>(index[axis]);
                         });
                       });
                     },
                 .examples = {{.shapes = {}, .attributes = {{static_cast<Index>(Dtype::i32), 1, 3, 5}, {}}},
                              {.shapes = {}, .attributes = {{static_cast<Index>(Dtype::f32), 0, 0}, {}}}},
                 .about = "counts along an axis"};

Var constant(Graph& graph, double value, Dtype dtype) {
  return graph.apply(constant_op, {}, {{static_cast<Index>(dtype)}, {value}});
}

Var full(Graph& graph, Type type, double value) { return broadcast_to(constant(graph, value, type.dtype), type.shape); }

Var full_like(Var like, double value) { return full(like.graph(), like.type(), value); }

Var iota(Graph& graph, Type type, int axis, SourceLocation at) {
  axis = in_op("iota", at, [&] { return normal_axis(axis, type.shape.rank()); });
  Attributes attributes{{static_cast<Index>(type.dtype), axis}, {}};
  attributes.ints.insert(attributes.ints.end(), type.shape.begin(), type.shape.end());
  return graph.apply(iota_op, {}, std::move(attributes), at);
}

bool is_constant(Var value, double* number) {
  const Node* node = &value.node();
  while (node->op == &broadcast_op || node->op == &reshape_op) node = &value.graph().node(node->operands[0]);
  if (node->op != &constant_op) return false;
  if (number != nullptr) *number = node->attributes.reals[0];
  return true;
}

}  // namespace fathom
