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

// Work on a matrix that is stored transposed is cut by columns of A's transpose and by sums, not by columns alone: long
// pieces of rows are read at the speed of the memory that they come from, short ones are not.
constexpr Index most_columns = 1024;
constexpr int parts_of_sums = 2;

Index padded(Index columns) { return (columns + 15) / 16 * 16; }  // to whole vectors of any kind

// The sums [first_sum, last_sum) of `columns` elements of y, where row k of A's transpose is at a + k * stride. Sum l
// is at s + l * s_row, in whole vectors.
template <class T>
void sums_across(Index depth, Index stride, Index columns, Index first_sum, Index last_sum, const T* HWY_RESTRICT a,
                 const T* HWY_RESTRICT x, T* HWY_RESTRICT s, Index s_row) {
  const Lanes<T> d;
  const Index whole = columns / width<T> * width<T>;
  const auto left = static_cast<std::size_t>(columns - whole);
  // Takes `count` products of a sum between its load and its store. It begins with them if k is in the first round.
  const auto add = [&](Index k, auto count) HWY_ATTR {
    constexpr Index products = decltype(count)::value;
    T* to = s + k % sums<T> * s_row;
    const T* from = a + k * stride;
    const bool begins = k < sums<T>;
    hn::Vec<Lanes<T>> factors[products];
    HWY_UNROLL(8)
    for (Index step = 0; step < products; ++step) factors[step] = hn::Set(d, x[k + step * sums<T>]);
    for (Index j = 0; j < whole; j += width<T>) {
      auto sum = begins ? hn::Zero(d) : hn::LoadU(d, to + j);
      HWY_UNROLL(8)
      for (Index step = 0; step < products; ++step)
        sum = hn::MulAdd(hn::LoadU(d, from + step * sums<T> * stride + j), factors[step], sum);
      hn::StoreU(sum, d, to + j);
    }
    if (left == 0) return;
    auto sum = begins ? hn::Zero(d) : hn::LoadU(d, to + whole);
    HWY_UNROLL(8)
    for (Index step = 0; step < products; ++step)
      sum = hn::MulAdd(load_first(d, from + step * sums<T> * stride + whole, left), factors[step], sum);
    hn::StoreU(sum, d, to + whole);
  };
  for (Index l = std::max(first_sum, depth); l < last_sum; ++l) std::fill_n(s + l * s_row, padded(columns), T{});
  // Rounds, a number at a time.
  Index round = 0;
  const auto take = [&](auto count) HWY_ATTR {
    for (; round + count * sums<T> <= depth; round += count * sums<T>)
      for (Index l = first_sum; l < last_sum; ++l) add(round + l, count);
  };
  take(std::integral_constant<Index, 8>());
  take(std::integral_constant<Index, 4>());
  take(std::integral_constant<Index, 1>());
  for (Index l = first_sum; l < std::min(last_sum, depth - round); ++l)
    add(round + l, std::integral_constant<Index, 1>());
}

// y[j] for j < columns, from its sums.
template <class T>
void add_sums(Index columns, const T* HWY_RESTRICT s, Index s_row, T* HWY_RESTRICT y) {
  const Lanes<T> d;
  for (Index j = 0; j < columns; j += width<T>) {
    const auto n = static_cast<std::size_t>(std::min<Index>(width<T>, columns - j));
    hn::Vec<Lanes<T>> all[sums<T> / 2];
    HWY_UNROLL(16)
    for (int l = 0; l < sums<T> / 2; ++l)
      all[l] = hn::Add(hn::LoadU(d, s + l * s_row + j), hn::LoadU(d, s + (l + sums<T> / 2) * s_row + j));
    HWY_UNROLL(4)
    for (int half = sums<T> / 4; half > 0; half /= 2) {
      HWY_UNROLL(4)
      for (int l = 0; l < half; ++l) all[l] = hn::Add(all[l], all[l + half]);
    }
    if (n == width<T>)
      hn::StoreU(all[0], d, y + j);
    else
      store_first(all[0], d, y + j, n);
  }
}

template <class T>
void across(Pool& pool, Index rows, Index depth, const T* a, const T* x, T* y, T* s) {
  const Index wanted_strips = std::max<Index>(1, (rows + most_columns - 1) / most_columns);
  const Index columns = padded(std::max<Index>(1, (rows + wanted_strips - 1) / wanted_strips)), s_row = padded(rows);
  const Index strips = (rows + columns - 1) / columns;
  const Index cuts = columns * depth > chunk_products ? parts_of_sums : 1, part = sums<T> / cuts;
  pool.run(strips * cuts, [&](std::int64_t chunk) {
    const Index j = chunk / cuts * columns, first = chunk % cuts * part;
    sums_across(depth, rows, std::min(columns, rows - j), first, first + part, a + j, x, s + j, s_row);
  });
  pool.run(strips, [&](std::int64_t strip) {
    const Index j = strip * columns;
    add_sums(std::min(columns, rows - j), s + j, s_row, y + j);
  });
}

template <class T>
void run(Pool& pool, const VectorProductShape& shape, const T* a, const T* x, T* y, std::byte* memory) {
  if (shape.transposed)
    across(pool, shape.rows, shape.depth, a, x, y, reinterpret_cast<T*>(memory));
  else
    along(pool, shape.rows, shape.depth, a, x, y);
}

void run_f32(Pool& pool, const VectorProductShape& shape, const float* a, const float* x, float* y, std::byte* memory) {
  run(pool, shape, a, x, y, memory);
}
void run_f64(Pool& pool, const VectorProductShape& shape, const double* a, const double* x, double* y,
             std::byte* memory) {
  run(pool, shape, a, x, y, memory);
}

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(run_f32);
HWY_EXPORT(run_f64);

std::size_t vector_product_bytes(const VectorProductShape& shape) {
  return shape.transposed ? static_cast<std::size_t>((shape.rows + 15) / 16 * 16) * 64
                          : 0;  // 64 / sizeof(T) sums of each
}

template <>
void vector_product<float>(Pool& pool, const VectorProductShape& shape, const float* a, const float* x, float* y,
                           std::byte* memory) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f32)(pool, shape, a, x, y, memory);
}
template <>
void vector_product<double>(Pool& pool, const VectorProductShape& shape, const double* a, const double* x, double* y,
                            std::byte* memory) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f64)(pool, shape, a, x, y, memory);
}

}  // namespace fathom
#endif
