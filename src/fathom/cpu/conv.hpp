// Convolutions as products that read images where they lie: no matrix of patches is written out.
//
// An image, with the zeros around it, is copied into a worker's own memory, which stays in its cache. There the pixels
// under a row of the kernel are neighbours, so a register block reads the operand A from the image itself:
//
//   conv         rows are pixels of the result in one line, columns outputs, k kernel rows x (kernel columns, channels)
//   conv_input   the same over the result's gradient, with the kernel turned round, once for each phase of the stride
//   conv_weight  rows are (kernel columns, channels) of one kernel row, columns outputs, k the pixels of the result
//
// 1. Chunks are images, or bands of their lines where there are few images; the sums over images for conv_weight are of
//    fixed stretches, added up in order. So bits depend on shapes alone.
// 2. Nothing is allocated.
#pragma once

#include <cstddef>

#include "fathom/base/pool.hpp"
#include "fathom/cpu/finish.hpp"
#include "fathom/graph/ops/conv.hpp"

namespace fathom {

// Memory that a convolution works in: shared by all workers, and for each of them.
struct ConvWorkspace {
  std::size_t shared = 0, worker = 0;
};

// What the three products of a geometry work in, aligned to 64 bytes, and what is done with the pieces of the result.
struct ConvContext {
  std::byte* shared;
  std::byte* workers;
  std::size_t worker_bytes;  // from a worker's memory to the next one's
  Finish finish = {};
};

ConvWorkspace conv_workspace(Dtype dtype, const ConvGeometry& g);
ConvWorkspace conv_input_workspace(Dtype dtype, const ConvGeometry& g);
ConvWorkspace conv_weight_workspace(Dtype dtype, const ConvGeometry& g);

template <class T>
void conv(Pool& pool, const ConvGeometry& g, const T* x, const T* w, T* y, const ConvContext& context) noexcept;
template <class T>
void conv_input(Pool& pool, const ConvGeometry& g, const T* y, const T* w, T* x, const ConvContext& context) noexcept;
template <class T>
void conv_weight(Pool& pool, const ConvGeometry& g, const T* x, const T* y, T* w, const ConvContext& context) noexcept;

}  // namespace fathom
