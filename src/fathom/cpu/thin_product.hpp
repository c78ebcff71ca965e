// Matrix products one side of whose result is short, at most 15: C = op(A) op(B) with the long side across the vectors.
//
// 1. The bits of C are gemm's: not on the number of threads, nor on how an operand is stored, do they depend.
// 2. Nothing is packed and nothing is allocated: the caller brings thin_product_bytes().
#pragma once

#include <string>

#include "fathom/cpu/gemm.hpp"

namespace fathom {

// Why the kernel for whole blocks is the better one; empty: this one is.
std::string refuse_thin_product(const GemmShape& shape);

// Of the sections of a long sum.
std::size_t thin_product_bytes(Dtype dtype, const GemmShape& shape);

// Needs: nothing is refused. The memory is aligned to 64 bytes.
template <class T>
void thin_product(Pool& pool, const GemmShape& shape, const GemmOperands<T>& operands, std::byte* memory) noexcept;

}  // namespace fathom
