// What may be said of eigenvalues that were not computed, and which of those that were are zero.
#pragma once

#include "fathom/inspect/operator.hpp"
#include "fathom/nn/metrics.hpp"

namespace fathom::curvature {

// How far an end of the spectrum may lie beyond the outermost Ritz value, as a share of the spectrum's width: after k
// products from a random start, P(gap > share * width) <= 1.648 sqrt(n) exp(-sqrt(share) (2k - 1)) (Kuczynski and
// Wozniakowski 1992, theorem 4.2), solved for the share. At most 1.
// Throws Error(usage) for a dimension or products below 1 and for a confidence outside of (0, 1).
double unseen_share(Index dimension, Index products, double confidence);

// No eigenvalue is below, with this confidence; and none above.
struct SpectrumBound {
  double low = 0, high = 0;
  double confidence = 0.99;
  double share = 0;  // of the spectrum's true width: what each end may lie beyond what was seen
};
// From the outermost Ritz values after `products` from one random start, neither restarted nor locked. Both ends may
// fail, so each is asked for with half of the doubt; the true width is at most (largest - smallest) / (1 - 2 share).
// Infinite ends where the products do not suffice to say anything.
SpectrumBound spectrum_bound(double smallest, double largest, Index dimension, Index products,
                             double confidence = 0.99);

// The same from what the products of one random start led to: `ritz`, all of its Ritz values, ascending, and
// `log_residual`, the sum of the logarithms of what was left outside of the space after each. With p the polynomial
// whose roots are the Ritz values, an eigenvector's share c of the start has |c p(eigenvalue)| <= exp(log_residual),
// and by chance |c| is below doubt / sqrt(2 dimension / pi) no more often than the doubt (van Dorsselaer, Hochstenbach
// and van der Vorst 2000, section 3). Where few products leave next to nothing outside, as they do of few clusters of
// eigenvalues, this says much more. The share is of (largest - smallest), endless where there is one Ritz value.
// Throws Error(usage) for no Ritz value, a dimension below 1 and a confidence outside of (0, 1).
SpectrumBound spectrum_bound(std::span<const double> ritz, double log_residual, Index dimension, double confidence);

// How far a product is off, seen from outside: of an exactly symmetric A, u'Av = v'Au.
struct NoiseFloor {
  double asymmetry = 0;   // the largest |u'Av - v'Au| of random unit vectors u, v
  double repetition = 0;  // |Av - Av| of a random unit vector v, the second time with sums in another order
  // |eigenvalues| under it are zero as far as these products can tell: ten times what was seen, and at least
  // `size` * 1e-6 in f32 or 1e-13 in f64, with `size` the largest |eigenvalue|.
  double zero_band(double size) const;
  Dtype precision = Dtype::f32;
};
// From `pairs` random pairs: 2 products for each, and one of `again`, the same matrix whose products round in another
// way; nullptr: repetition stays 0. Throws Error(usage) for fewer than 1 pair.
NoiseFloor noise_floor(SymmetricOperator& a, Index pairs, std::uint64_t seed, SymmetricOperator* again = nullptr);

}  // namespace fathom::curvature
