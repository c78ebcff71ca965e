#include "fathom/onnx/dims.hpp"

namespace fathom::onnx {

Dim dim_of(Index first, Index second) {
  if (first == second) return {first, 0};
  const Index times = (second - first) / (second_batch - first_batch);
  if (times * (second_batch - first_batch) != second - first)
    fail(Code::usage, "a length is {} for a batch of {} and {} for a batch of {}, which ONNX cannot say", first,
         first_batch, second, second_batch);
  return {first - times * first_batch, times};
}

Dims dims_of(const Shape& first, const Shape& second) {
  Dims dims;
  for (int axis = 0; axis < first.rank(); ++axis) dims.push_back(dim_of(first[axis], second[axis]));
  return dims;
}

bool all_fixed(const Dims& dims) {
  for (const Dim& dim : dims)
    if (!dim.is_fixed()) return false;
  return true;
}

Shape shape_of(const Dims& dims) {
  Shape shape;
  for (const Dim& dim : dims) shape.push_back(dim.fixed);
  return shape;
}

Dims broadcast_dims(const Dims& a, const Dims& b) {
  Dims result = a.size() >= b.size() ? a : b;
  const Dims& shorter = a.size() >= b.size() ? b : a;
  const std::size_t lead = result.size() - shorter.size();
  for (std::size_t axis = 0; axis < shorter.size(); ++axis)
    if (result[axis + lead].is(1)) result[axis + lead] = shorter[axis];
  return result;
}

}  // namespace fathom::onnx
