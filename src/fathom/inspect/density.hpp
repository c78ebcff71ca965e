// The whole spectrum as it can be seen without its eigenvalues: stochastic Lanczos quadrature.
//
// Each random start sees the spectrum as a measure of few nodes; the mean over starts is unbiased for what the nodes
// are exact for, and its scatter is the interval (Ubaru, Chen and Saad 2017; Ghorbani, Krishnan and Xiao 2019).
#pragma once

#include <functional>

#include "fathom/inspect/krylov.hpp"
#include "fathom/nn/metrics.hpp"

namespace fathom::curvature {

struct DensityOptions {
  Index starts = 10;
  Index steps = 40;  // products for each start
  std::uint64_t seed = 1;
};

class SpectralDensity {
 public:
  // Takes starts * steps products. Throws Error(usage) for fewer than 2 starts and for fewer than 1 step.
  SpectralDensity(SymmetricOperator& a, const DensityOptions& options = {});

  // sum_i f(eigenvalue i), with its 95 % interval over the starts.
  metrics::Estimate sum(const std::function<double(double)>& f) const;
  metrics::Estimate trace() const;
  // The share of eigenvalues below -tau, and that above it. Quadrature smears eigenvalues, so a tau near 0 counts those
  // around 0 as negative or positive: throw Error(usage) unless tau is at least least_tau(), a hundredth of the largest
  // |node|.
  metrics::Estimate mass_below(double tau) const;
  metrics::Estimate mass_above(double tau) const;
  double least_tau() const;
  // The density of eigenvalues at x, of integral 1, seen through a normal distribution of standard deviation `width`.
  // Throws Error(usage) unless width > 0.
  metrics::Estimate at(double x, double width) const;

  double smallest_node() const { return smallest_; }
  double largest_node() const { return largest_; }

 private:
  metrics::Estimate mass(double tau, double side) const;

  Index dimension_;
  std::vector<Quadrature> seen_;  // by start
  double smallest_ = 0, largest_ = 0;
};

}  // namespace fathom::curvature
