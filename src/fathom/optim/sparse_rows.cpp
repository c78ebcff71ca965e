#include "fathom/optim/sparse_rows.hpp"

#include <unordered_map>
#include <unordered_set>

#include "fathom/graph/ops/index.hpp"

namespace fathom {

namespace {

bool is_zero(Var x) {
  double number = 1;
  return is_constant(x, &number) && number == 0;
}

// Whether all elements are one number, so that it can be read off any of them.
bool is_uniform(Var x) {
  while (x.node().op == &broadcast_op || x.node().op == &reshape_op) x = x.graph().var(x.node().operands[0]);
  return x.shape().count() == 1;
}

// That number, repeated to another shape.
Var uniform_as(Var x, const Shape& shape) {
  while (x.node().op == &broadcast_op || x.node().op == &reshape_op) x = x.graph().var(x.node().operands[0]);
  return broadcast_to(reshape(x, {}), shape);
}

Var operand(Var x, int i) { return x.graph().var(x.node().operands[static_cast<std::size_t>(i)]); }

class Compaction {
 public:
  // Whether all rows but those of the indices found are zero for certain.
  bool collect(Var x) {
    if (is_zero(x) || !seen_.insert(x.id()).second) return true;
    const Op* op = x.node().op;
    if (op == &scatter_add_op) {
      const Var index = operand(x, 1);
      if (starts_.emplace(index.id(), touched_).second) {
        indices_.push_back(index);
        touched_ += index.shape().count();
      }
      return collect(operand(x, 0));
    }
    if (op == &add_op || op == &sub_op) return collect(operand(x, 0)) && collect(operand(x, 1));
    if (op == &neg_op) return collect(operand(x, 0));
    if (op == &mul_op && is_uniform(operand(x, 0))) return collect(operand(x, 1));
    if ((op == &mul_op || op == &div_op) && is_uniform(operand(x, 1))) return collect(operand(x, 0));
    return false;
  }

  Index touched() const { return touched_; }
  bool found() const { return !indices_.empty(); }

  CompactRows compact(Var gradient) {
    shape_ = gradient.shape().with(0, touched_);
    Vars lists;
    for (const Var& index : indices_) lists.push_back(reshape(index, {index.shape().count()}));
    const Var all = lists.size() == 1 ? lists.front() : concat(lists, 0);
    const Var unique = unique_rows(all, gradient.rows());
    slots_ = row_slots(all, unique);
    return {unique, rewrite(gradient)};
  }

 private:
  Var rewrite(Var x) {
    if (is_zero(x)) return full(x.graph(), {x.dtype(), shape_}, 0);
    if (const auto known = rewritten_.find(x.id()); known != rewritten_.end()) return known->second;
    const Op* op = x.node().op;
    Var result;
    if (op == &scatter_add_op) {
      const Var index = operand(x, 1);
      const Index length = index.shape().count();
      const Var slots =
          length == touched_ ? slots_ : slice(slots_, 0, {.start = starts_.at(index.id()), .length = length});
      result = scatter_add(rewrite(operand(x, 0)), slots, reshape(operand(x, 2), shape_.with(0, length)));
    } else {
      const auto part = [&](int i) {
        return is_uniform(operand(x, i)) ? uniform_as(operand(x, i), shape_) : rewrite(operand(x, i));
      };
      Vars parts{part(0)};
      if (op->arity == 2) parts.push_back(part(1));
      result = x.graph().apply(*op, parts, x.node().attributes, x.node().at);
    }
    rewritten_.emplace(x.id(), result);
    return result;
  }

  std::unordered_set<NodeId> seen_;
  std::unordered_map<NodeId, Index> starts_;  // of an index node's rows among all touched ones
  Vars indices_;
  Index touched_ = 0;
  Shape shape_;  // of the compact gradient
  Var slots_;
  std::unordered_map<NodeId, Var> rewritten_;
};

}  // namespace

std::optional<CompactRows> compact_rows(Var gradient) {
  Compaction compaction;
  if (gradient.shape().rank() < 1 || !compaction.collect(gradient) || !compaction.found()) return std::nullopt;
  if (compaction.touched() * 2 >= gradient.rows()) return std::nullopt;
  return compaction.compact(gradient);
}

}  // namespace fathom
