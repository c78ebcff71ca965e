#include "fathom/inspect/density.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fathom/base/error.hpp"

namespace fathom::curvature {

SpectralDensity::SpectralDensity(SymmetricOperator& a, const DensityOptions& options) : dimension_(a.dimension()) {
  if (options.starts < 2) fail(Code::usage, "an interval needs at least 2 starts, not {}", options.starts);
  for (Index start = 0; start < options.starts; ++start) {
    seen_.push_back(krylov_quadrature(
        a, random_normal(a.dimension(), options.seed, "density start", static_cast<std::uint64_t>(start)),
        options.steps));
    const Vector& nodes = seen_.back().nodes;
    smallest_ = start == 0 ? nodes.front() : std::min(smallest_, nodes.front());
    largest_ = start == 0 ? nodes.back() : std::max(largest_, nodes.back());
  }
}

metrics::Estimate SpectralDensity::sum(const std::function<double(double)>& f) const {
  Vector sums;
  for (const Quadrature& one : seen_) {
    double total = 0;
    for (std::size_t i = 0; i < one.nodes.size(); ++i) total += one.weights[i] * f(one.nodes[i]);
    sums.push_back(static_cast<double>(dimension_) * total);
  }
  return metrics::mean_of(sums);
}

metrics::Estimate SpectralDensity::trace() const {
  return sum([](double x) { return x; });
}

double SpectralDensity::least_tau() const { return std::max(std::abs(smallest_), std::abs(largest_)) / 100; }

metrics::Estimate SpectralDensity::mass(double tau, double side) const {
  if (!(tau >= least_tau()))
    fail(Code::usage, "a share of eigenvalues beyond {:.3g} cannot be told from zeros; the least distance is {:.3g}",
         side * tau, least_tau());
  const double n = static_cast<double>(dimension_);
  return sum([&](double x) { return side * x > tau ? 1 / n : 0; });
}
metrics::Estimate SpectralDensity::mass_below(double tau) const { return mass(tau, -1); }
metrics::Estimate SpectralDensity::mass_above(double tau) const { return mass(tau, 1); }

metrics::Estimate SpectralDensity::at(double x, double width) const {
  if (!(width > 0)) fail(Code::usage, "the width of a density must be above 0, not {}", width);
  const double scale = 1 / (static_cast<double>(dimension_) * width * std::sqrt(2 * std::numbers::pi));
  return sum([&](double node) { return scale * std::exp(-0.5 * (x - node) * (x - node) / (width * width)); });
}

}  // namespace fathom::curvature
