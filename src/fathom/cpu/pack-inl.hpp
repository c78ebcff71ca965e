// Operands laid out for register blocks. Include inside of a file that Highway compiles per target.
#if defined(FATHOM_CPU_PACK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_CPU_PACK_INL
#undef FATHOM_CPU_PACK_INL
#else
#define FATHOM_CPU_PACK_INL
#endif

#include <hwy/highway.h>

#include "fathom/base/shape.hpp"
#include "fathom/cpu/partial-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Vectors of this size turn their numbers in two 16-byte halves.
#if HWY_TARGET <= HWY_AVX2
constexpr bool has_thin_blocks = true;
template <class T>
using TurnTag = hn::FixedTag<T, 32 / sizeof(T)>;
#else
constexpr bool has_thin_blocks = false;
template <class T>
using TurnTag = hn::FixedTag<T, 1>;
#endif
template <class T>
constexpr Index turn_lanes() {
  return static_cast<Index>(hn::MaxLanes(TurnTag<T>()));
}
// Numbers at a vector of rows and each of a few k, where they lie along k: [k] is across the rows.
template <class T>
struct Turned {
  static constexpr Index steps = static_cast<Index>(16 / sizeof(T));
  hn::Vec<TurnTag<T>> at[steps];
};
#if HWY_TARGET <= HWY_AVX2
template <class T>
HWY_INLINE Turned<T> turn(const T* HWY_RESTRICT from, const Index* HWY_RESTRICT rows) {
  const TurnTag<T> d;
  const hn::Half<TurnTag<T>> half;
  constexpr Index steps = Turned<T>::steps;
  hn::Vec<TurnTag<T>> r[steps];
  HWY_UNROLL(4)
  for (Index i = 0; i < steps; ++i)
    r[i] = hn::Combine(d, hn::LoadU(half, from + rows[i + steps]), hn::LoadU(half, from + rows[i]));
  if constexpr (steps == 4) {
    const auto a = hn::InterleaveLower(d, r[0], r[2]), b = hn::InterleaveLower(d, r[1], r[3]),
               c = hn::InterleaveUpper(d, r[0], r[2]), e = hn::InterleaveUpper(d, r[1], r[3]);
    return {{hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b), hn::InterleaveLower(d, c, e),
             hn::InterleaveUpper(d, c, e)}};
  } else {
    return {{hn::InterleaveLower(d, r[0], r[1]), hn::InterleaveUpper(d, r[0], r[1])}};
  }
}
#endif

// to[k * width + i] = from[i * stride + k] for i < count: rows along k become panels across them.
template <class T>
void pack_across(T* HWY_RESTRICT to, Index width, const T* HWY_RESTRICT from, Index stride, Index count, Index depth) {
  Index i = 0;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(T) == 4) {
#if HWY_TARGET <= HWY_AVX2
    constexpr Index rows = turn_lanes<T>(), steps = Turned<T>::steps;
    Index begins[rows];
    for (Index l = 0; l < rows; ++l) begins[l] = l * stride;
    for (; i + rows <= count; i += rows) {
      Index k = 0;
      for (; k + steps <= depth; k += steps) {
        const Turned<T> turned = turn(from + i * stride + k, begins);
        HWY_UNROLL(4)
        for (Index step = 0; step < steps; ++step)
          hn::StoreU(turned.at[step], TurnTag<T>(), to + (k + step) * width + i);
      }
      for (; k < depth; ++k)
        for (Index l = 0; l < rows; ++l) to[k * width + i + l] = from[(i + l) * stride + k];
    }
#endif
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
    const hn::FixedTag<T, 2> pair;
    for (; i + 2 <= count; i += 2) {
      const T* row = from + i * stride;
      Index k = 0;
      for (; k + 4 <= depth; k += 4) {
        const auto r0 = hn::LoadU(d, row + k), r1 = hn::LoadU(d, row + stride + k), a = hn::InterleaveLower(d, r0, r1),
                   b = hn::InterleaveUpper(d, r0, r1);
        T* out = to + k * width + i;
        hn::StoreU(hn::LowerHalf(pair, a), pair, out);
        hn::StoreU(hn::UpperHalf(pair, a), pair, out + width);
        hn::StoreU(hn::LowerHalf(pair, b), pair, out + 2 * width);
        hn::StoreU(hn::UpperHalf(pair, b), pair, out + 3 * width);
      }
      for (; k < depth; ++k)
        for (Index l = 0; l < 2; ++l) to[k * width + i + l] = row[l * stride + k];
    }
  }
#endif
  for (; i < count; ++i)
    for (Index k = 0; k < depth; ++k) to[k * width + i] = from[i * stride + k];
  for (; i < width; ++i)
    for (Index k = 0; k < depth; ++k) to[k * width + i] = T{};
}

// to[k * width + i] = from[k * stride + i] for i < count. Needs: a width of whole vectors.
template <class T>
void pack_along(T* HWY_RESTRICT to, Index width, const T* HWY_RESTRICT from, Index stride, Index count, Index depth) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  for (Index k = 0; k < depth; ++k, to += width, from += stride)
    for (Index i = 0; i < width; i += lanes) {
      if (i + lanes <= count)
        hn::StoreU(hn::LoadU(d, from + i), d, to + i);
      else
        hn::StoreU(i < count ? load_first(d, from + i, static_cast<std::size_t>(count - i)) : hn::Zero(d), d, to + i);
    }
}

// to[k * count + i] = from[k * stride + i] for i < count. All but the last `exact` k are copied in whole vectors, which
// may read and write a vector beyond their numbers.
template <class T>
void pack_rows(T* HWY_RESTRICT to, const T* HWY_RESTRICT from, Index stride, Index count, Index depth, Index exact) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<Index>(hn::Lanes(d));
  Index k = 0;
  for (; k < depth - exact; ++k, to += count, from += stride)
    for (Index i = 0; i < count; i += lanes) hn::StoreU(hn::LoadU(d, from + i), d, to + i);
  for (; k < depth; ++k, to += count, from += stride) std::copy_n(from, count, to);
}

}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
