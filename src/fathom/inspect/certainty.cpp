#include "fathom/inspect/certainty.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "fathom/base/error.hpp"

namespace fathom::curvature {

double unseen_share(Index dimension, Index products, double confidence) {
  if (dimension < 1 || products < 1)
    fail(Code::usage, "{} products with a matrix of {} rows say nothing of its eigenvalues", products, dimension);
  if (!(confidence > 0 && confidence < 1))
    fail(Code::usage, "a confidence is between 0 and 1, and {} is not", confidence);
  // A Krylov space of the whole dimension holds both ends.
  if (products >= dimension) return 0;
  const double root = std::log(1.648 * std::sqrt(static_cast<double>(dimension)) / (1 - confidence)) /
                      static_cast<double>(2 * products - 1);
  return std::min(1.0, root * root);
}

SpectrumBound spectrum_bound(double smallest, double largest, Index dimension, Index products, double confidence) {
  SpectrumBound bound;
  bound.confidence = confidence;
  bound.share = unseen_share(dimension, products, (1 + confidence) / 2);
  constexpr double endless = std::numeric_limits<double>::infinity();
  const double gap = bound.share < 0.5 ? bound.share * (largest - smallest) / (1 - 2 * bound.share) : endless;
  bound.low = smallest - gap;
  bound.high = largest + gap;
  return bound;
}

namespace {

// The g at which the product of all (g + distance) reaches exp(limit).
double reach(const Vector& distances, double limit) {
  double low = 0, high = std::exp(limit / static_cast<double>(distances.size()));
  for (int halving = 0; halving < 200 && low < high; ++halving) {
    const double middle = 0.5 * (low + high);
    double sum = 0;
    for (const double distance : distances) sum += std::log(middle + distance);
    (sum < limit ? low : high) = middle;
    if (middle == 0.5 * (low + high)) break;
  }
  return high;
}

}  // namespace

SpectrumBound spectrum_bound(std::span<const double> ritz, double log_residual, Index dimension, double confidence) {
  if (ritz.empty() || dimension < 1)
    fail(Code::usage, "{} Ritz values of a matrix of {} rows say nothing of its other eigenvalues", ritz.size(),
         dimension);
  if (!(confidence > 0 && confidence < 1))
    fail(Code::usage, "a confidence is between 0 and 1, and {} is not", confidence);
  const double doubt = (1 - confidence) / 2;
  const double limit =
      log_residual + std::log(std::sqrt(2 * static_cast<double>(dimension) / std::numbers::pi) / doubt);
  Vector below, above;
  for (const double value : ritz) {
    below.push_back(value - ritz.front());
    above.push_back(ritz.back() - value);
  }
  const double low = reach(below, limit), high = reach(above, limit);
  return {ritz.front() - low, ritz.back() + high, confidence, std::max(low, high) / (ritz.back() - ritz.front())};
}

double NoiseFloor::zero_band(double size) const {
  return std::max(10 * std::max(asymmetry, repetition), size * (precision == Dtype::f32 ? 1e-6 : 1e-13));
}

NoiseFloor noise_floor(SymmetricOperator& a, Index pairs, std::uint64_t seed, SymmetricOperator* again) {
  if (pairs < 1) fail(Code::usage, "a noise floor needs at least 1 pair of vectors, not {}", pairs);
  NoiseFloor floor;
  floor.precision = a.precision();
  const auto unit_vector = [&](std::string_view purpose, Index pair) {
    Vector x = random_normal(a.dimension(), seed, purpose, static_cast<std::uint64_t>(pair));
    scale(x, 1 / norm(x));
    return x;
  };
  for (Index pair = 0; pair < pairs; ++pair) {
    const Vector u = unit_vector("noise u", pair), v = unit_vector("noise v", pair);
    const Vector au = a * u, av = a * v;
    floor.asymmetry = std::max(floor.asymmetry, std::abs(dot(u, av) - dot(v, au)));
    if (pair > 0 || again == nullptr) continue;
    Vector other = *again * v;
    axpy(-1, av, other);
    floor.repetition = norm(other);
  }
  return floor;
}

}  // namespace fathom::curvature
