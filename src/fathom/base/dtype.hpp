// Element types. Masks are 0 and 1 in the float type of the values that they select, so that every
// elementwise chain has one type; indices are i32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fathom {

enum class Dtype : std::uint8_t { f32, f64, i32 };

constexpr std::size_t size_of(Dtype dtype) { return dtype == Dtype::f64 ? 8 : 4; }
constexpr bool is_float(Dtype dtype) { return dtype != Dtype::i32; }
constexpr std::string_view name_of(Dtype dtype) {
  return dtype == Dtype::f32 ? "f32" : dtype == Dtype::f64 ? "f64" : "i32";
}

template <class T>
struct DtypeOf;
template <>
struct DtypeOf<float> {
  static constexpr Dtype value = Dtype::f32;
};
template <>
struct DtypeOf<double> {
  static constexpr Dtype value = Dtype::f64;
};
template <>
struct DtypeOf<std::int32_t> {
  static constexpr Dtype value = Dtype::i32;
};

// Calls f with a value of the element type: visit(dtype, [](auto zero) { using T = decltype(zero); ... }).
template <class F>
decltype(auto) visit(Dtype dtype, F&& f) {
  switch (dtype) {
    case Dtype::f32:
      return f(float{});
    case Dtype::f64:
      return f(double{});
    case Dtype::i32:
      break;
  }
  return f(std::int32_t{});
}

}  // namespace fathom
