#include "fathom/cpu/thin_product.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "thin_product.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/cpu/long_sums.hpp"
#include "fathom/cpu/thin_block-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

constexpr Index least_products = 1 << 19, rows_together = 32;

bool is_tall(const GemmShape& s) { return s.m >= s.n; }  // the long side is C's rows
bool lies_along(const GemmShape& s) { return is_tall(s) ? !s.transpose_a : s.transpose_b; }

// As measured: turning the long operand costs less than blocks that are part empty, or than packing it for few rows.
bool is_better(const GemmShape& s) {
#if HWY_TARGET <= HWY_AVX3
  constexpr Index most_turned = 11;
#else
  constexpr Index most_turned = 6;
#endif
  const Index most = lies_along(s) ? most_turned : is_tall(s) ? 15 : 0;
  return has_thin_blocks && std::min(s.m, s.n) <= most;
}

template <class T>
void run(Pool& pool, const GemmShape& s, const GemmOperands<T>& o, T* memory) {
  const bool tall = is_tall(s), along = lies_along(s), short_along = tall ? s.transpose_b : !s.transpose_a;
  const Index longer = tall ? s.m : s.n, shorter = tall ? s.n : s.m;
  const Index ldl = tall ? o.lda : o.ldb, lds = tall ? o.ldb : o.lda;
  const LongSum sum = long_sum(s.m, s.n, s.k);
  const Index wanted = std::max<Index>(1, longer * shorter * sum.section / least_products);
  const Index rows = std::max<Index>(1, parts(parts(longer, wanted), rows_together)) * rows_together;
  const Index chunks = parts(longer, rows);
  pool.run(sum.sections * chunks, [&](std::int64_t number) {
    const Index section = number / chunks, first = number % chunks * rows, count = std::min(rows, longer - first);
    const Index begin = section * sum.section, end = std::min(s.k, begin + sum.section);
    T* c = section == 0 ? o.c : memory + (section - 1) * s.m * s.n;
    const Index ldc = section == 0 ? o.ldc : s.n;
    ThinOperands<T> block{.l = nullptr,
                          .l_row = along ? ldl : 1,
                          .l_step = along ? 1 : ldl,
                          .s = nullptr,
                          .s_step = short_along ? 1 : lds,
                          .s_column = short_along ? lds : 1,
                          .c = c + first * (tall ? ldc : 1),
                          .c_row = tall ? ldc : 1,
                          .c_column = tall ? 1 : ldc,
                          .rows = count,
                          .columns = shorter,
                          .depth = 0,
                          .add = false};
    for (Index k = begin; k < end || k == begin; k += sum.depth) {
      block.l = (tall ? o.a : o.b) + first * block.l_row + k * block.l_step;
      block.s = (tall ? o.b : o.a) + k * block.s_step;
      block.depth = std::min(sum.depth, end - k);
      block.add = k > begin;
      if (along)
        thin_parts<T, true>(block);
      else
        thin_parts<T, false>(block);
    }
    if (sum.sections > 1) return;
    if (tall)
      o.finish({o.begin + first * o.ldc, count, s.n, o.ldc});
    else
      o.finish({o.begin + first, s.m, count, o.ldc});
  });
  if (sum.sections > 1) add_sections(pool, o.c, o.ldc, s.m, s.n, memory, sum.sections - 1, o.finish, o.begin);
}

void run_f32(Pool& pool, const GemmShape& shape, const GemmOperands<float>& operands, std::byte* memory) {
  run(pool, shape, operands, reinterpret_cast<float*>(memory));
}
void run_f64(Pool& pool, const GemmShape& shape, const GemmOperands<double>& operands, std::byte* memory) {
  run(pool, shape, operands, reinterpret_cast<double*>(memory));
}

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(run_f32);
HWY_EXPORT(run_f64);
HWY_EXPORT(is_better);

std::string refuse_thin_product(const GemmShape& shape) {
  return HWY_DYNAMIC_DISPATCH(is_better)(shape) ? "" : "no side so short that blocks are slower here";
}

std::size_t thin_product_bytes(Dtype dtype, const GemmShape& shape) {
  const Index sections = long_sum(shape.m, shape.n, shape.k).sections;
  return static_cast<std::size_t>((sections - 1) * shape.m * shape.n) * size_of(dtype);
}

template <>
void thin_product<float>(Pool& pool, const GemmShape& shape, const GemmOperands<float>& operands,
                         std::byte* memory) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f32)(pool, shape, operands, memory);
}
template <>
void thin_product<double>(Pool& pool, const GemmShape& shape, const GemmOperands<double>& operands,
                          std::byte* memory) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f64)(pool, shape, operands, memory);
}

}  // namespace fathom
#endif
