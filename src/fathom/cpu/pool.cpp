#include "fathom/cpu/pool.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/cpu/math-inl.hpp"
#include "fathom/cpu/partial-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

// Rows or columns [first, last) of an image.
struct Extent {
  Index first, last;
};

// What the k-th window reads along an axis, within [low, high).
Extent extent_of(const PoolGeometry& g, int axis, Index k, Index low, Index high) {
  const Index at = k * g.stride[axis] - g.padding[axis];
  return {std::max(low, at), std::min(high, at + g.window[axis])};
}

// The windows along the rows that read any of the rows [first, last).
Extent windows_of(const PoolGeometry& g, Index first, Index last) {
  const Index begin = first + g.padding[0] - g.window[0] + 1, end = last - 1 + g.padding[0];
  return {begin <= 0 ? 0 : (begin + g.stride[0] - 1) / g.stride[0], std::min(g.i, end / g.stride[0] + 1)};
}

// Loads and stores a whole vector of channels, or those that are left.
struct Whole {
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, const hn::TFromD<D>* from) const {
    return hn::LoadU(d, from);
  }
  template <class D>
  HWY_INLINE void store(hn::Vec<D> v, D d, hn::TFromD<D>* to) const {
    hn::StoreU(v, d, to);
  }
};
struct Rest {
  std::size_t n;
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, const hn::TFromD<D>* from) const {
    return load_first(d, from, n);
  }
  template <class D>
  HWY_INLINE void store(hn::Vec<D> v, D d, hn::TFromD<D>* to) const {
    store_first(v, d, to, n);
  }
};

// Calls f(columns, place in a row of y, first channel, access) for each vector of each window of a row.
template <class T, class F>
HWY_INLINE void for_each_block(const PoolGeometry& g, F&& f) {
  const auto width = static_cast<Index>(hn::Lanes(hn::ScalableTag<T>()));
  for (Index j = 0; j < g.j; ++j) {
    const Extent columns = extent_of(g, 1, j, 0, g.w);
    Index k = 0;
    for (; k + width <= g.c; k += width) f(columns, j * g.c + k, k, Whole{});
    if (k < g.c) f(columns, j * g.c + k, k, Rest{static_cast<std::size_t>(g.c - k)});
  }
}

// Calls f(place in the image) for each pixel, from channel k on.
template <class F>
HWY_INLINE void for_each_pixel(const PoolGeometry& g, Extent rows, Extent columns, Index k, F&& f) {
  for (Index r = rows.first; r < rows.last; ++r) {
    Index at = (r * g.w + columns.first) * g.c + k;
    for (Index s = columns.first; s < columns.last; ++s, at += g.c) f(at);
  }
}

// Where v is the largest. Needs: none is larger; a NaN counts as the largest.
template <class V>
HWY_INLINE auto wins(V v, V best) {
  return hn::Or(hn::Eq(v, best), hn::IsNaN(v));
}

// The largest of a window, and one over how many pixels are.
template <class T, class Access>
HWY_INLINE auto largest(const PoolGeometry& g, const T* x, Extent rows, Extent columns, Index k, Access access) {
  const hn::ScalableTag<T> d;
  auto best = access.load(d, x + (rows.first * g.w + columns.first) * g.c + k);
  for_each_pixel(g, rows, columns, k, [&](Index at) HWY_ATTR { best = maximum(d, best, access.load(d, x + at)); });
  return best;
}
template <class T, class V, class Access>
HWY_INLINE V count_of(const PoolGeometry& g, const T* x, Extent rows, Extent columns, Index k, V best, Access access) {
  const hn::ScalableTag<T> d;
  const V one = hn::Set(d, T(1));
  V count = hn::Zero(d);
  for_each_pixel(g, rows, columns, k, [&](Index at) HWY_ATTR {
    count = hn::Add(count, hn::IfThenElseZero(wins(access.load(d, x + at), best), one));
  });
  return count;
}

template <class T>
void sum(const PoolGeometry& g, const T* x, T* y, Index first, Index last) noexcept {
  const hn::ScalableTag<T> d;
  for (Index i = first; i < last; ++i) {
    const Extent rows = extent_of(g, 0, i, 0, g.h);
    T* to = y + i * g.j * g.c;
    for_each_block<T>(g, [&](Extent columns, Index place, Index k, auto access) HWY_ATTR {
      auto total = hn::Zero(d);
      for_each_pixel(g, rows, columns, k, [&](Index at) HWY_ATTR { total = hn::Add(total, access.load(d, x + at)); });
      access.store(total, d, to + place);
    });
  }
}

