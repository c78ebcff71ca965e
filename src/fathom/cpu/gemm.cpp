#include "fathom/cpu/gemm.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/cpu/partial-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

// Rows of a register block: with two vectors across, 24 accumulators of 32 registers, or 12 of 16.
#if HWY_TARGET <= HWY_AVX3
constexpr int block_rows = 12;
#else
constexpr int block_rows = 6;
#endif
constexpr Index depth_block = 512;  // the k that is summed in registers before C is touched
constexpr Index rows_per_chunk = 48;
constexpr Index panels_per_chunk = 8;

template <class T>
constexpr Index lanes() {
  return static_cast<Index>(hn::MaxLanes(hn::ScalableTag<T>()));
}
template <class T>
constexpr Index panel_width() {
  return 2 * lanes<T>();
}

// A register block: C[R rows, NV vectors] (+)= A[R, depth] B[depth, NV vectors]. Row i of A at step k is
// a[k * a_step + i]; B's row k is at b + k * b_step.
template <class T, int R, int NV, bool Masked>
HWY_INLINE void block(Index depth, const T* HWY_RESTRICT a, Index a_step, const T* HWY_RESTRICT b, Index b_step,
                      T* HWY_RESTRICT c, Index ldc, Index columns, bool add) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  const Index width = lanes<T>();
  V sums[R][NV];
  for (int i = 0; i < R; ++i)
    for (int j = 0; j < NV; ++j) sums[i][j] = hn::Zero(d);
  for (Index k = 0; k < depth; ++k) {
    V row[NV];
    for (int j = 0; j < NV; ++j) row[j] = hn::LoadU(d, b + j * width);
    for (int i = 0; i < R; ++i) {
      const V x = hn::Set(d, a[i]);
      for (int j = 0; j < NV; ++j) sums[i][j] = hn::MulAdd(x, row[j], sums[i][j]);
    }
    a += a_step;
    b += b_step;
  }
  for (int i = 0; i < R; ++i)
    for (int j = 0; j < NV; ++j) {
      T* to = c + i * ldc + j * width;
      if constexpr (Masked) {
        const Index left = columns - j * width;
        if (left <= 0) continue;
        const auto count = static_cast<std::size_t>(std::min(left, width));
        store_first(add ? hn::Add(load_first(d, to, count), sums[i][j]) : sums[i][j], d, to, count);
      } else {
        hn::StoreU(add ? hn::Add(hn::LoadU(d, to), sums[i][j]) : sums[i][j], d, to);
      }
    }
}

template <class T, int R>
HWY_NOINLINE void block_columns(Index depth, const T* a, Index a_step, const T* b, Index b_step, T* c, Index ldc,
                                Index columns, bool add) {
  if (columns == panel_width<T>())
    block<T, R, 2, false>(depth, a, a_step, b, b_step, c, ldc, columns, add);
  else if (columns > lanes<T>())
    block<T, R, 2, true>(depth, a, a_step, b, b_step, c, ldc, columns, add);
  else if (columns == lanes<T>())
    block<T, R, 1, false>(depth, a, a_step, b, b_step, c, ldc, columns, add);
  else
    block<T, R, 1, true>(depth, a, a_step, b, b_step, c, ldc, columns, add);
}

// The largest register block with at most `left` rows.
inline int rows_of_block(Index left) {
  if (left >= block_rows) return block_rows;
  for (int rows : {8, 6, 4, 3, 2})
    if (left >= rows && rows < block_rows) return rows;
  return 1;
}

template <class T>
void any_block(int rows, Index depth, const T* a, Index a_step, const T* b, Index b_step, T* c, Index ldc,
               Index columns, bool add) {
  switch (rows) {
    case block_rows:
      return block_columns<T, block_rows>(depth, a, a_step, b, b_step, c, ldc, columns, add);
#if HWY_TARGET <= HWY_AVX3
    case 8:
      return block_columns<T, 8>(depth, a, a_step, b, b_step, c, ldc, columns, add);
    case 6:
      return block_columns<T, 6>(depth, a, a_step, b, b_step, c, ldc, columns, add);
#endif
    case 4:
      return block_columns<T, 4>(depth, a, a_step, b, b_step, c, ldc, columns, add);
    case 3:
      return block_columns<T, 3>(depth, a, a_step, b, b_step, c, ldc, columns, add);
    case 2:
      return block_columns<T, 2>(depth, a, a_step, b, b_step, c, ldc, columns, add);
    default:
      return block_columns<T, 1>(depth, a, a_step, b, b_step, c, ldc, columns, add);
  }
}

