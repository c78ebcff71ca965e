// Reductions in SIMD over memory that lies in lines or in columns. The order of additions depends on the length alone.
#pragma once

#include "fathom/base/shape.hpp"

namespace fathom {

template <class T>
struct ReduceKernels {
  T (*sum)(const T* x, Index n) noexcept;
  // The largest; NaN when there is one; -inf for none.
  T (*max)(const T* x, Index n) noexcept;
  // The sum of e^(x - shift).
  T (*sum_exp)(const T* x, T shift, Index n) noexcept;
  // to[j] = the sum over i < rows of x[i * stride + j], for j < columns.
  void (*sum_columns)(T* to, const T* x, Index stride, Index rows, Index columns) noexcept;
};

template <class T>
ReduceKernels<T> reduce_kernels_of();

}  // namespace fathom
