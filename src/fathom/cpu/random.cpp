#include "fathom/cpu/random.hpp"

#include <algorithm>
#include <cstring>

#include "fathom/base/rng.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "random.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

void one_block(float* to, Index n, const RandomStream& s, std::uint32_t block) {
  const auto words = philox(s.seed, {block, s.step_low, s.stream, s.step_high});
  for (Index i = 0; i < n; ++i) to[i] = unit_f32(words[static_cast<std::size_t>(i)]);
}

#if HWY_TARGET == HWY_SCALAR
void fill(float* to, Index n, const RandomStream& s, std::uint32_t block) {
  for (Index i = 0; i < n; i += 4) one_block(to + i, std::min<Index>(4, n - i), s, block++);
}
#else
// The high and low halves of x times a constant, for every lane.
template <class D, class V>
HWY_INLINE void multiply(D d, V x, V factor, V& high, V& low) {
  const auto even = hn::BitCast(d, hn::MulEven(x, factor)),
             odd = hn::BitCast(d, hn::MulEven(hn::Shuffle2301(x), factor));
  low = hn::OddEven(hn::Shuffle2301(odd), even);
  high = hn::OddEven(odd, hn::Shuffle2301(even));
}

void fill(float* to, Index n, const RandomStream& s, std::uint32_t block) {
  const hn::ScalableTag<std::uint32_t> d;
  const hn::ScalableTag<std::int32_t> di;
  const hn::ScalableTag<float> df;
  const auto blocks = static_cast<Index>(hn::Lanes(d));
  const auto m0 = hn::Set(d, 0xD2511F53u), m1 = hn::Set(d, 0xCD9E8D57u);
  const auto unit = [&](auto word) HWY_ATTR {
    return hn::Mul(hn::ConvertTo(df, hn::BitCast(di, hn::ShiftRight<8>(word))), hn::Set(df, 0x1p-24f));
  };
  Index i = 0;
  for (; i + 4 * blocks <= n; i += 4 * blocks, block += static_cast<std::uint32_t>(blocks)) {
    auto c0 = hn::Iota(d, block), c1 = hn::Set(d, s.step_low), c2 = hn::Set(d, s.stream), c3 = hn::Set(d, s.step_high);
    std::uint32_t k0 = s.seed[0], k1 = s.seed[1];
    for (int round = 0; round < 10; ++round, k0 += 0x9E3779B9u, k1 += 0xBB67AE85u) {
      auto high0 = c0, low0 = c0, high1 = c0, low1 = c0;
      multiply(d, c0, m0, high0, low0);
      multiply(d, c2, m1, high1, low1);
      c0 = hn::Xor(hn::Xor(high1, c1), hn::Set(d, k0));
      c1 = low1;
      c2 = hn::Xor(hn::Xor(high0, c3), hn::Set(d, k1));
      c3 = low0;
    }
    hn::StoreInterleaved4(unit(c0), unit(c1), unit(c2), unit(c3), df, to + i);
  }
  for (; i < n; i += 4) one_block(to + i, std::min<Index>(4, n - i), s, block++);
}
#endif

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(fill);

void fill_uniform_f32(float* to, Index n, const RandomStream& stream, std::uint32_t first_block) noexcept {
  HWY_DYNAMIC_DISPATCH(fill)(to, n, stream, first_block);
}

}  // namespace fathom
#endif
