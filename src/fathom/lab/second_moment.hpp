// Adam's second moment over the first updates: how far the size of a step depends on which batches happened to come
// first (Liu et al. 2020, "On the variance of the adaptive learning rate and beyond", arXiv 1908.03265).
#pragma once

#include "fathom/lab/batch_gradient.hpp"

namespace fathom {

struct SecondMomentOptions {
  Index batch = 32;
  Index batches = 128;  // whose gradients are drawn from
  Index updates = 200;
  Index sequences = 64;  // of batches, drawn by chance
  Index weights = 400;   // at most, spread over the network
  double beta2 = 0.999;
  std::uint64_t seed = 42;
};

// For each update from the first: the 90 % quantile of 1 / sqrt(v) over the sequences by the 10 % quantile, v being the
// bias-corrected mean of squared gradients (Kingma and Ba 2015); the median over weights whose gradients are not all
// zero. At 1 every sequence gives the same step. The weights stay as they are, so that only the batches differ.
// Throws Error(usage) for fewer than 2 batches or sequences.
std::vector<double> step_spread(const Objective& objective, const Parameters& parameters, const Source& source,
                                const Flat& weights, const SecondMomentOptions& options);

// The same from gradients [batches][weights].
std::vector<double> step_spread(const std::vector<std::vector<double>>& gradients, const SecondMomentOptions& options);

}  // namespace fathom
