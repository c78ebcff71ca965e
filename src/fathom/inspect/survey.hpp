// All that is found out about one point of a loss: gradient, spectrum and verdict, each with its evidence.
#pragma once

#include "fathom/inspect/loss_gradient.hpp"
#include "fathom/inspect/symmetry.hpp"
#include "fathom/inspect/verdict.hpp"

namespace fathom::curvature {

struct SurveyOptions {
  Index eigenvalues = 5;      // of each end
  double accuracy = 1e-3;     // wanted bound of each, relative to the width of the spectrum
  Index most_products = 200;  // for them
  Index dense_up_to = 3000;   // parameters: then all eigenvalues are computed, by as many products
  Index groups = 16;          // of rows, that the gradient is compared over; fewer where there are fewer rows
  Index gradient_steps = 20;  // products, for the step that the gradient promises most of
  Index trace_products = 30;
  Index density_starts = 6, density_steps = 25;
  double loss_floor = 1e-12;  // no change of the loss below it counts
  std::uint64_t seed = 1;
  std::vector<Symmetry> symmetries = {};  // that flat directions may come from
  // That the gradient is of, and steps along it are tried on: all that the loss is of, where those of the curvature are
  // a sample. nullptr: the gradient is of the curvature's rows, and its steps are tried on fresh ones where there are
  // any.
  const LossRows* gradient_rows = nullptr;
  std::function<void(const Message&)> stage = {};  // told what is begun
};

// A direction of the loss: where the vector of an extreme eigenvalue lies, and what makes it curved.
struct Direction {
  Eigenvalue eigenvalue;
  Vector shares;            // of the squared norm, by parameter
  double gauss_newton = 0;  // v'Gv; the rest of the eigenvalue is v'(H - G)v
};

// The density of eigenvalues through a normal distribution of standard deviation `width`; its integral is 1.
struct DensityCurve {
  double width = 0;
  Vector x;
  std::vector<metrics::Estimate> y;
};

// Shares of all eigenvalues, as the density sees them: those closer to 0 are not told from it.
struct Sides {
  double beyond = 0;               // a hundredth of the largest |eigenvalue| that was seen
  metrics::Estimate below, above;  // of those below -beyond, and above it
};

// What flat directions come from: means over them of the share of their squared norm.
struct Flatness {
  Index directions = 0;                                // that were looked at
  double explained = 0;                                // by all symmetries together
  std::vector<std::pair<SymmetryKind, double>> kinds;  // by each alone, which may overlap
};

struct Survey {
  Index dimension = 0;
  Dtype precision = Dtype::f32;
  Index rows = 0, gradient_rows = 0;  // that the curvature is of; that the loss and its gradient are of
  Index fresh_rows = 0;               // that the witness was measured on; 0: there is none
  Index products = 0;                 // with the Hessian and its Gauss-Newton part, in all
  Index bound_products = 0;           // those that Evidence::unseen rests on
  std::vector<std::string> names;     // of the parameters, in the order of Direction::shares
  double loss = 0;
  // Of the rows that steps along the gradient were tried on: the loss here, and the lowest along the steps.
  double tried_loss = 0, reached_loss = 0;
  bool tried_on_fresh = false;  // they are none of those that the gradient is of
  double gradient_norm = 0;     // over the rows
  GradientTest gradient;        // Needs: groups >= 3
  Index groups = 0;             // 0: too few rows to compare
  Evidence evidence;
  Finding finding;
  Vector spectrum;                           // all eigenvalues, ascending; empty where not all were computed
  std::vector<Direction> smallest, largest;  // ascending; descending
  bool converged = false;                    // every eigenvalue to the accuracy that was wanted
  double noise_band = 0;                     // what products cannot tell from 0
  metrics::Estimate trace, frobenius;
  DensityCurve density;
  std::optional<Sides> sides;        // where not all eigenvalues are known
  std::optional<Escape> escape;      // where a way out was tried
  std::optional<Flatness> flatness;  // where there are flat directions, and symmetries to compare them with
};

// How a way out is tried where there may be one: along the most negative direction (escape.hpp).
struct WayOut {
  const LossRows& rows;  // all that the loss is of
  TrainOn train_on;
  EscapeOptions options = {};
  bool on_slopes = false;  // tried where a step along the gradient gains, too: the training that stands here takes none
};

// At these weights, over `rows`. Where all eigenvalues are computed the matrix should be of f64: its rounding then lies
// far below the bounds. `fresh`: rows that prove negative curvature, and that a step gains something, where `rows` are
// a sample; without any, the verdict is on the loss of `rows` themselves. Whether the point is critical is asked of the
// saddle-free step (krylov.hpp): what it promises, and what a line search along it finds. Costs, without a dense
// matrix, at most most_products + gradient_steps + trace_products + density_starts * density_steps + 2 * eigenvalues +
// 10 products, and 6 gradients. `way_out`: it is tried where directions bend down and no step along the gradient gains;
// nullptr: it is not. Throws as LossCurvature and try_way_out do, and Error(data) where a product is not finite.
Survey survey(const LossRows& rows, const LossRows* fresh, const Flat& weights, const SurveyOptions& options = {},
              const WayOut* way_out = nullptr);

}  // namespace fathom::curvature
