#include "fathom/onnx/lower.hpp"

#include "fathom/graph/ops/conv.hpp"
#include "fathom/graph/ops/pool.hpp"
#include "fathom/graph/ops/random.hpp"

namespace fathom::onnx {

Index Lowered::number(std::size_t i) const {
  if (!ints[i].is_fixed())
    fail(Code::usage, "{} depends on the batch's size in a way that ONNX cannot say", node.op->name);
  return ints[i].fixed;
}

bool Lowered::is_number(NodeId id, double* value) const {
  const Node* n = &graph.node(id);
  while (n->op == &broadcast_op || n->op == &reshape_op) n = &graph.node(n->operands[0]);
  if (n->op != &constant_op) return false;
  if (value != nullptr) *value = n->attributes.reals[0];
  return true;
}

const Lowering* lowering_of(const Op& op) {
  static const Lowerings all = [] {
    Lowerings joined;
    for (Lowerings part : {elementwise_lowerings(), shape_lowerings(), reduction_lowerings(), index_lowerings(),
                           pool_lowerings(), product_lowerings()})
      joined.merge(part);
    return joined;
  }();
  const auto it = all.find(&op);
  return it == all.end() ? nullptr : &it->second;
}

const std::set<const Op*>& training_only() {
  static const std::set<const Op*> ops{&uniform_op,      &normal_op,        &scatter_add_op, &scatter_set_op,
                                       &unique_rows_op,  &row_slots_op,     &conv_weight_op, &pool_sum_input_op,
                                       &pool_winners_op, &pool_max_input_op};
  return ops;
}

}  // namespace fathom::onnx
