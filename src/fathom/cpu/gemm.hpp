// Matrix products: C = op(A) op(B) on one core or many, packed and register-blocked.
//
// 1. The bits of C depend on the shape and on the operands alone: not on the number of threads, nor on whether an
//    operand was packed or read in place. Each element is a sum over k in order, cut every `depth_block`.
//    (They do depend on the processor's vector width.)
// 2. Nothing is allocated: the caller brings gemm_workspace() bytes.
#pragma once

#include <cstddef>

#include "fathom/base/pool.hpp"
#include "fathom/base/shape.hpp"

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
};

std::size_t gemm_workspace(Dtype dtype, const GemmShape& shape);
// The workspace is aligned to 64 bytes.
template <class T>
void gemm(Pool& pool, const GemmShape& shape, const GemmOperands<T>& operands, std::byte* workspace) noexcept;

// Why a plain shape takes the path it takes, for explain().
std::string_view gemm_path(const GemmShape& shape);

}  // namespace fathom
