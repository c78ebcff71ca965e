// Init: how the numbers of a parameter begin.
#pragma once

#include <cstdint>
#include <string_view>

#include "fathom/base/tensor.hpp"

namespace fathom {

enum class InitKind : std::uint8_t {
  zeros,
  constant,        // value
  normal,          // standard deviation `value`
  uniform,         // [-value, value)
  glorot_uniform,  // limit sqrt(6 / (fan_in + fan_out)): Glorot and Bengio 2010, eq. 16
  glorot_normal,   // variance 2 / (fan_in + fan_out)
  he_uniform,      // limit sqrt(6 / fan_in)
  he_normal,       // variance 2 / fan_in: He et al. 2015, eq. 10
  lecun_uniform,   // limit sqrt(3 / fan_in)
  lecun_normal,    // variance 1 / fan_in: LeCun et al. 1998, eq. 16
};

struct Init {
  InitKind kind = InitKind::zeros;
  double value = 0;

  static constexpr Init zeros() { return {InitKind::zeros, 0}; }
  static constexpr Init constant(double value) { return {InitKind::constant, value}; }
  static constexpr Init normal(double deviation) { return {InitKind::normal, deviation}; }
  static constexpr Init uniform(double limit) { return {InitKind::uniform, limit}; }
  static constexpr Init glorot_uniform() { return {InitKind::glorot_uniform, 0}; }
  static constexpr Init glorot_normal() { return {InitKind::glorot_normal, 0}; }
  static constexpr Init he_uniform() { return {InitKind::he_uniform, 0}; }
  static constexpr Init he_normal() { return {InitKind::he_normal, 0}; }
  static constexpr Init lecun_uniform() { return {InitKind::lecun_uniform, 0}; }
  static constexpr Init lecun_normal() { return {InitKind::lecun_normal, 0}; }

  friend bool operator==(const Init&, const Init&) = default;
};

// The connections into and out of one unit of a parameter.
struct Fans {
  Index in = 1;
  Index out = 1;
};

// Fills `values` (f32 or f64). Each number is a pure function of (seed, name, its position).
void initialise(TensorView values, const Init& init, Fans fans, std::uint64_t seed, std::string_view name);

}  // namespace fathom
