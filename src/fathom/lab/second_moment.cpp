#include "fathom/lab/second_moment.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/base/rng.hpp"

namespace fathom {

namespace {

double quantile(std::vector<double>& values, double share) {
  const auto place = values.begin() + static_cast<long>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), place, values.end());
  return *place;
}

}  // namespace

std::vector<double> step_spread(const Objective& objective, const Parameters& parameters, const Source& source,
                                const Flat& weights, const SecondMomentOptions& options) {
  if (options.batches < 2) fail(Code::usage, "the spread of steps needs at least 2 batches, not {}", options.batches);
  const Index rows = source.rows(Part::train), batch = std::min(options.batch, rows);
  BatchGradient gradient(objective, parameters, source, batch);
  std::vector<std::vector<double>> drawn(static_cast<std::size_t>(options.batches));
  std::vector<Index> numbers(static_cast<std::size_t>(batch));
  for (std::size_t k = 0; k < drawn.size(); ++k) {
    Random random(options.seed, "second moment", k);
    for (Index& row : numbers) row = static_cast<Index>(random.below(static_cast<std::uint64_t>(rows)));
    const Flat& flat = gradient.at(weights, numbers, options.seed, static_cast<Index>(k));
    const auto values = flat.values().span<float>();
    const std::size_t count = std::min(values.size(), static_cast<std::size_t>(options.weights));
    for (std::size_t i = 0; i < count; ++i) drawn[k].push_back(static_cast<double>(values[i * values.size() / count]));
  }
  return step_spread(drawn, options);
}

std::vector<double> step_spread(const std::vector<std::vector<double>>& gradients, const SecondMomentOptions& options) {
  if (gradients.size() < 2 || options.sequences < 2)
    fail(Code::usage, "the spread of steps needs at least 2 batches and 2 sequences");
  const auto sequences = static_cast<std::size_t>(options.sequences);
  std::vector<std::size_t> alive;
  for (std::size_t i = 0; i < gradients.front().size(); ++i)
    if (std::all_of(gradients.begin(), gradients.end(), [&](const auto& of_batch) { return of_batch[i] != 0; }))
      alive.push_back(i);
  std::vector<Random> draws;
  for (std::size_t s = 0; s < sequences; ++s) draws.emplace_back(options.seed, "sequence", s);
  std::vector<std::vector<double>> moments(sequences, std::vector<double>(alive.size()));
  std::vector<double> spread, of_weights, of_sequences(sequences);
  for (Index update = 1; update <= options.updates; ++update) {
    for (std::size_t s = 0; s < sequences; ++s) {
      const auto& gradient = gradients[draws[s].below(gradients.size())];
      for (std::size_t i = 0; i < alive.size(); ++i) {
        const double g = gradient[alive[i]];
        moments[s][i] = options.beta2 * moments[s][i] + (1 - options.beta2) * g * g;
      }
    }
    // The correction of the bias is the same for all and falls out of the quotient.
    of_weights.clear();
    for (std::size_t i = 0; i < alive.size(); ++i) {
      for (std::size_t s = 0; s < sequences; ++s) of_sequences[s] = 1 / std::sqrt(moments[s][i]);
      const double high = quantile(of_sequences, 0.9), low = quantile(of_sequences, 0.1);
      of_weights.push_back(high / low);
    }
    spread.push_back(of_weights.empty() ? std::numeric_limits<double>::quiet_NaN() : quantile(of_weights, 0.5));
  }
  return spread;
}

}  // namespace fathom
