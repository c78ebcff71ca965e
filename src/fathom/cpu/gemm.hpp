// Matrix products: C = op(A) op(B) on one core or many, packed and register-blocked.
//
// 1. The bits of C depend on the operands and their shape alone: not on the number of threads, nor on how an operand is
//    stored, nor on whether it was packed or read in place. Each element is the sum, in order, of sums over equal
//    stretches of at most 320 neighbouring k, in order; a long sum of a small C is one of such sums over stretches of at
//    most 2,048. (Whether a product is rounded before it is added depends on the processor.)
// 2. Nothing is allocated: the caller brings gemm_bytes().
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

// Memory that a product works in: shared by all workers, and for each of them.
struct GemmBytes {
  std::size_t shared = 0, worker = 0;
};
GemmBytes gemm_bytes(Dtype dtype, const GemmShape& shape);

// All of it is aligned to 64 bytes.
struct GemmMemory {
  std::byte* shared;
  std::byte* workers;
  std::size_t worker_bytes;  // from a worker's memory to the next one's
};

template <class T>
void gemm(Pool& pool, const GemmShape& shape, const GemmOperands<T>& operands, const GemmMemory& memory) noexcept;

}  // namespace fathom
