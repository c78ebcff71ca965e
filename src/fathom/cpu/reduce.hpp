// Reductions in SIMD over memory that lies in lines or in columns. The order of additions depends on the length alone.
#pragma once

#include <algorithm>
#include <cmath>
#include <optional>

#include "fathom/graph/op.hpp"

namespace fathom {

template <class T>
struct ReduceKernels {
  T (*sum)(const T* x, Index n) noexcept;
  // The largest; NaN when there is one; -inf for none.
  T (*max)(const T* x, Index n) noexcept;
  // The sum of e^(x - shift).
  T (*sum_exp)(const T* x, T shift, Index n) noexcept;
  // total[j] += the sum over i < rows of x[i * stride + j], for j < columns.
  void (*add_columns)(T* total, const T* x, Index stride, Index rows, Index columns) noexcept;
};

template <class T>
ReduceKernels<T> reduce_kernels_of();

// log(sum(e^x)), without overflow.
template <class T>
T logsumexp(const ReduceKernels<T>& kernels, const T* x, Index n) noexcept {
  const T top = kernels.max(x, n);
  return std::isfinite(top) ? top + std::log(kernels.sum_exp(x, top, n)) : top;
}

// What groups do with rows that lie one after another: to[i] = the reduction of row i of from[0] (sum, max, logsumexp;
// of a pick: its element number from[1][i]); or to = rows of zeros with a 1 at element number from[0][i].
using RowKernel = void (*)(void* to, const void* const* from, Index rows, Index columns) noexcept;
// Nothing for ops that know no rows.
RowKernel row_kernel(const Op& op, Dtype dtype);

// How the rows of a matrix that lies in one piece are summed, whoever makes them: blocks of rows, in a chunk one after
// the other; then the chunks' sums, in the same way. A block fits into the first-level cache.
struct RowSums {
  Index rows, columns, block, chunk;  // rows of a block, rows of a chunk

  Index chunks() const { return (rows + chunk - 1) / chunk; }
};
// Nothing for rows that are longer than a tile.
std::optional<RowSums> row_sums(Index rows, Index columns, std::size_t element_size);

// Rows of a column that are summed before they join the total, where there are several matrices.
constexpr Index sum_block = 128;

// to[j] = the sum over `rows` rows of x[i * stride + j], `block` of them at a time, for j < columns.
template <class T>
void sum_blocks(const ReduceKernels<T>& kernels, T* to, const T* x, Index stride, Index rows, Index columns,
                Index block) noexcept {
  std::fill_n(to, columns, T(0));
  for (Index first = 0; first < rows; first += block)
    kernels.add_columns(to, x + first * stride, stride, std::min(block, rows - first), columns);
}

}  // namespace fathom
