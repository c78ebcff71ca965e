// Arithmetic on long vectors of f64, by all threads.
//
// 1. Sums run over chunks fixed by length and in index order: the same bits for any number of threads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom::curvature {

using Vector = std::vector<double>;

// Elements of a chunk: what a thread works on at a time.
inline constexpr Index chunk_length = 1 << 12;
inline Index chunks_of(Index n) { return (n + chunk_length - 1) / chunk_length; }

// Need: both of one length.
double dot(std::span<const double> a, std::span<const double> b);
void axpy(double factor, std::span<const double> x, std::span<double> y);  // y = y + factor x
double norm(std::span<const double> a);
void scale(std::span<double> x, double factor);

// Independent standard normal numbers, or signs (1 or -1 with equal chance): a pure function of (seed, purpose, index).
Vector random_normal(Index n, std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);
Vector random_signs(Index n, std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

}  // namespace fathom::curvature
