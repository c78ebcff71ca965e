// Matrix products: C = op(A) op(B) on one core or many, packed and register-blocked.
//
// 1. The bits of C depend on the operands alone: not on the number of threads, nor on how an operand is stored, nor on
//    whether it was packed or read in place. Each element is the sum, in order, of sums over 512 neighbouring k, in
//    order. (Whether a product is rounded before it is added depends on the processor.)
// 2. Nothing is allocated: the caller brings gemm_workspace() bytes.
#pragma once

#include <cstddef>

#include "fathom/base/pool.hpp"
#include "fathom/base/shape.hpp"
#include "fathom/cpu/finish.hpp"

namespace fathom {

struct GemmShape {
  Index m = 0, n = 0, k = 0;
  bool transpose_a = false;  // A is stored [k, m]
  bool transpose_b = false;  // B is stored [n, k]
};

// Row-major operands with leading dimensions in elements.
template <class T>
struct GemmOperands {
  const T* a;
  Index lda;
  const T* b;
  Index ldb;
  T* c;
  Index ldc;
  Finish finish = {};  // for pieces of C, whose first element is number `begin`
  Index begin = 0;
};

std::size_t gemm_workspace(Dtype dtype, const GemmShape& shape);
// The workspace is aligned to 64 bytes.
template <class T>
void gemm(Pool& pool, const GemmShape& shape, const GemmOperands<T>& operands, std::byte* workspace) noexcept;

}  // namespace fathom
