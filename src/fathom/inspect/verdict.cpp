#include "fathom/inspect/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/base/error.hpp"

namespace fathom::curvature {

namespace {

constexpr double worthwhile = 0.01;  // of the loss, that a step must gain to count
constexpr double kept = 0.5;         // of negative curvature, that must be left where the gradient is smaller
constexpr double agreement = 0.05;   // p value below which groups of rows agree on a gradient

// Where an eigenvalue may be at least: the smallest bounds the others.
double least_of(const Eigenvalue& one, const Evidence& evidence) {
  const Eigenvalue& smallest = evidence.eigenvalues.front();
  return std::max(one.value - one.bound, std::min(one.value, smallest.value) - smallest.bound);
}

enum class Sign { negative, flat, positive, undecided };
Sign sign_of(const Eigenvalue& one, const Evidence& evidence) {
  const double least = least_of(one, evidence), most = one.value + one.bound;
  if (most < -evidence.zero_band) return Sign::negative;
  if (one.value - one.bound > evidence.zero_band) return Sign::positive;
  const FlatBand flat = flat_band(evidence);
  return least >= flat.low && most <= flat.high ? Sign::flat : Sign::undecided;
}

// What steps that follow the gradient come to.
enum class Slope { level, falls, untried, noise };
Slope slope_of(const Evidence& evidence, double counts) {
  if (evidence.realised_decrease.value_or(0) > counts) return Slope::falls;
  if (!(evidence.predicted_decrease > counts)) return Slope::level;
  if (!evidence.realised_decrease) return Slope::untried;
  return evidence.gradient_p_value.value_or(0) > agreement ? Slope::noise : Slope::level;
}

}  // namespace

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::still_descending:
      return "still descending";
    case Verdict::noise_floor:
      return "at the noise floor";
    case Verdict::local_minimum:
      return "local minimum";
    case Verdict::local_maximum:
      return "local maximum";
    case Verdict::saddle:
      return "saddle";
    case Verdict::saddle_escapable:
      return "saddle, escapable";
    case Verdict::plateau:
      return "plateau, no way out";
    case Verdict::degenerate:
      return "degenerate";
    case Verdict::degenerate_minimum:
      return "degenerate minimum";
    case Verdict::not_enough_evidence:
      break;
  }
  return "not enough evidence";
}

FlatBand flat_band(const Evidence& evidence) {
  const double hidden = std::max(evidence.zero_band, evidence.rounding_band);
  return {-3 * hidden, 3 * std::max(hidden, evidence.coarse_band)};
}

bool is_flat(const Eigenvalue& one, const Evidence& evidence) { return sign_of(one, evidence) == Sign::flat; }

Finding judge(const Evidence& evidence) {
  if (evidence.eigenvalues.empty()) fail(Code::usage, "a verdict needs at least 1 eigenvalue");
  Finding finding;
  const double band = evidence.zero_band;
  bool maybe_negative = false;
  double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
  for (const Eigenvalue& one : evidence.eigenvalues) {
    const Sign sign = sign_of(one, evidence);
    finding.negative += sign == Sign::negative ? 1 : 0;
    finding.flat += sign == Sign::flat ? 1 : 0;
    finding.positive += sign == Sign::positive ? 1 : 0;
    finding.undecided += sign == Sign::undecided ? 1 : 0;
    if (sign == Sign::negative) finding.most_negative = std::min(finding.most_negative, one.value);
    maybe_negative = maybe_negative || (sign == Sign::undecided && least_of(one, evidence) < -band);
    lowest = std::min(lowest, one.value - one.bound);
    highest = std::max(highest, one.value + one.bound);
  }
  if (!evidence.whole) {
    lowest = std::min(lowest, evidence.unseen.low);
    highest = std::max(highest, evidence.unseen.high);
    finding.confidence = evidence.unseen.confidence;
  }
  finding.bound = lowest;

  const bool proven = evidence.witness && evidence.witness->proven();
  const bool bends_down = finding.negative > 0 || proven;
  const Slope slope = slope_of(evidence, std::max(worthwhile * std::abs(evidence.loss), evidence.loss_floor));
  if (bends_down && evidence.way_out == Outcome::way_out) {
    finding.verdict = highest < -band ? Verdict::local_maximum : Verdict::saddle_escapable;
  } else if (slope == Slope::falls) {
    finding.verdict = Verdict::still_descending;
  } else if (slope == Slope::untried) {
    finding.would_settle = Missing::line_search;
  } else if (slope == Slope::noise && !proven) {
    finding.verdict = Verdict::noise_floor;
  } else if (bends_down) {
    if (highest < -band)
      finding.verdict = Verdict::local_maximum;
    else if (evidence.curvature_after_step && *evidence.curvature_after_step > kept * finding.most_negative && !proven)
      // It shrinks with the gradient, as it does where two layers may grow and shrink against each other.
      finding.would_settle = Missing::smaller_gradient;
    else if (evidence.witness && !proven)
      // Negative on the rows that it was found on, and not for certain on others.
      finding.would_settle = Missing::more_rows;
    else
      finding.verdict = evidence.way_out == Outcome::leads_nowhere ? Verdict::plateau : Verdict::saddle;
  } else if (maybe_negative) {
    finding.would_settle = Missing::sharper_eigenvalues;
  } else if (finding.flat > 0) {
    finding.verdict =
        std::abs(evidence.loss) <= evidence.loss_floor ? Verdict::degenerate_minimum : Verdict::degenerate;
  } else if (finding.undecided > 0 || !std::isfinite(lowest)) {
    finding.would_settle = Missing::sharper_eigenvalues;
  } else {
    finding.verdict = Verdict::local_minimum;
  }
  return finding;
}

}  // namespace fathom::curvature
