#include "fathom/cpu/reduce.hpp"

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

template <class T>
void sum_columns(T* to, const T* x, Index stride, Index rows, Index columns) noexcept {
  const hn::ScalableTag<T> d;
  const Index width = static_cast<Index>(hn::Lanes(d));
  constexpr Index row_block = 128;  // rows that are summed before they join the total
  Index j = 0;
  for (; j + 4 * width <= columns; j += 4 * width) {
    auto t0 = hn::Zero(d), t1 = t0, t2 = t0, t3 = t0;
    for (Index first = 0; first < rows; first += row_block) {
      auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
      const T* from = x + first * stride + j;
      for (Index i = first; i < std::min(rows, first + row_block); ++i, from += stride) {
        s0 = hn::Add(s0, hn::LoadU(d, from));
        s1 = hn::Add(s1, hn::LoadU(d, from + width));
        s2 = hn::Add(s2, hn::LoadU(d, from + 2 * width));
        s3 = hn::Add(s3, hn::LoadU(d, from + 3 * width));
      }
      t0 = hn::Add(t0, s0);
      t1 = hn::Add(t1, s1);
      t2 = hn::Add(t2, s2);
      t3 = hn::Add(t3, s3);
    }
    hn::StoreU(t0, d, to + j);
    hn::StoreU(t1, d, to + j + width);
    hn::StoreU(t2, d, to + j + 2 * width);
    hn::StoreU(t3, d, to + j + 3 * width);
  }
  for (; j < columns; j += width) {
    const auto left = static_cast<std::size_t>(std::min(width, columns - j));
    auto total = hn::Zero(d);
    for (Index first = 0; first < rows; first += row_block) {
      auto part = hn::Zero(d);
      for (Index i = first; i < std::min(rows, first + row_block); ++i)
        part = hn::Add(part, load_first(d, x + i * stride + j, left));
      total = hn::Add(total, part);
    }
    store_first(total, d, to + j, left);
  }
}

ReduceKernels<float> kernels_f32() { return {sum<float>, max<float>, sum_exp<float>, sum_columns<float>}; }
ReduceKernels<double> kernels_f64() { return {sum<double>, max<double>, sum_exp<double>, sum_columns<double>}; }

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(kernels_f32);
HWY_EXPORT(kernels_f64);

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
