#include "fathom/inspect/sharpness.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "fathom/base/overloaded.hpp"
#include "fathom/train/safetensors.hpp"

namespace fathom::curvature {

namespace {

// Of the gradients' squares, with what makes of them what the optimizer divides by.
struct KeptSquares {
  std::string kind;  // of the state: "adam.v"
  std::string mean;  // of the gradients, whose square is taken off; empty: none is
  double decay = 0;  // of a mean that begins at 0; 0: a sum, or a mean that is not corrected
  double epsilon = 0;
};

std::optional<KeptSquares> kept_squares(const Optimizer& optimizer) {
  using Kept = std::optional<KeptSquares>;
  return std::visit(Overloaded{[](const Sgd&) { return Kept(); }, [](const Momentum&) { return Kept(); },
                               [](const Adagrad& a) {
                                 return Kept({"adagrad.sum", "", 0, a.epsilon});
                               },
                               [](const RmsProp& r) {
                                 return Kept({"rmsprop.square", r.centered ? "rmsprop.mean" : "", 0, r.epsilon});
                               },
                               [](const auto& adam) {
                                 return Kept({"adam.v", "", adam.beta2, adam.epsilon});
                               }},
                    optimizer);
}

// That a state has behind it; 0 where the file holds none.
double steps_of(const Safetensors& file) {
  const auto it = file.metadata().find("step");
  double step = 0;
  if (it != file.metadata().end()) std::from_chars(it->second.data(), it->second.data() + it->second.size(), step);
  return step;
}

}  // namespace

Preconditioned::Preconditioned(SymmetricOperator& a, std::span<const double> diagonal)
    : SymmetricOperator(a.dimension(), a.precision()), a_(a) {
  if (static_cast<Index>(diagonal.size()) != a.dimension())
    fail(Code::usage, "a matrix of {} dimensions cannot be divided by {} numbers", a.dimension(), diagonal.size());
  for (const double d : diagonal) {
    if (!(d > 0)) fail(Code::usage, "a matrix cannot be divided by {}", d);
    root_.push_back(1 / std::sqrt(d));
  }
}

void Preconditioned::multiply(std::span<const double> x, std::span<double> y) {
  Vector scaled(x.begin(), x.end());
  for (std::size_t i = 0; i < scaled.size(); ++i) scaled[i] *= root_[i];
  a_.apply(scaled, y);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] *= root_[i];
}

double edge_of_stability(const Optimizer& optimizer, double rate) {
  if (!(rate > 0)) return std::numeric_limits<double>::infinity();
  return std::visit(Overloaded{[&](const Momentum& m) {
                                 const double b = m.momentum;
                                 return (2 + 2 * b) / ((m.nesterov ? 1 + 2 * b : 1) * rate);
                               },
                               [&](const RmsProp& r) { return (2 + 2 * r.momentum) / rate; },
                               [&](const Adam& a) { return (2 + 2 * a.beta1) / ((1 - a.beta1) * rate); },
                               [&](const AdamW& a) { return (2 + 2 * a.beta1) / ((1 - a.beta1) * rate); },
                               [&](const auto&) { return 2 / rate; }},
                    optimizer);
}

bool divides(const Optimizer& optimizer) { return kept_squares(optimizer).has_value(); }

std::optional<Vector> preconditioner(const Optimizer& optimizer, const std::string& state_file,
                                     const ParameterVector& places, const Parameters& layout) {
  const std::optional<KeptSquares> kept = kept_squares(optimizer);
  if (!kept) return {};
  const Safetensors file = read_safetensors(state_file);
  const double steps = steps_of(file);
  if (!(steps >= 1)) return {};
  const double corrected = kept->decay > 0 ? 1 - std::pow(kept->decay, steps) : 1;
  const auto state = [&](const std::string& kind) {
    Flat kept_state(layout);
    for (const std::string& name : places.names()) file.copy_to(kind + "/" + name, kept_state.view(name));
    return places.from(kept_state);
  };
  Vector diagonal = state(kept->kind);
  if (!kept->mean.empty()) {
    const Vector means = state(kept->mean);
    for (std::size_t i = 0; i < means.size(); ++i) diagonal[i] = std::max(0.0, diagonal[i] - means[i] * means[i]);
  }
  for (double& d : diagonal) d = std::sqrt(d / corrected) + kept->epsilon;
  return diagonal;
}

}  // namespace fathom::curvature
