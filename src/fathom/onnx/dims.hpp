// Lengths that may depend on the batch: what two traces of one function, with batches of different size, tell.
#pragma once

#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom::onnx {

// fixed + times x the batch's size.
struct Dim {
  Index fixed = 0, times = 0;

  bool is_fixed() const { return times == 0; }
  bool is(Index length) const { return times == 0 && fixed == length; }
  friend bool operator==(const Dim&, const Dim&) = default;
};
using Dims = std::vector<Dim>;

// The sizes of the batches that are traced: large primes, so that no other length of a network equals one.
inline constexpr Index first_batch = 10007, second_batch = 20011;

// The length that is `first` in one trace and `second` in the other. Throws Error(usage) when it is not linear in the
// batch's size.
Dim dim_of(Index first, Index second);
Dims dims_of(const Shape& first, const Shape& second);

bool all_fixed(const Dims& dims);
// Needs: all_fixed.
Shape shape_of(const Dims& dims);
// As broadcast_shapes; two lengths that differ and are not 1 do not come here.
Dims broadcast_dims(const Dims& a, const Dims& b);

}  // namespace fathom::onnx
