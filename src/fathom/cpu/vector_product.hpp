// Products of a matrix and a vector, y = op(A) x, on one core or many.
//
// 1. The bits of y depend on the operands alone: not on the number of threads, nor on how A is stored, nor on the width
//    of vectors (only on whether the processor rounds a product before it is added). Each element is the sum of
//    64 / sizeof(T) sums: sum l takes the products at k = l, l + sums, l + 2 sums and so on, in order; then the upper
//    half of the sums is added to the lower half, until one is left.
// 2. Nothing is allocated: the caller brings vector_product_bytes().
#pragma once

#include <cstddef>

#include "fathom/base/pool.hpp"
#include "fathom/base/shape.hpp"

namespace fathom {

struct VectorProductShape {
  Index rows = 0, depth = 0;
  bool transposed = false;  // A is stored [depth, rows]
};

std::size_t vector_product_bytes(const VectorProductShape& shape);

// Row-major A without gaps, x of `depth` elements, y of `rows`. The memory is aligned to 64 bytes.
template <class T>
void vector_product(Pool& pool, const VectorProductShape& shape, const T* a, const T* x, T* y,
                    std::byte* memory) noexcept;

}  // namespace fathom
