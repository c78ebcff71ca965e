#include "fathom/graph/ops/rules.hpp"

namespace fathom::rules {

Type same_any(std::span<const Type> in, const Attributes&) {
  for (const Type& type : in)
    if (type != in[0]) refuse("operands are {} and {}, but must be of one type", to_string(in[0]), to_string(type));
  return in[0];
}

Type same_float(std::span<const Type> in, const Attributes& attributes) {
  const Type type = same_any(in, attributes);
  if (!is_float(type.dtype)) refuse("{} has no fractions; cast it to f32 first", to_string(type));
  return type;
}

int normal_axis(int axis, int rank) {
  const int normal = axis < 0 ? axis + rank : axis;
  if (normal < 0 || normal >= rank) refuse("axis {} does not exist in a tensor with {} axes", axis, rank);
  return normal;
}

int normal_axis(std::string_view op, const Operand& x, int axis) {
  return in_op(op, x.at(), [&] { return normal_axis(axis, x.var().shape().rank()); });
}

}  // namespace fathom::rules
