// Where a training stands, from the evidence: a pure function of numbers that others have measured.
//
// 1. No verdict says more than its evidence: a minimum is one "within the bound" that is given with it, a saddle is
//    escapable only where the way out was tried and won, and what the evidence leaves open is a verdict of its own.
#pragma once

#include <optional>

#include "fathom/inspect/certainty.hpp"
#include "fathom/inspect/escape.hpp"
#include "fathom/inspect/lanczos.hpp"
#include "fathom/inspect/witness.hpp"

namespace fathom::curvature {

enum class Verdict {
  still_descending,     // no critical point: a step along the gradient gains, and did
  noise_floor,          // the rows agree on no gradient: what is left of it is noise; nothing is proven to bend down
  local_minimum,        // no negative or flat direction within the bound
  local_maximum,        // every direction goes down
  saddle,               // negative directions beside others; no way out was tried, or the twins disagree
  saddle_escapable,     // and the way out was tried and won
  plateau,              // negative directions that lead nowhere
  degenerate,           // flat directions, and none that is negative
  degenerate_minimum,   // the same where the loss is 0: no loss of rows is lower, and the flat directions stay there
  not_enough_evidence,  // see Finding::would_settle
};
std::string_view name_of(Verdict verdict);

struct Evidence {
  // Of the objective that is trained.
  double loss = 0;
  // A loss is not known better than this, and no change below it counts: its rounding, or more.
  double loss_floor = 0;
  // What a step that follows the gradient promises; and what it gained where it was tried along a line, on all that the
  // loss is of or on rows that did not propose it. Lower losses count as above 0.
  double predicted_decrease = 0;
  std::optional<double> realised_decrease;
  // Share of sign flips as large as what was seen (GradientTest::p_value), where it was measured.
  std::optional<double> gradient_p_value;

  std::vector<Eigenvalue> eigenvalues;  // those that are known, ascending, both ends among them
  bool whole = false;                   // these are all there are
  // What products cannot tell from 0 (NoiseFloor::zero_band): an eigenvalue beyond it by more than its bound has a
  // sign.
  double zero_band = 0;
  // What rounding leaves of any bound.
  double rounding_band = 0;
  // The accuracy that the eigenvalues were asked for: those that do not bend down are flat within it.
  double coarse_band = 0;
  // v'Hv of the most negative direction where the step along the gradient lowers the loss most; nothing where it does
  // not.
  std::optional<double> curvature_after_step;
  SpectrumBound unseen;  // where not all are known
  std::optional<Witness> witness;
  // What the twins say, where the way out was tried.
  std::optional<Outcome> way_out;
};

// Where an eigenvalue without a sign counts as 0.
struct FlatBand {
  double low = 0, high = 0;
};
FlatBand flat_band(const Evidence& evidence);

// Whether an eigenvalue counts as 0: not beyond the zero band by more than its bound, and in the flat band with it.
// Needs: it is one of the evidence's.
bool is_flat(const Eigenvalue& one, const Evidence& evidence);

enum class Missing { nothing, line_search, sharper_eigenvalues, more_rows, smaller_gradient };

struct Finding {
  Verdict verdict = Verdict::not_enough_evidence;
  Missing would_settle = Missing::nothing;
  Index negative = 0, flat = 0, positive = 0;  // among the eigenvalues that are known, by value and bound
  Index undecided = 0;                         // whose interval crosses an edge of the zero band
  double most_negative = 0;                    // 0 where none is
  // No eigenvalue is below this one: exactly where all are known, else with the confidence of SpectrumBound.
  double bound = 0;
  double confidence = 1;
};

// A gradient counts where a step along it gained more than 1 % of the loss (and more than its floor). Where it promises
// that much, does not gain it and groups of rows do not agree on it, the point is at the noise floor, unless negative
// curvature is proven. Negative curvature makes a saddle where at least half of it is left once that step is taken; a
// way out that was tried and won outranks the gradient.
// Throws Error(usage) where no eigenvalue is given.
Finding judge(const Evidence& evidence);

}  // namespace fathom::curvature