// to[k * width + i] = from[i * stride + k] for i < count: rows along k become panels across them.
template <class T>
void pack_across(T* HWY_RESTRICT to, Index width, const T* HWY_RESTRICT from, Index stride, Index count, Index depth) {
  Index i = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(T) == 4) {
    const hn::FixedTag<T, 4> d;
    for (; i + 4 <= count; i += 4) {
      const T* row = from + i * stride;
      Index k = 0;
      for (; k + 4 <= depth; k += 4) {
        const auto r0 = hn::LoadU(d, row + k), r1 = hn::LoadU(d, row + stride + k),
                   r2 = hn::LoadU(d, row + 2 * stride + k), r3 = hn::LoadU(d, row + 3 * stride + k);
        const auto a = hn::InterleaveLower(d, r0, r2), b = hn::InterleaveLower(d, r1, r3),
                   c = hn::InterleaveUpper(d, r0, r2), e = hn::InterleaveUpper(d, r1, r3);
        T* out = to + k * width + i;
        hn::StoreU(hn::InterleaveLower(d, a, b), d, out);
        hn::StoreU(hn::InterleaveUpper(d, a, b), d, out + width);
        hn::StoreU(hn::InterleaveLower(d, c, e), d, out + 2 * width);
        hn::StoreU(hn::InterleaveUpper(d, c, e), d, out + 3 * width);
      }
      for (; k < depth; ++k)
        for (Index l = 0; l < 4; ++l) to[k * width + i + l] = row[l * stride + k];
    }
  }
#endif
  for (; i < count; ++i)
    for (Index k = 0; k < depth; ++k) to[k * width + i] = from[i * stride + k];
  for (; i < width; ++i)
    for (Index k = 0; k < depth; ++k) to[k * width + i] = T{};
}

// to[k * width + i] = from[k * stride + i] for i < count.
template <class T>
void pack_along(T* HWY_RESTRICT to, Index width, const T* HWY_RESTRICT from, Index stride, Index count, Index depth) {
  for (Index k = 0; k < depth; ++k) {
    for (Index i = 0; i < count; ++i) to[k * width + i] = from[k * stride + i];
    for (Index i = count; i < width; ++i) to[k * width + i] = T{};
  }
}

template <class T>
class Product {
 public:
  Product(const GemmShape& shape, const GemmOperands<T>& operands, std::byte* workspace)
      : s_(shape),
        o_(operands),
        panels_((shape.n + width_ - 1) / width_),
        packed_b_(reinterpret_cast<T*>(workspace)),
        packed_a_(packed_b_ + packed_b_size(shape)) {}

  static Index packed_b_size(const GemmShape& s) { return (s.n + width_ - 1) / width_ * width_ * s.k; }
  // A chunk's rows by k; chunks that share rows pack them for themselves.
  static Index packed_a_size(const GemmShape& s) {
    return s.transpose_a ? 0 : column_chunks(s) * ((s.m + rows_per_chunk - 1) / rows_per_chunk) * rows_per_chunk * s.k;
  }

  void run(Pool& pool) const {
    pool.run(panels_, [&](std::int64_t panel) { pack_b(panel); });
    const Index across = column_chunks(s_), down = (s_.m + rows_per_chunk - 1) / rows_per_chunk;
    pool.run(across * down, [&](std::int64_t chunk) { compute(chunk / across, chunk % across); });
  }

 private:
  static constexpr Index width_ = panel_width<T>();
  static Index column_chunks(const GemmShape& s) {
    return ((s.n + width_ - 1) / width_ + panels_per_chunk - 1) / panels_per_chunk;
  }

