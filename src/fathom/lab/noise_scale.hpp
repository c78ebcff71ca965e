// The gradient noise scale: how many rows a batch needs for its gradient to be as strong as the noise in it.
//
// With G the gradient over all training rows and Sigma the covariance of the gradients of single rows, it is
// tr(Sigma) / |G|^2, in rows (McCandlish, Kaplan, Amodei et al. 2018, "An empirical model of large-batch training",
// arXiv 1812.06162, equation 2.9). Far below it a batch twice as large needs about half of the updates; far above it,
// about as many. At it, training needs about twice the fewest updates and twice the fewest rows (equation 2.11).
//
// 1. Rows are drawn with replacement: both estimators of tr(Sigma) and of |G|^2 are unbiased, for any batch size.
// 2. An interval is of 95 %, from resampled draws (Efron 1979), and a pure function of its arguments. Its high end is
//    infinite where the draws do not tell G from 0.
#pragma once

#include "fathom/lab/batch_gradient.hpp"
#include "fathom/lab/statistics.hpp"

namespace fathom {

struct NoiseScale {
  Interval rows;      // the noise scale; infinite where |G|^2 is estimated to be 0 or less
  double trace = 0;   // tr(Sigma)
  double signal = 0;  // |G|^2: unbiased, so that it can come out below 0
  double draws = 0;
};

// From squared norms of gradients at two batch sizes, one of each for every draw (appendix A.1). Needs: as many of
// each, and small < big.
NoiseScale noise_from_norms(std::span<const double> small_norms, std::span<const double> big_norms, Index small,
                            Index big, std::uint64_t seed);
// From gradients of many batches of one size, by their inner products [draws, draws]: tr(Sigma) from the covariance of
// the gradients, |G|^2 from the products of different draws. Needs: at least 2 draws.
NoiseScale noise_from_products(std::span<const double> products, Index draws, Index batch, std::uint64_t seed);

struct NoiseOptions {
  Index small = 16, big = 256;  // rows of a batch
  Index draws = 32;
  std::uint64_t seed = 42;
  std::set<std::string> frozen = {};
};

struct NoiseScales {
  NoiseScale norms;      // by norms at two batch sizes
  NoiseScale gradients;  // by the gradients of the small batches
};
// At these weights. Holds the gradients of all small batches: `draws` times the bytes of the weights.
// Throws Error(usage) for sizes or draws out of range.
NoiseScales measure_noise(const Objective& objective, const Parameters& parameters, const Source& source,
                          const Flat& weights, const NoiseOptions& options);

}  // namespace fathom
