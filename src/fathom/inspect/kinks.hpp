// The kinks of a network on rows: where a unit's slope jumps, which a Hessian does not see.
//
// 1. They are found in the graph of the outputs: what a relu reads, and what a leaky_relu, or an elu of an alpha other
//    than 1, compares with 0. An elu of alpha 1 and softplus have none. A unit is above its kink where that is above 0,
//    and below it otherwise.
// 2. A unit is a column of what is read: of a convolution, a channel, above its kink where one pixel is.
#pragma once

#include "fathom/inspect/loss_curvature.hpp"

namespace fathom::curvature {

// An activation with a kink, in the order of the graph.
struct Rectifier {
  std::string function;                 // "relu", "leaky_relu" or "elu"
  std::vector<std::string> parameters;  // that it reads by no other one of these
  Index units = 0;
  std::vector<Index> dead;  // units that are below their kink on all rows; of a relu: that give 0 on all of them
};
// Of a loss without outputs in columns or without kinks: none. Costs the outputs of all rows.
std::vector<Rectifier> rectifiers(const LossRows& rows, const Flat& weights);

// How many of the rows have a value that a step takes across its kink, from above to below or back: what is said of the
// step by the Hessian at its beginning does not hold for these rows all along it. `step`: as ParameterVector lays it
// out. Costs the outputs of all rows twice. Throws Error(usage) for a step of another length.
Index rows_across_a_kink(const LossRows& rows, const Flat& weights, std::span<const double> step);

// Whether the outputs take the largest of windows: those have kinks, too, where another number becomes the largest, and
// they are not counted here.
bool has_max_pool(const LossRows& rows, const Flat& weights);

}  // namespace fathom::curvature
