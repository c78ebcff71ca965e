// Pools in SIMD along the channels. Every number of a result is added up in the order of its window or windows, so that
// bits do not depend on how rows are dealt out.
#pragma once

#include "fathom/graph/ops/pool.hpp"

namespace fathom {

// Of one image: x and t are [h, w, c], y is [i, j, c].
template <class T>
struct PoolKernels {
  // Rows [first, last) of y.
  void (*sum)(const PoolGeometry& g, const T* x, T* y, Index first, Index last) noexcept;
  void (*max)(const PoolGeometry& g, const T* x, T* y, Index first, Index last) noexcept;
  void (*winners)(const PoolGeometry& g, const T* x, const T* t, T* y, Index first, Index last) noexcept;
  // Rows [first, last) of the images `to` [h, w, c].
  void (*sum_input)(const PoolGeometry& g, const T* y, T* to, Index first, Index last) noexcept;
  void (*max_input)(const PoolGeometry& g, const T* x, const T* y, T* to, Index first, Index last) noexcept;
};

template <class T>
PoolKernels<T> pool_kernels_of();

}  // namespace fathom
