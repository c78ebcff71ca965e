// The largest eigenvalue of a loss's Hessian alone, for few products over all of its rows: Lanczos' method, begun where
// some of the rows have theirs, which is found in the same way. A sample's largest eigenvectors are close to the
// whole's, and cost as much less as it is smaller.
#pragma once

#include "fathom/inspect/lanczos.hpp"
#include "fathom/inspect/loss_curvature.hpp"

namespace fathom::curvature {

struct LargestOptions {
  double accuracy = 1e-2;    // wanted bound, relative to the eigenvalue
  Index most_products = 80;  // over all rows
  // The beginning is sought over one of so many rows; 1, and where that would be fewer than 32: it is by chance.
  Index one_of = 8;
  // D, one number for each dimension: the eigenvalue is that of D^-1 A (sharpness.hpp). Empty: A's.
  std::span<const double> divisor = {};
  double product_error = 0;  // as LanczosOptions has it
  std::uint64_t seed = 1;
};

struct LargestEigenvalue {
  Eigenvalue found;
  Vector direction;            // its eigenvector, of length 1; of D^-1/2 A D^-1/2 where there is a divisor
  Index products = 0;          // over all rows
  double sample_products = 0;  // what the beginning has cost, in products over all rows
  bool converged = false;      // the bound is within the accuracy
};

// Of the Hessian of these rows at these weights. As with any start, a larger eigenvalue whose eigenvector the sample
// and its start by chance both miss is not seen. Throws Error(usage) for one_of below 1, and as Preconditioned,
// LossCurvature and lanczos_extremes do.
LargestEigenvalue largest_eigenvalue(const LossRows& rows, const Flat& weights, const LargestOptions& options = {});

}  // namespace fathom::curvature
