// Directions in which a network's weights can move while its outputs stay: what a flat direction may come from.
//
// 1. A direction is the velocity of an exact symmetry at the weights, so the gradient is 0 along it. Where the whole
//    gradient is 0, so is the Hessian; elsewhere the path of `unit_scale` bends, and v'Hv is -g'a with its acceleration
//    a.
// 2. Those of a norm are exact but for its epsilon.
// 3. A symmetry that would move a frozen parameter is none.
#pragma once

#include <string_view>

#include "fathom/inspect/loss_curvature.hpp"

namespace fathom::curvature {

enum class SymmetryKind : std::uint8_t {
  unit_scale,  // of a unit that passes multiples on (relu, leaky_relu, identity): its inputs grow as its outputs shrink
  dead_unit,   // all weights into and out of a unit that is 0 on all rows
  output_shift,  // the same number added to all outputs before a softmax
  norm_shift,    // the same number added to all that a norm takes the mean of
  norm_scale,    // all that a norm takes the deviation of, multiplied by the same number
};
std::string_view name_of(SymmetryKind kind);

// A dense layer: `name`.weight [in, out] and, where there is one, `name`.bias [out]; then the layer norm with the
// parameters `norm`.weight and `norm`.bias unless empty; then the activation.
struct DenseLayer {
  std::string name, norm = {}, activation = "identity";
};
// In order; the outputs of each are all that the next one reads.
struct DenseNetwork {
  std::vector<DenseLayer> layers;
  bool softmax = false;  // the outputs go through one, and into nothing else
  // Layers, dense or convolutions (`name`.weight [..., out]), each before a batch norm that takes the statistics of the
  // rows, so that every unit or channel has a shift and a scale of its own; somewhere in the network.
  std::vector<std::string> before_batch_norm = {};
};
struct DeadUnits {
  std::size_t layer = 0;
  std::vector<Index> units;
};

// Places and numbers of a vector beside weights (ParameterVector); the others are 0.
using SparseVector = std::vector<std::pair<std::size_t, double>>;

struct Symmetry {
  SymmetryKind kind;
  std::vector<SparseVector> directions;  // of length 1, not all orthogonal to one another
};

// Those that there are, a kind once, in the order of SymmetryKind. Throws Error(usage) for a layer whose weight the
// layout has not and for a dead unit that is not there.
std::vector<Symmetry> symmetries_of(const DenseNetwork& network, const Flat& weights,
                                    const std::set<std::string>& frozen, std::span<const DeadUnits> dead = {});

// The share of |v|^2 that lies in the span of all directions of these symmetries: |P v|^2 / |v|^2, from 0 to 1; 0 for a
// v of zeros. By conjugate gradients on the least squares of v (Paige and Saunders 1982), to about 1e-10.
double share_in(std::span<const Symmetry> symmetries, std::span<const double> v);

}  // namespace fathom::curvature
