#include "fathom/lab/noise_scale.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "fathom/base/rng.hpp"

namespace fathom {

namespace {

constexpr int resamples = 2000;

// How often each draw is in a resample.
using Counts = std::vector<double>;
struct Moments {
  double trace = 0, signal = 0;
};

double noise_ratio(const Moments& moments) {
  if (std::isnan(moments.trace) || std::isnan(moments.signal)) return std::numeric_limits<double>::quiet_NaN();
  // Noise as far as can be seen, and nothing else.
  if (!(moments.signal > 0)) return std::numeric_limits<double>::infinity();
  return std::max(0.0, moments.trace) / moments.signal;
}

// `moments` of counts; of all draws once, and of resamples for the interval.
NoiseScale estimate_noise(std::size_t draws, std::uint64_t seed, const std::function<Moments(const Counts&)>& moments) {
  const Moments whole = moments(Counts(draws, 1));
  NoiseScale result{.rows = {}, .trace = whole.trace, .signal = whole.signal, .draws = static_cast<double>(draws)};
  result.rows.value = noise_ratio(whole);
  if (std::isnan(result.rows.value)) {
    result.rows = {result.rows.value, result.rows.value, result.rows.value};
    return result;
  }
  std::vector<double> ratios;
  Random random(seed, "noise scale");
  Counts counts(draws);
  for (int round = 0; round < resamples; ++round) {
    std::fill(counts.begin(), counts.end(), 0);
    for (std::size_t i = 0; i < draws; ++i) counts[static_cast<std::size_t>(random.below(draws))] += 1;
    ratios.push_back(noise_ratio(moments(counts)));
  }
  std::sort(ratios.begin(), ratios.end());
  const auto quantile = [&](double share) { return ratios[static_cast<std::size_t>(share * (resamples - 1))]; };
  result.rows.low = std::min(quantile(0.025), result.rows.value);
  result.rows.high = std::max(quantile(0.975), result.rows.value);
  return result;
}

}  // namespace

NoiseScale noise_from_norms(std::span<const double> small_norms, std::span<const double> big_norms, Index small,
                            Index big, std::uint64_t seed) {
  if (small_norms.size() != big_norms.size() || small_norms.empty())
    fail(Code::usage, "{} norms of small batches and {} of large ones do not make pairs", small_norms.size(),
         big_norms.size());
  if (small < 1 || big <= small) fail(Code::usage, "batches of {} and of {} rows do not tell noise apart", small, big);
  const auto b = static_cast<double>(small), bb = static_cast<double>(big);
  return estimate_noise(small_norms.size(), seed, [&](const Counts& counts) {
    double total = 0, at_small = 0, at_big = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      total += counts[i];
      at_small += counts[i] * small_norms[i];
      at_big += counts[i] * big_norms[i];
    }
    at_small /= total;
    at_big /= total;
    return Moments{.trace = (at_small - at_big) / (1 / b - 1 / bb), .signal = (bb * at_big - b * at_small) / (bb - b)};
  });
}

// With S the sum of the products and D that of the diagonal, of n draws: |G|^2 = (S - D) / (n (n - 1)), and the
// variance of a draw is D / n less that. A draw that is resampled twice is no other draw: with counts c, pairs of
// different draws weigh c_i c_j.
NoiseScale noise_from_products(std::span<const double> products, Index draws, Index batch, std::uint64_t seed) {
  const auto n = static_cast<std::size_t>(draws);
  if (draws < 2 || products.size() != n * n)
    fail(Code::usage, "{} products are not those of {} gradients, at least 2", products.size(), draws);
  return estimate_noise(n, seed, [&](const Counts& counts) {
    double squares = 0, weight = 0, pairs = 0, pair_weight = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (counts[i] == 0) continue;
      squares += counts[i] * products[i * n + i];
      weight += counts[i];
      double row = 0, row_weight = 0;
      for (std::size_t j = 0; j < i; ++j) {
        row += counts[j] * products[i * n + j];
        row_weight += counts[j];
      }
      pairs += counts[i] * row;
      pair_weight += counts[i] * row_weight;
    }
    // A resample of one draw alone knows no pair.
    if (pair_weight == 0) return Moments{};
    const double signal = pairs / pair_weight;
    return Moments{.trace = static_cast<double>(batch) * (squares / weight - signal), .signal = signal};
  });
}

NoiseScales measure_noise(const Objective& objective, const Parameters& parameters, const Source& source,
                          const Flat& weights, const NoiseOptions& options) {
  if (options.small < 1 || options.big <= options.small)
    fail(Code::usage, "batches of {} and of {} rows do not tell noise apart", options.small, options.big);
  if (options.draws < 2) fail(Code::usage, "a noise scale needs at least 2 draws, not {}", options.draws);
  const Index rows = source.rows(Part::train);
  if (rows == 0) fail(Code::data, "there are no training rows");
  BatchGradient small(objective, parameters, source, options.small, options.frozen);
  BatchGradient big(objective, parameters, source, options.big, options.frozen);
  std::vector<Index> drawn;
  // Draws of both sizes are independent: each has its own rows and its own step.
  const auto draw = [&](BatchGradient& gradient, const char* purpose, Index number) -> const Flat& {
    Random random(options.seed, purpose, static_cast<std::uint64_t>(number));
    drawn.resize(static_cast<std::size_t>(gradient.batch()));
    for (Index& row : drawn) row = static_cast<Index>(random.below(static_cast<std::uint64_t>(rows)));
    return gradient.at(weights, drawn, options.seed, 2 * number + (&gradient == &big ? 1 : 0));
  };
  const auto n = static_cast<std::size_t>(options.draws);
  std::vector<Flat> gradients;
  std::vector<double> products(n * n), small_norms, big_norms;
  for (Index number = 0; number < options.draws; ++number) {
    gradients.push_back(draw(small, "small batch", number));
    const Flat& of_big = draw(big, "big batch", number);
    big_norms.push_back(dot(of_big, of_big));
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) products[i * n + j] = products[j * n + i] = dot(gradients[i], gradients[j]);
    small_norms.push_back(products[i * n + i]);
  }
  return {.norms = noise_from_norms(small_norms, big_norms, options.small, options.big, options.seed),
          .gradients = noise_from_products(products, options.draws, options.small, options.seed)};
}

}  // namespace fathom
