#include "fathom/nn/init.hpp"

#include <cmath>

#include "fathom/base/pool.hpp"
#include "fathom/base/rng.hpp"

namespace fathom {

namespace {

// The distribution that an Init comes down to: normal with standard deviation `size`, uniform in [-size, size), or
// `size`.
enum class Law { constant, normal, uniform };
struct Distribution {
  Law law = Law::constant;
  double size = 0;
};

Distribution distribution_of(const Init& init, Fans fans) {
  const double in = static_cast<double>(fans.in);
  const double both = in + static_cast<double>(fans.out);
  switch (init.kind) {
    case InitKind::zeros:
      return {};
    case InitKind::constant:
      return {Law::constant, init.value};
    case InitKind::normal:
      return {Law::normal, init.value};
    case InitKind::uniform:
      return {Law::uniform, init.value};
    case InitKind::glorot_uniform:
      return {Law::uniform, std::sqrt(6 / both)};
    case InitKind::glorot_normal:
      return {Law::normal, std::sqrt(2 / both)};
    case InitKind::he_uniform:
      return {Law::uniform, std::sqrt(6 / in)};
    case InitKind::he_normal:
      return {Law::normal, std::sqrt(2 / in)};
    case InitKind::lecun_uniform:
      return {Law::uniform, std::sqrt(3 / in)};
    case InitKind::lecun_normal:
      break;
  }
  return {Law::normal, std::sqrt(1 / in)};
}

// One block of random bits makes the two numbers at positions 2 pair and 2 pair + 1.
std::array<double, 2> draw(Law law, std::uint64_t seed, std::uint64_t stream, std::uint64_t pair) {
  const auto low = [](std::uint64_t word) { return static_cast<std::uint32_t>(word); };
  const auto high = [](std::uint64_t word) { return static_cast<std::uint32_t>(word >> 32); };
  const auto bits = philox({low(seed), high(seed)}, {low(pair), high(pair), low(stream), high(stream)});
  const double a = unit_f64(bits[0], bits[1]);
  const double b = unit_f64(bits[2], bits[3]);
  if (law == Law::uniform) return {2 * a - 1, 2 * b - 1};
  const double radius = std::sqrt(-2 * std::log(1 - a));  // Box and Muller 1958
  return {radius * std::cos(2 * std::numbers::pi * b), radius * std::sin(2 * std::numbers::pi * b)};
}

}  // namespace

void initialise(TensorView values, const Init& init, Fans fans, std::uint64_t seed, std::string_view name) {
  const auto [law, size] = distribution_of(init, fans);
  const Index n = values.type.shape.count();
  const std::uint64_t stream = hash_text(name);
  constexpr Index chunk = 1 << 15;  // even, so that pairs are whole
  visit(values.type.dtype, [&, law = law, size = size](auto zero) {
    using T = decltype(zero);
    T* out = values.as<T>();
    if (law == Law::constant) {
      std::fill_n(out, n, static_cast<T>(size));
      return;
    }
    Pool::shared().run((n + chunk - 1) / chunk, [&](Index part) {
      const Index end = std::min(n, (part + 1) * chunk);
      for (Index i = part * chunk; i < end; i += 2) {
        const auto drawn = draw(law, seed, stream, static_cast<std::uint64_t>(i / 2));
        out[i] = static_cast<T>(size * drawn[0]);
        if (i + 1 < end) out[i + 1] = static_cast<T>(size * drawn[1]);
      }
    });
  });
}

}  // namespace fathom
