// Loads and stores of the first few lanes of a vector. Include inside of a file that Highway compiles per target.
#if defined(FATHOM_CPU_PARTIAL_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_CPU_PARTIAL_INL
#undef FATHOM_CPU_PARTIAL_INL
#else
#define FATHOM_CPU_PARTIAL_INL
#endif

#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Whether a masked load or store at `memory` touches its first lanes alone. Where the processor has no such
// instruction, Highway's MaskedLoad is an aligned load of the whole vector. With AVX2, AMD's processors may fault on
// lanes that the mask leaves out (Highway's HWY_MEM_OPS_MIGHT_FAULT): these have to lie on the page of the first lane.
template <class D>
HWY_INLINE bool can_mask(D, const void* memory) {
#if HWY_TARGET > HWY_AVX2
  (void)memory;
  return false;
#elif HWY_MEM_OPS_MIGHT_FAULT
  constexpr std::uintptr_t page = 4096;
  return reinterpret_cast<std::uintptr_t>(memory) % page <= page - hn::MaxLanes(D()) * sizeof(hn::TFromD<D>);
#else
  (void)memory;
  return true;
#endif
}

// from[0, n), then zeros. Any alignment; nothing beyond the n numbers is read. Needs: 1 <= n <= lanes.
template <class D>
HWY_INLINE hn::Vec<D> load_first(D d, const hn::TFromD<D>* from, std::size_t n) {
  if (HWY_LIKELY(can_mask(d, from))) return hn::MaskedLoad(hn::FirstN(d, n), d, from);
  HWY_ALIGN hn::TFromD<D> all[hn::MaxLanes(d)] = {};
  std::copy_n(from, n, all);
  return hn::Load(d, all);
}

// Writes the first n lanes to to[0, n), and nothing else. Needs: 1 <= n <= lanes.
template <class D>
HWY_INLINE void store_first(hn::Vec<D> v, D d, hn::TFromD<D>* to, std::size_t n) {
  if (HWY_LIKELY(can_mask(d, to))) return hn::BlendedStore(v, hn::FirstN(d, n), d, to);
  HWY_ALIGN hn::TFromD<D> all[hn::MaxLanes(d)];
  hn::Store(v, d, all);
  std::copy_n(all, n, to);
}

}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
