// Tile kernels: one elementwise op over a short run of numbers, in SIMD.
//
// 1. A number's result does not depend on its place in the run: the tail is computed by the same instructions.
// 2. Special values (NaN, infinities, zeros) give what the op's reference gives. (Bits may differ between processors.)
// 3. Errors: add to div, sqrt, comparisons and pow with the exponents 1 and -1 exact (2 and 3: products, each rounded);
//    rsqrt within 1.5 ulp; exp, log, sin, cos within 2; log1p, tanh, sigmoid, erf within 3; expm1 within 4; any other
//    pow is libm's. tile_test.cpp measures them.
#pragma once

#include <cstddef>
#include <string_view>

#include "fathom/graph/op.hpp"

namespace fathom {

constexpr Index tiles_per_chunk = 32;

// to[i] = op(from[0][i], from[1][i], ...) for i < n, of up to four operands; `to` may be one of the operands. Any
// alignment.
using TileKernel = void (*)(void* to, const void* const* from, const double* attributes, std::size_t n) noexcept;

// The kernel of an op; nullptr when there is none. An op that only bears the name of another gets none.
TileKernel tile_kernel(const Op& op, Dtype dtype);

// What groups do beside ops: move numbers (fill writes attributes[0]), and take sums with the products in them, in one
// pass, each op rounded as it is alone.
enum class TileStep {
  copy,         // a
  fill,         // reads nothing
  mul_add,      // a b + c
  mul_sub,      // a b - c
  sub_mul,      // c - a b
  mul_mul_add,  // a b + c e
  mul_mul_sub,  // a b - c e
};
// Needs: f32 or f64.
TileKernel tile_kernel(TileStep step, Dtype dtype);

// The name of the instruction set that the kernels of this process use.
std::string_view simd_target();

}  // namespace fathom
