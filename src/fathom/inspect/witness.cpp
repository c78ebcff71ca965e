#include "fathom/inspect/witness.hpp"

#include <cmath>

namespace fathom::curvature {

Witness negative_curvature(const LossRows& fresh, std::span<const Index> found_on, const Flat& weights,
                           std::span<const double> v) {
  const std::set<Index> used(found_on.begin(), found_on.end());
  for (const Index row : fresh.rows)
    if (used.contains(row))
      fail(Code::usage, "row {} cannot prove a direction that was found on it: a witness needs fresh rows", row);
  LossCurvature curvature(fresh, weights);
  if (std::abs(norm(v) - 1) > 1e-3) fail(Code::usage, "a direction must have the length 1, not {:.4g}", norm(v));
  const Vector values = curvature.chunk_curvatures(v);
  return {metrics::mean_of(values), static_cast<Index>(values.size())};
}

}  // namespace fathom::curvature
