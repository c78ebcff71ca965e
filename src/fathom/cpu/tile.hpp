// Tile kernels: one elementwise op over a short run of numbers, in SIMD.
//
// 1. A number's result does not depend on its place in the run: the tail is computed by the same instructions.
// 2. Special values (NaN, infinities, zeros) give what the op's reference gives. (Bits may differ between processors.)
// 3. Errors: add to div, sqrt, comparisons exact; rsqrt within 1.5 ulp; exp, log, sin, cos within 2; log1p, tanh,
// sigmoid,
//    erf within 3; expm1 within 4; pow libm's. tile_test.cpp measures them.
#pragma once

#include <cstddef>
#include <string_view>

#include "fathom/base/dtype.hpp"

namespace fathom {

// to[i] = op(from[0][i], from[1][i], from[2][i]) for i < n; `to` may be one of the operands. Any alignment.
using TileKernel = void (*)(void* to, const void* const* from, const double* attributes, std::size_t n) noexcept;

// The kernel of an op by its name (and "copy"; "fill", which writes attributes[0]). nullptr when there is none.
// Needs: f32 or f64.
TileKernel tile_kernel(std::string_view op, Dtype dtype);

// The name of the instruction set that the kernels of this process use.
std::string_view simd_target();

}  // namespace fathom
