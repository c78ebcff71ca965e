#include "fathom/cpu/vector_product.hpp"

#include <algorithm>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "vector_product.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/cpu/partial-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

constexpr Index chunk_products = 65536;

// The sums that an element is split into.
template <class T>
constexpr int sums = static_cast<int>(64 / sizeof(T));
template <class T>
using Lanes = hn::CappedTag<T, static_cast<std::size_t>(sums<T>)>;
template <class T>
constexpr int width = static_cast<int>(hn::MaxLanes(Lanes<T>()));

// The upper half of the lanes added to the lower half, until one is left.
template <class D>
HWY_INLINE hn::TFromD<D> joined(D, hn::Vec<D> v) {
#if HWY_TARGET != HWY_SCALAR
  if constexpr (hn::MaxLanes(D()) > 1) {
    const hn::Half<D> half;
    return joined(half, hn::Add(hn::LowerHalf(half, v), hn::UpperHalf(half, v)));
  }
#endif
  return hn::GetLane(v);
}

// R rows that lie along k.
template <class T, int R>
HWY_INLINE void rows_along(Index depth, const T* HWY_RESTRICT a, const T* HWY_RESTRICT x, T* HWY_RESTRICT y) {
  const Lanes<T> d;
  constexpr int vectors = sums<T> / width<T>;
  hn::Vec<Lanes<T>> s[R][vectors];
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < vectors; ++v) s[r][v] = hn::Zero(d);
  Index k = 0;
  for (; k + sums<T> <= depth; k += sums<T>)
    for (int v = 0; v < vectors; ++v) {
      const auto factor = hn::LoadU(d, x + k + v * width<T>);
      for (int r = 0; r < R; ++r) s[r][v] = hn::MulAdd(hn::LoadU(d, a + r * depth + k + v * width<T>), factor, s[r][v]);
    }
  for (int v = 0; k < depth; ++v, k += width<T>) {
    // Lanes beyond the end keep their sums: adding 0 would turn -0 into 0.
    const auto left = static_cast<std::size_t>(std::min<Index>(depth - k, width<T>));
    const auto mask = hn::FirstN(d, left);
    const auto factor = load_first(d, x + k, left);
    for (int r = 0; r < R; ++r)
      s[r][v] = hn::IfThenElse(mask, hn::MulAdd(load_first(d, a + r * depth + k, left), factor, s[r][v]), s[r][v]);
  }
  for (int r = 0; r < R; ++r) {
    for (int half = vectors / 2; half > 0; half /= 2)
      for (int v = 0; v < half; ++v) s[r][v] = hn::Add(s[r][v], s[r][v + half]);
    y[r] = joined(d, s[r][0]);
  }
}

template <class T>
void along(Pool& pool, Index rows, Index depth, const T* a, const T* x, T* y) {
  constexpr int together =
      std::max(1, 8 * width<T> / sums<T>);  // eight running vectors hide the latency of an addition
  const Index per_chunk = std::max<Index>(1, chunk_products / std::max<Index>(1, depth) / together) * together;
  pool.run((rows + per_chunk - 1) / per_chunk, [&](std::int64_t chunk) {
    const Index end = std::min(rows, (chunk + 1) * per_chunk);
    Index row = chunk * per_chunk;
    for (; row + together <= end; row += together) rows_along<T, together>(depth, a + row * depth, x, y + row);
    for (; row < end; ++row) rows_along<T, 1>(depth, a + row * depth, x, y + row);
  });
}

// Columns that are summed at a time, in memory of the first-level cache.
constexpr Index columns_together = 64;

// y[j] for j < columns, where row k of A's transpose is at a + k * stride.
template <class T>
void columns_across(Index depth, Index stride, Index columns, const T* HWY_RESTRICT a, const T* HWY_RESTRICT x,
                    T* HWY_RESTRICT y) {
  const Lanes<T> d;
  HWY_ALIGN T s[sums<T>][columns_together] = {};
  const Index whole = columns / width<T> * width<T>;
  const auto left = static_cast<std::size_t>(columns - whole);
  // Takes `count` products of a sum between its load and its store.
  const auto add = [&](Index first, auto count) HWY_ATTR {
    T* to = s[first % sums<T>];
    const T* from = a + first * stride;
    for (Index j = 0; j < whole; j += width<T>) {
      auto sum = hn::Load(d, to + j);
      for (Index step = 0; step < count; ++step)
        sum = hn::MulAdd(hn::LoadU(d, from + step * sums<T> * stride + j), hn::Set(d, x[first + step * sums<T>]), sum);
      hn::Store(sum, d, to + j);
    }
    if (left == 0) return;
    auto sum = hn::Load(d, to + whole);
    for (Index step = 0; step < count; ++step)
      sum = hn::MulAdd(load_first(d, from + step * sums<T> * stride + whole, left),
                       hn::Set(d, x[first + step * sums<T>]), sum);
    hn::Store(sum, d, to + whole);
  };
  Index k = 0;
  constexpr std::integral_constant<Index, 4> several;
  constexpr std::integral_constant<Index, 1> one;
  for (; k + several * sums<T> <= depth; k += several * sums<T>)
    for (Index l = 0; l < sums<T>; ++l) add(k + l, several);
  for (; k < depth; ++k) add(k, one);
  for (Index j = 0; j < columns; j += width<T>) {
    for (int half = sums<T> / 2; half > 0; half /= 2)
      for (int l = 0; l < half; ++l)
        hn::Store(hn::Add(hn::Load(d, s[l] + j), hn::Load(d, s[l + half] + j)), d, s[l] + j);
    if (j < whole)
      hn::StoreU(hn::Load(d, s[0] + j), d, y + j);
    else
      store_first(hn::Load(d, s[0] + j), d, y + j, left);
  }
}

template <class T>
void across(Pool& pool, Index rows, Index depth, const T* a, const T* x, T* y) {
  const Index per_chunk =
      std::max<Index>(1, chunk_products / std::max<Index>(1, depth) / columns_together) * columns_together;
  pool.run((rows + per_chunk - 1) / per_chunk, [&](std::int64_t chunk) {
    const Index end = std::min(rows, (chunk + 1) * per_chunk);
    for (Index j = chunk * per_chunk; j < end; j += columns_together)
      columns_across(depth, rows, std::min(columns_together, end - j), a + j, x, y + j);
  });
}

template <class T>
void run(Pool& pool, const VectorProductShape& shape, const T* a, const T* x, T* y) {
  if (shape.transposed)
    across(pool, shape.rows, shape.depth, a, x, y);
  else
    along(pool, shape.rows, shape.depth, a, x, y);
}

void run_f32(Pool& pool, const VectorProductShape& shape, const float* a, const float* x, float* y) {
  run(pool, shape, a, x, y);
}
void run_f64(Pool& pool, const VectorProductShape& shape, const double* a, const double* x, double* y) {
  run(pool, shape, a, x, y);
}

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(run_f32);
HWY_EXPORT(run_f64);

template <>
void vector_product<float>(Pool& pool, const VectorProductShape& shape, const float* a, const float* x,
                           float* y) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f32)(pool, shape, a, x, y);
}
template <>
void vector_product<double>(Pool& pool, const VectorProductShape& shape, const double* a, const double* x,
                            double* y) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f64)(pool, shape, a, x, y);
}

}  // namespace fathom
#endif
