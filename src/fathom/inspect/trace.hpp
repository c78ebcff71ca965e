// Trace and Frobenius norm from few products, each with an interval: Hutch++.
#pragma once

#include "fathom/inspect/operator.hpp"
#include "fathom/nn/metrics.hpp"

namespace fathom::curvature {

struct TraceEstimate {
  metrics::Estimate trace;      // sum of the eigenvalues
  metrics::Estimate frobenius;  // root of the sum of their squares
  Index products = 0;
};

// A third of `products` spans where the matrix is large, a third measures it there exactly, and the rest samples what
// is left with random signs, whose scatter is the 95 % interval (Meyer, Musco, Musco and Woodruff 2021, algorithm 1).
// The same products serve A'A, whose trace is the squared Frobenius norm. Exact, with an interval of no length, where a
// third of the products is at least the dimension. Memory: a third of `products` vectors.
// Throws Error(usage) for fewer than 6 products.
TraceEstimate estimate_trace(SymmetricOperator& a, Index products = 30, std::uint64_t seed = 1);

}  // namespace fathom::curvature
