#include "fathom/inspect/escape.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fathom::curvature {

namespace {

constexpr int shortest = -12, longest = 4;  // powers of 2, of what a step is measured by
constexpr int golden_sections = 12;
constexpr double golden = 0.6180339887498949;
constexpr double worthwhile = 0.01;  // of the loss, that a way out must gain

double or_infinite(double loss) { return std::isfinite(loss) ? loss : std::numeric_limits<double>::infinity(); }

}  // namespace

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::way_out:
      return "way out";
    case Outcome::leads_nowhere:
      return "leads nowhere";
    case Outcome::undecided:
      break;
  }
  return "undecided";
}

std::vector<LineStep> line_search(LossAt& loss, const Flat& weights, std::span<const double> direction,
                                  const std::set<std::string>& frozen) {
  if (std::abs(norm(direction) - 1) > 1e-3)
    fail(Code::usage, "a direction must have the length 1, not {:.4g}", norm(direction));
  const ParameterVector places(weights.layout(), frozen);
  const Vector here = places.from(weights);
  loss.set(weights);
  const auto loss_at = [&](double length) {
    Vector there = here;
    axpy(length, direction, there);
    places.to(there, loss.weights());
    return or_infinite(loss());
  };
  const double unit = 1 + norm(here);
  std::vector<LineStep> line;
  LineStep best{0, std::numeric_limits<double>::infinity()};
  const auto look = [&](double length) {
    const double reached = loss_at(length);
    if (std::isfinite(reached)) line.push_back({length, reached});
    if (reached < best.loss) best = {length, reached};
    return reached;
  };
  look(0);
  for (const double side : {1.0, -1.0})
    for (int power = shortest; power <= longest; ++power) look(side * unit * std::ldexp(1.0, power));
  const auto in_order = [&] {
    std::sort(line.begin(), line.end(), [](const LineStep& a, const LineStep& b) { return a.length < b.length; });
    return line;
  };
  if (best.length == 0) return in_order();
  // Between the neighbours of the best there is a lowest point, if the loss has one valley there.
  double low = best.length / 2, high = best.length * 2;
  double inner = high - golden * (high - low), outer = low + golden * (high - low);
  double at_inner = look(inner), at_outer = look(outer);
  for (int k = 0; k < golden_sections; ++k) {
    if (at_inner < at_outer) {
      high = outer;
      outer = inner;
      at_outer = at_inner;
      inner = high - golden * (high - low);
      at_inner = look(inner);
    } else {
      low = inner;
      inner = outer;
      at_inner = at_outer;
      outer = low + golden * (high - low);
      at_outer = look(outer);
    }
  }
  return in_order();
}

Escape try_way_out(const LossRows& rows, const Flat& weights, std::span<const double> direction,
                   const TrainOn& train_on, const EscapeOptions& options) {
  if (options.seeds < 3) fail(Code::usage, "a way out is tried with at least 3 seeds, not {}", options.seeds);
  LossAt loss(rows, weights);
  Escape escape;
  escape.line = line_search(loss, weights, direction, rows.frozen);
  const auto here =
      std::find_if(escape.line.begin(), escape.line.end(), [](const LineStep& one) { return one.length == 0; });
  if (here == escape.line.end()) fail(Code::data, "the loss is not finite where a way out was looked for");
  const LineStep step = *std::min_element(escape.line.begin(), escape.line.end(),
                                          [](const LineStep& a, const LineStep& b) { return a.loss < b.loss; });
  escape.loss_before = escape.loss_after = here->loss;
  if (!(escape.loss_before - step.loss > options.loss_floor)) return escape;
  escape.length = step.length;
  escape.loss_after = step.loss;
  const ParameterVector places(weights.layout(), rows.frozen);
  Vector there = places.from(weights);
  axpy(step.length, direction, there);
  escape.weights = weights;
  places.to(there, escape.weights);

  const auto trained = [&](const Flat& start, std::uint64_t seed) {
    loss.set(train_on(start, seed));
    return or_infinite(loss());
  };
  Vector gains;
  for (int k = 0; k < options.seeds; ++k) {
    const std::uint64_t seed = options.seed + static_cast<std::uint64_t>(k);
    const Twins twins{seed, trained(weights, seed), trained(escape.weights, seed)};
    escape.twins.push_back(twins);
    gains.push_back(twins.stayed - twins.escaped);
  }
  const double counts = std::max(options.loss_floor, worthwhile * std::abs(escape.loss_before));
  const bool comparable = std::all_of(gains.begin(), gains.end(), [](double gain) { return std::isfinite(gain); });
  if (!comparable) {
    escape.gain = {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity(),
                   std::numeric_limits<double>::infinity()};
    escape.outcome = Outcome::undecided;
    return escape;
  }
  escape.gain = metrics::mean_of(gains);
  escape.outcome = escape.gain.low > counts    ? Outcome::way_out
                   : escape.gain.high < counts ? Outcome::leads_nowhere
                                               : Outcome::undecided;
  return escape;
}

}  // namespace fathom::curvature
