#include "fathom/inspect/trace.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.hpp"
#include "fathom/inspect/basis.hpp"

namespace fathom::curvature {

TraceEstimate estimate_trace(SymmetricOperator& a, Index products, std::uint64_t seed) {
  if (products < 6) fail(Code::usage, "a trace needs at least 6 products, not {}", products);
  const Index before = a.products(), n = a.dimension();
  const Index spanned = std::min(products / 3, n);
  Basis large(n, a.precision());
  for (Index k = 0; k < spanned; ++k) {
    Vector w = spanned == n ? large.fresh_direction(seed, static_cast<std::uint64_t>(k))
                            : a * random_signs(n, seed, "trace span", static_cast<std::uint64_t>(k));
    const double length = norm(w);
    large.orthogonalise(w);
    // What lies in the span but for rounding adds nothing to it.
    if (norm(w) > 1e-6 * length) large.append(w);
  }
  double trace = 0, squares = 0;  // on the span
  for (std::size_t k = 0; k < large.size(); ++k) {
    const Vector q = large[k], aq = a * q;
    trace += dot(q, aq);
    squares += dot(aq, aq);
  }
  TraceEstimate result;
  Vector traces, sums;
  const Index samples = static_cast<Index>(large.size()) == n ? 0 : products - 2 * spanned;
  for (Index k = 0; k < samples; ++k) {
    Vector g = random_signs(n, seed, "trace sample", static_cast<std::uint64_t>(k));
    large.orthogonalise(g);
    const Vector ag = a * g;
    traces.push_back(trace + dot(g, ag));
    sums.push_back(squares + dot(ag, ag));
  }
  result.trace = samples == 0 ? metrics::Estimate{trace, trace, trace} : metrics::mean_of(traces);
  const metrics::Estimate sum = samples == 0 ? metrics::Estimate{squares, squares, squares} : metrics::mean_of(sums);
  const auto root = [](double value) { return std::sqrt(std::max(0.0, value)); };
  result.frobenius = {root(sum.value), root(std::max(sum.low, squares)), root(sum.high)};
  result.products = a.products() - before;
  return result;
}

}  // namespace fathom::curvature