template <class T>
void max(const PoolGeometry& g, const T* x, T* y, Index first, Index last) noexcept {
  const hn::ScalableTag<T> d;
  for (Index i = first; i < last; ++i) {
    const Extent rows = extent_of(g, 0, i, 0, g.h);
    T* to = y + i * g.j * g.c;
    for_each_block<T>(g, [&](Extent columns, Index place, Index k, auto access)
                             HWY_ATTR { access.store(largest(g, x, rows, columns, k, access), d, to + place); });
  }
}

template <class T>
void winners(const PoolGeometry& g, const T* x, const T* t, T* y, Index first, Index last) noexcept {
  const hn::ScalableTag<T> d;
  for (Index i = first; i < last; ++i) {
    const Extent rows = extent_of(g, 0, i, 0, g.h);
    T* to = y + i * g.j * g.c;
    for_each_block<T>(g, [&](Extent columns, Index place, Index k, auto access) HWY_ATTR {
      const auto best = largest(g, x, rows, columns, k, access);
      auto total = hn::Zero(d);
      for_each_pixel(g, rows, columns, k, [&](Index at) HWY_ATTR {
        total = hn::Add(total, hn::IfThenElseZero(wins(access.load(d, x + at), best), access.load(d, t + at)));
      });
      access.store(hn::Div(total, count_of(g, x, rows, columns, k, best, access)), d, to + place);
    });
  }
}

template <class T>
void clear(const PoolGeometry& g, T* to, Index first, Index last) {
  std::fill(to + first * g.w * g.c, to + last * g.w * g.c, T(0));
}

template <class T>
void sum_input(const PoolGeometry& g, const T* y, T* to, Index first, Index last) noexcept {
  const hn::ScalableTag<T> d;
  clear(g, to, first, last);
  const Extent windows = windows_of(g, first, last);
  for (Index i = windows.first; i < windows.last; ++i) {
    const Extent rows = extent_of(g, 0, i, first, last);
    const T* from = y + i * g.j * g.c;
    for_each_block<T>(g, [&](Extent columns, Index place, Index k, auto access) HWY_ATTR {
      const auto value = access.load(d, from + place);
      for_each_pixel(g, rows, columns, k,
                     [&](Index at) HWY_ATTR { access.store(hn::Add(access.load(d, to + at), value), d, to + at); });
    });
  }
}

template <class T>
void max_input(const PoolGeometry& g, const T* x, const T* y, T* to, Index first, Index last) noexcept {
  const hn::ScalableTag<T> d;
  clear(g, to, first, last);
  const Extent windows = windows_of(g, first, last);
  for (Index i = windows.first; i < windows.last; ++i) {
    const Extent all = extent_of(g, 0, i, 0, g.h), rows = extent_of(g, 0, i, first, last);
    const T* from = y + i * g.j * g.c;
    for_each_block<T>(g, [&](Extent columns, Index place, Index k, auto access) HWY_ATTR {
      const auto best = largest(g, x, all, columns, k, access);
      const auto share = hn::Div(access.load(d, from + place), count_of(g, x, all, columns, k, best, access));
      for_each_pixel(g, rows, columns, k, [&](Index at) HWY_ATTR {
        const auto part = hn::IfThenElseZero(wins(access.load(d, x + at), best), share);
        access.store(hn::Add(access.load(d, to + at), part), d, to + at);
      });
    });
  }
}

PoolKernels<float> kernels_f32() {
  return {sum<float>, max<float>, winners<float>, sum_input<float>, max_input<float>};
}
PoolKernels<double> kernels_f64() {
  return {sum<double>, max<double>, winners<double>, sum_input<double>, max_input<double>};
}

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(kernels_f32);
HWY_EXPORT(kernels_f64);

template <>
PoolKernels<float> pool_kernels_of<float>() {
  return HWY_DYNAMIC_DISPATCH(kernels_f32)();
}
template <>
PoolKernels<double> pool_kernels_of<double>() {
  return HWY_DYNAMIC_DISPATCH(kernels_f64)();
}

}  // namespace fathom
#endif
