#include "fathom/graph/ops/registry.hpp"

#include <array>

#include "fathom/graph/ops/conv.hpp"
#include "fathom/graph/ops/pool.hpp"
#include "fathom/graph/ops/random.hpp"

namespace fathom {

namespace {

constexpr std::array ops{
    &constant_op,
    &iota_op,
    &add_op,
    &sub_op,
    &mul_op,
    &div_op,
    &maximum_op,
    &minimum_op,
    &less_op,
    &less_equal_op,
    &equal_op,
    &not_equal_op,
    &select_op,
    &neg_op,
    &exp_op,
    &log_op,
    &expm1_op,
    &log1p_op,
    &sqrt_op,
    &rsqrt_op,
    &tanh_op,
    &sigmoid_op,
    &relu_op,
    &erf_op,
    &sin_op,
    &cos_op,
    &pow_op,
    &abs_op,
    &sign_op,
    &cast_op,
    &stop_gradient_op,
    &reshape_op,
    &permute_op,
    &broadcast_op,
    &slice_op,
    &pad_op,
    &concat_op,
    &reverse_op,
    &sum_op,
    &max_op,
    &argmax_op,
    &logsumexp_op,
    &cumsum_op,
    &matmul_op,
    &gather_op,
    &scatter_add_op,
    &scatter_set_op,
    &one_hot_op,
    &pick_op,
    &unique_rows_op,
    &row_slots_op,
    &uniform_op,
    &normal_op,
    &conv_op,
    &conv_input_op,
    &conv_weight_op,
    &pool_sum_op,
    &pool_sum_input_op,
    &pool_max_op,
    &pool_winners_op,
    &pool_max_input_op,
};

}  // namespace

std::span<const Op* const> all_ops() { return ops; }

const Op* find_op(std::string_view name) {
  for (const Op* op : ops)
    if (op->name == name) return op;
  return nullptr;
}

std::vector<Example> examples_of(const Op& op) {
  if (!op.examples.empty()) return op.examples;
  std::vector<Example> examples;
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{1}, Shape{7}, Shape{3, 5}, Shape{2, 1, 4}})
    examples.push_back({.shapes = std::vector<Shape>(static_cast<std::size_t>(op.arity), shape)});
  return examples;
}

Domain domain_of(const Op& op, const Example& example, int operand) {
  const auto& domains = example.domains.empty() ? op.domains : example.domains;
  return static_cast<std::size_t>(operand) < domains.size() ? domains[static_cast<std::size_t>(operand)]
         : domains.size() == 1 && op.arity < 0              ? domains[0]
                                                            : Domain{};
}

}  // namespace fathom
