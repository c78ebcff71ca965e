// Philox in SIMD: fills memory with the numbers that base/rng.hpp defines, block by block.
#pragma once

#include <array>
#include <cstdint>

#include "fathom/base/shape.hpp"

namespace fathom {

struct RandomStream {
  std::array<std::uint32_t, 2> seed;
  std::uint32_t step_low, step_high, stream;
};

// to[i] for i in [0, n): the uniform numbers of blocks first_block, first_block + 1, ..., four to a block.
// Any alignment.
void fill_uniform_f32(float* to, Index n, const RandomStream& stream, std::uint32_t first_block) noexcept;

}  // namespace fathom
