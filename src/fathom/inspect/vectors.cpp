#include "fathom/inspect/vectors.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/base/pool.hpp"
#include "fathom/base/rng.hpp"

namespace fathom::curvature {

double dot(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<Index>(a.size());
  Vector partial(static_cast<std::size_t>(chunks_of(n)));
  Pool::shared().run(chunks_of(n), [&](Index chunk) {
    const auto first = static_cast<std::size_t>(chunk * chunk_length);
    const auto last = static_cast<std::size_t>(std::min(n, (chunk + 1) * chunk_length));
    double lanes[8] = {};
    for (std::size_t i = first; i < last; ++i) lanes[i % 8] += a[i] * b[i];
    double sum = 0;
    for (const double lane : lanes) sum += lane;
    partial[static_cast<std::size_t>(chunk)] = sum;
  });
  double total = 0;
  for (const double sum : partial) total += sum;
  return total;
}

void axpy(double factor, std::span<const double> x, std::span<double> y) {
  const auto n = static_cast<Index>(x.size());
  Pool::shared().run(chunks_of(n), [&](Index chunk) {
    const auto first = static_cast<std::size_t>(chunk * chunk_length);
    const auto last = static_cast<std::size_t>(std::min(n, (chunk + 1) * chunk_length));
    for (std::size_t i = first; i < last; ++i) y[i] += factor * x[i];
  });
}

double norm(std::span<const double> a) { return std::sqrt(dot(a, a)); }

void scale(std::span<double> x, double factor) {
  for (double& value : x) value *= factor;
}

Vector random_normal(Index n, std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
  Random random(seed, purpose, index);
  Vector result(static_cast<std::size_t>(n));
  for (double& value : result) value = random.normal();
  return result;
}

Vector random_signs(Index n, std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
  Random random(seed, purpose, index);
  Vector result(static_cast<std::size_t>(n));
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (i % 64 == 0) bits = random.bits();
    result[i] = (bits >> (i % 64)) & 1 ? 1 : -1;
  }
  return result;
}

}  // namespace fathom::curvature
