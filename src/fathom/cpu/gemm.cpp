#include "fathom/cpu/gemm.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/cpu/pack-inl.hpp"
#include "fathom/cpu/register_block-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

constexpr Index depth_block = 512;  // the k that is summed in registers before C is touched
constexpr Index rows_per_chunk = 48;
constexpr Index panels_per_chunk = 8;

template <class T>
class Product {
 public:
  Product(const GemmShape& shape, const GemmOperands<T>& operands, std::byte* workspace)
      : s_(shape), o_(operands), panels_((shape.n + width_ - 1) / width_), packed_b_(reinterpret_cast<T*>(workspace)) {}

  static Index packed_size(const GemmShape& s) { return (s.n + width_ - 1) / width_ * width_ * s.k; }

  void run(Pool& pool) const {
    pool.run(panels_, [&](std::int64_t panel) { pack_b(panel); });
    const Index across = (panels_ + panels_per_chunk - 1) / panels_per_chunk,
                down = (s_.m + rows_per_chunk - 1) / rows_per_chunk;
    pool.run(across * down, [&](std::int64_t chunk) { compute(chunk / across, chunk % across); });
  }

 private:
  static constexpr Index width_ = panel_width<T>();

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
    for (Index k = 0; k < s_.k || k == 0; k += depth_block)
      for (Index panel = column_chunk * panels_per_chunk;
           panel < std::min(panels_, (column_chunk + 1) * panels_per_chunk); ++panel)
        for (Index row = first; row < last;) {
          const Index rows = rows_of_block(last - row);
          compute_block(row, rows, panel, k);
          row += rows;
        }
    const Index column = column_chunk * panels_per_chunk * width_;
    o_.finish(
        {o_.begin + first * o_.ldc + column, last - first, std::min(s_.n - column, panels_per_chunk * width_), o_.ldc});
  }

  // A is read where it lies: along its rows, or across them if it is stored transposed.
  void compute_block(Index row, Index rows, Index panel, Index k) const {
    constexpr Index beginning = 0;
    const Index column = panel * width_;
    const bool in_place = reads_b_in_place(panel);
    const Stretches all{1, std::min(depth_block, s_.k - k), &beginning, &beginning};
    BlockOperands<T> o{.a = s_.transpose_a ? o_.a + k * o_.lda + row : o_.a + row * o_.lda + k,
                       .a_row = o_.lda,
                       .a_step = s_.transpose_a ? o_.lda : 1,
                       .b = in_place ? o_.b + k * o_.ldb + column : packed_b_ + column * s_.k + k * width_,
                       .b_step = in_place ? o_.ldb : width_,
                       .c = o_.c + row * o_.ldc + column,
                       .c_row = o_.ldc,
                       .columns = std::min(width_, s_.n - column),
                       .add = k > 0};
    if (s_.transpose_a)
      any_block<T, true, true>(rows, all, o);
    else
      any_block<T, false, true>(rows, all, o);
  }

  GemmShape s_;
  GemmOperands<T> o_;
  Index panels_;
  T* packed_b_;
};

template <class T>
std::size_t workspace(const GemmShape& shape) {
  return static_cast<std::size_t>(Product<T>::packed_size(shape)) * sizeof(T);
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
