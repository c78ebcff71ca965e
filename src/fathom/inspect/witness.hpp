// Negative curvature, proven: by a direction found on some rows and measured on others.
#pragma once

#include "fathom/inspect/loss_curvature.hpp"
#include "fathom/nn/metrics.hpp"

namespace fathom::curvature {

struct Witness {
  // v'Hv over endless rows of the kind of these, with its 95 % interval (Student's t over the chunks). As v knows
  // nothing of the chunks it is unbiased for rows like them, and the smallest eigenvalue of that H is at most as large.
  // Of rows to which the weights were fitted it speaks of such rows alone.
  metrics::Estimate curvature;
  Index chunks = 0;
  bool proven() const { return curvature.high < 0; }
};

// `v` of length 1, found on `found_on`; measured on each full chunk of `fresh` alone. Costs one product over the fresh
// rows. Throws Error(usage) where a row is in both, for fewer than 2 full chunks, and for a v of another length.
Witness negative_curvature(const LossRows& fresh, std::span<const Index> found_on, const Flat& weights,
                           std::span<const double> v);

}  // namespace fathom::curvature
