// Sharpness: the largest curvature, against what the optimizer's rate bears.
//
// On a quadratic an optimizer converges along an eigenvector while its eigenvalue is below an edge that its rate sets,
// and diverges along it above. Training on all rows drives the largest eigenvalue to that edge and stays there (Cohen
// et al. 2021); where the optimizer divides each gradient by a scale of its own, the Hessian that counts is divided so
// too (Cohen et al. 2022). With small batches neither holds: the noise sets an edge of its own (Agarwala and
// Pennington 2024), so that the comparison is one of scale.
#pragma once

#include <optional>

#include "fathom/inspect/lanczos.hpp"
#include "fathom/inspect/loss_curvature.hpp"
#include "fathom/optim/optimizers.hpp"

namespace fathom::curvature {

// D^-1/2 A D^-1/2 of a matrix A and a diagonal D: its eigenvalues are those of D^-1 A.
class Preconditioned final : public SymmetricOperator {
 public:
  // Keeps a reference. Throws Error(usage) unless there is one number above 0 for each dimension.
  Preconditioned(SymmetricOperator& a, std::span<const double> diagonal);

 private:
  void multiply(std::span<const double> x, std::span<double> y) override;

  SymmetricOperator& a_;
  Vector root_;  // 1 / sqrt(diagonal)
};

// The largest eigenvalue along which the optimizer converges at this rate: 2 / rate for SGD, Adagrad and RMSProp,
// (2 + 2 b) / rate with momentum b (RMSProp's too) and (2 + 2 b) / ((1 + 2 b) rate) in Nesterov's form, and
// (2 + 2 beta1) / ((1 - beta1) rate) for Adam and AdamW. Infinite for a rate of 0.
double edge_of_stability(const Optimizer& optimizer, double rate);

// Whether the optimizer divides each element of the gradient by a number of its own.
bool divides(const Optimizer& optimizer);

// What the optimizer divides gradients by, element for element: the root of its kept squares, corrected for their
// beginning, and epsilon. Nothing for optimizers that divide by nothing, and before the first step. From a checkpoint
// that holds its state, the last one or one that was kept. Throws Error(data) when it does not.
std::optional<Vector> preconditioner(const Optimizer& optimizer, const std::string& state_file,
                                     const ParameterVector& places, const Parameters& layout);

}  // namespace fathom::curvature
