// Counter-based randomness: every number is a pure function of (seed, stream, counter), so that any
// thread, any order and any resumed run draw the same numbers.
//
// Philox4x32-10: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), table 2.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>
#include <utility>
#include <vector>

namespace fathom {

// One block of four 32-bit numbers.
constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 4> counter) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53} * counter[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57} * counter[2];
    counter = {static_cast<std::uint32_t>(p1 >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(p1),
               static_cast<std::uint32_t>(p0 >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(p0)};
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
  return counter;
}

// [0, 1) from the top 24 bits: exact in f32.
constexpr float unit_f32(std::uint32_t bits) { return static_cast<float>(bits >> 8) * 0x1p-24f; }
// [0, 1) from the top 53 bits of two words: exact in f64.
constexpr double unit_f64(std::uint32_t high, std::uint32_t low) {
  return static_cast<double>(((std::uint64_t{high} << 32) | low) >> 11) * 0x1p-53;
}

// FNV-1a: a stable 64-bit hash of text, for stream names, vocabularies and splits.
constexpr std::uint64_t hash_text(std::string_view text, std::uint64_t state = 0xcbf29ce484222325) {
  for (char c : text) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return state;
}

// A reader of one stream on the host. Copying it copies the position.
class Random {
 public:
  constexpr explicit Random(std::uint64_t seed, std::uint64_t stream = 0) : seed_(seed), stream_(stream) {}
  // A stream named by what it is for: Random(seed, "shuffle", epoch).
  constexpr Random(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0)
      : Random(seed, hash_text(purpose) + index * 0x9E3779B97F4A7C15) {}

  constexpr std::uint64_t bits() {
    const auto block = philox({static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)},
                              {static_cast<std::uint32_t>(counter_), static_cast<std::uint32_t>(counter_ >> 32),
                               static_cast<std::uint32_t>(stream_), static_cast<std::uint32_t>(stream_ >> 32)});
    ++counter_;
    return (std::uint64_t{block[0]} << 32) | block[1];
  }
  // [0, 1)
  constexpr double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  // A whole number in [0, n), without bias to 2^-64. Needs: n > 0.
  constexpr std::uint64_t below(std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(bits()) * n) >> 64);
  }
  // Mean 0, standard deviation 1 (Box and Muller 1958).
  double normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
  }
  template <class T>
  constexpr void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::uint64_t seed_, stream_, counter_ = 0;
};

}  // namespace fathom