  // B as it lies is good enough when few row blocks read it, and its panel is whole.
  bool reads_b_in_place(Index panel) const {
    return !s_.transpose_b && s_.m <= 3 * block_rows && (panel + 1) * width_ <= s_.n;
  }

  void pack_b(Index panel) const {
    if (reads_b_in_place(panel)) return;
    const Index first = panel * width_, count = std::min(width_, s_.n - first);
    T* to = packed_b_ + first * s_.k;
    if (s_.transpose_b)
      pack_across(to, width_, o_.b + first * o_.ldb, o_.ldb, count, s_.k);
    else
      pack_along(to, width_, o_.b + first, o_.ldb, count, s_.k);
  }

  void compute(Index row_chunk, Index column_chunk) const {
    const Index first = row_chunk * rows_per_chunk, last = std::min(s_.m, first + rows_per_chunk);
    T* packed =
        packed_a_ + (column_chunk * ((s_.m + rows_per_chunk - 1) / rows_per_chunk) + row_chunk) * rows_per_chunk * s_.k;
    for (Index k = 0; k < s_.k || k == 0; k += depth_block) {
      const Index depth = std::min(depth_block, s_.k - k);
      if (!s_.transpose_a) {
        T* to = packed;
        for (Index row = first; row < last;) {
          const int rows = rows_of_block(last - row);
          pack_across(to, rows, o_.a + row * o_.lda + k, o_.lda, rows, depth);
          to += rows * depth;
          row += rows;
        }
      }
      for (Index panel = column_chunk * panels_per_chunk;
           panel < std::min(panels_, (column_chunk + 1) * panels_per_chunk); ++panel) {
        const Index column = panel * width_;
        const bool in_place = reads_b_in_place(panel);
        const T* b = in_place ? o_.b + k * o_.ldb + column : packed_b_ + column * s_.k + k * width_;
        const T* a = packed;
        for (Index row = first; row < last;) {
          const int rows = rows_of_block(last - row);
          any_block(rows, depth, s_.transpose_a ? o_.a + k * o_.lda + row : a, s_.transpose_a ? o_.lda : rows, b,
                    in_place ? o_.ldb : width_, o_.c + row * o_.ldc + column, o_.ldc, std::min(width_, s_.n - column),
                    k > 0);
          a += rows * depth;
          row += rows;
        }
      }
    }
  }

  GemmShape s_;
  GemmOperands<T> o_;
  Index panels_;
  T* packed_b_;
  T* packed_a_;
};

template <class T>
std::size_t workspace(const GemmShape& shape) {
  return static_cast<std::size_t>(Product<T>::packed_b_size(shape) + Product<T>::packed_a_size(shape)) * sizeof(T);
}

void run_f32(Pool& pool, const GemmShape& shape, const GemmOperands<float>& operands, std::byte* memory) {
  Product<float>(shape, operands, memory).run(pool);
}
void run_f64(Pool& pool, const GemmShape& shape, const GemmOperands<double>& operands, std::byte* memory) {
  Product<double>(shape, operands, memory).run(pool);
}
std::size_t workspace_f32(const GemmShape& shape) { return workspace<float>(shape); }
std::size_t workspace_f64(const GemmShape& shape) { return workspace<double>(shape); }

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(run_f32);
HWY_EXPORT(run_f64);
HWY_EXPORT(workspace_f32);
HWY_EXPORT(workspace_f64);

std::size_t gemm_workspace(Dtype dtype, const GemmShape& shape) {
  return dtype == Dtype::f32 ? HWY_DYNAMIC_DISPATCH(workspace_f32)(shape) : HWY_DYNAMIC_DISPATCH(workspace_f64)(shape);
}

template <>
void gemm<float>(Pool& pool, const GemmShape& shape, const GemmOperands<float>& operands,
                 std::byte* workspace) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f32)(pool, shape, operands, workspace);
}
template <>
void gemm<double>(Pool& pool, const GemmShape& shape, const GemmOperands<double>& operands,
                  std::byte* workspace) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f64)(pool, shape, operands, workspace);
}

}  // namespace fathom
#endif
