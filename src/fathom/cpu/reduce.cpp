#include "fathom/cpu/reduce.hpp"

#include "fathom/cpu/tile.hpp"
#include "fathom/plan/plan.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "reduce.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/cpu/math-inl.hpp"
#include "fathom/cpu/partial-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

// Four running values of one vector each, so that additions overlap. The vectors that are left over go into the first
// value, the part of a vector behind them into the second.
template <class T, class Load, class LoadFirst, class Combine>
HWY_INLINE auto combine_line(Index n, T neutral, Load&& load, LoadFirst&& first, Combine&& combine) {
  const hn::ScalableTag<T> d;
  const Index width = static_cast<Index>(hn::Lanes(d));
  auto a = hn::Set(d, neutral), b = a, c = a, e = a;
  Index i = 0;
  for (; i + 4 * width <= n; i += 4 * width) {
    a = combine(a, load(i));
    b = combine(b, load(i + width));
    c = combine(c, load(i + 2 * width));
    e = combine(e, load(i + 3 * width));
  }
  for (; i + width <= n; i += width) a = combine(a, load(i));
  if (i < n) b = combine(b, first(i, static_cast<std::size_t>(n - i)));
  return combine(combine(a, b), combine(c, e));
}

// Long lines are summed in blocks, so that rounding errors grow with the blocks and not with the line.
constexpr Index sum_block = 4096;

template <class T>
T sum(const T* x, Index n) noexcept {
  const hn::ScalableTag<T> d;
  T total = 0;
  for (Index first = 0; first < n; first += sum_block) {
    const T* from = x + first;
    const auto lanes = combine_line<T>(
        std::min(sum_block, n - first), T(0), [&](Index i) HWY_ATTR { return hn::LoadU(d, from + i); },
        [&](Index i, std::size_t left) HWY_ATTR { return load_first(d, from + i, left); },
        [](auto p, auto q) HWY_ATTR { return hn::Add(p, q); });
    total += hn::GetLane(hn::SumOfLanes(d, lanes));
  }
  return total;
}

template <class T>
T max(const T* x, Index n) noexcept {
  const hn::ScalableTag<T> d;
  const T least = -std::numeric_limits<T>::infinity();
  const auto lanes = combine_line<T>(
      n, least, [&](Index i) HWY_ATTR { return hn::LoadU(d, x + i); },
      [&](Index i, std::size_t left)
          HWY_ATTR { return hn::IfThenElse(hn::FirstN(d, left), load_first(d, x + i, left), hn::Set(d, least)); },
      [&](auto p, auto q) HWY_ATTR { return maximum(d, p, q); });
  HWY_ALIGN T values[hn::MaxLanes(d)];
  hn::Store(lanes, d, values);
  T best = values[0];
  for (std::size_t i = 1; i < hn::Lanes(d); ++i)
    if (values[i] > best || values[i] != values[i])
      best = values[i];
    else if (best != best)
      break;
  return best;
}

template <class T>
T sum_exp(const T* x, T shift, Index n) noexcept {
  const hn::ScalableTag<T> d;
  const auto s = hn::Set(d, shift);
  const auto lanes = combine_line<T>(
      n, T(0), [&](Index i) HWY_ATTR { return exp(d, hn::Sub(hn::LoadU(d, x + i), s)); },
      [&](Index i, std::size_t left)
          HWY_ATTR { return hn::IfThenElseZero(hn::FirstN(d, left), exp(d, hn::Sub(load_first(d, x + i, left), s))); },
      [](auto p, auto q) HWY_ATTR { return hn::Add(p, q); });
  return hn::GetLane(hn::SumOfLanes(d, lanes));
}

// Each column's rows in the order of the rows: where columns are few, in four sums that are joined at the end.
template <class T>
void add_columns(T* total, const T* x, Index stride, Index rows, Index columns) noexcept {
  const hn::ScalableTag<T> d;
  const Index width = static_cast<Index>(hn::Lanes(d));
  Index j = 0;
  for (; j + 4 * width <= columns; j += 4 * width) {
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    const T* from = x + j;
    for (Index i = 0; i < rows; ++i, from += stride) {
      s0 = hn::Add(s0, hn::LoadU(d, from));
      s1 = hn::Add(s1, hn::LoadU(d, from + width));
      s2 = hn::Add(s2, hn::LoadU(d, from + 2 * width));
      s3 = hn::Add(s3, hn::LoadU(d, from + 3 * width));
    }
    T* to = total + j;
    hn::StoreU(hn::Add(hn::LoadU(d, to), s0), d, to);
    hn::StoreU(hn::Add(hn::LoadU(d, to + width), s1), d, to + width);
    hn::StoreU(hn::Add(hn::LoadU(d, to + 2 * width), s2), d, to + 2 * width);
    hn::StoreU(hn::Add(hn::LoadU(d, to + 3 * width), s3), d, to + 3 * width);
  }
  const auto narrow = [&](auto&& load) HWY_ATTR {
    auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
    const T* from = x + j;
    Index i = 0;
    for (; i + 4 <= rows; i += 4, from += 4 * stride) {
      s0 = hn::Add(s0, load(from));
      s1 = hn::Add(s1, load(from + stride));
      s2 = hn::Add(s2, load(from + 2 * stride));
      s3 = hn::Add(s3, load(from + 3 * stride));
    }
    for (; i < rows; ++i, from += stride) s0 = hn::Add(s0, load(from));
    return hn::Add(hn::Add(s0, s1), hn::Add(s2, s3));
  };
  for (; j + width <= columns; j += width)
    hn::StoreU(hn::Add(hn::LoadU(d, total + j), narrow([&](const T* p) HWY_ATTR { return hn::LoadU(d, p); })), d,
               total + j);
  if (j == columns) return;
  const auto left = static_cast<std::size_t>(columns - j);
  const auto sum = narrow([&](const T* p) HWY_ATTR { return load_first(d, p, left); });
  store_first(hn::Add(load_first(d, total + j, left), sum), d, total + j, left);
}

ReduceKernels<float> kernels_f32() { return {sum<float>, max<float>, sum_exp<float>, add_columns<float>}; }
ReduceKernels<double> kernels_f64() { return {sum<double>, max<double>, sum_exp<double>, add_columns<double>}; }

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(kernels_f32);
HWY_EXPORT(kernels_f64);

std::optional<RowSums> row_sums(Index rows, Index columns, std::size_t element_size) {
  if (columns < 1 || static_cast<std::size_t>(columns) * element_size > tile_bytes) return std::nullopt;
  const Index block = static_cast<Index>(tile_bytes / element_size) / columns;
  return RowSums{rows, columns, block, block * tiles_per_chunk};
}

template <>
ReduceKernels<float> reduce_kernels_of<float>() {
  return HWY_DYNAMIC_DISPATCH(kernels_f32)();
}
template <>
ReduceKernels<double> reduce_kernels_of<double>() {
  return HWY_DYNAMIC_DISPATCH(kernels_f64)();
}

}  // namespace fathom
#endif
