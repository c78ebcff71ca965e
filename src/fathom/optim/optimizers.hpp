// Optimizers: the rules by which gradients change parameters. The formulas are PyTorch's.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "fathom/graph/var.hpp"

namespace fathom {

struct Sgd {
  double rate = 1e-2;
};

// b = momentum b + g; p = p - rate b, or with Nesterov's form p - rate (g + momentum b) (Sutskever et al. 2013).
struct Momentum {
  double rate = 1e-2;
  double momentum = 0.9;
  bool nesterov = false;
};

// s = s + g^2; p = p - rate g / (sqrt(s) + epsilon) (Duchi et al. 2011).
struct Adagrad {
  double rate = 1e-2;
  double epsilon = 1e-10;
};

// s = alpha s + (1 - alpha) g^2; p = p - rate g / (sqrt(s) + epsilon) (Tieleman and Hinton 2012). Centred: s less the
// square of the mean gradient. With momentum: b = momentum b + g / (...), p = p - rate b.
struct RmsProp {
  double rate = 1e-2;
  double alpha = 0.99;
  double epsilon = 1e-8;
  double momentum = 0;
  bool centered = false;
};

// Kingma and Ba 2015, algorithm 1.
struct Adam {
  double rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

// Adam with decay apart from the gradient: p = p - rate weight_decay p (Loshchilov and Hutter 2019).
struct AdamW {
  double rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

using Optimizer = std::variant<Sgd, Momentum, Adagrad, RmsProp, Adam, AdamW>;

// sgd momentum nesterov adagrad rmsprop adam adamw, with their defaults. Throws Error(config) with the names when there
// is no such one.
Optimizer optimizer(std::string_view name);
const std::vector<std::string>& optimizer_names();
std::string name_of(const Optimizer& optimizer);
double base_rate(const Optimizer& optimizer);
// Throws Error(config) naming the first setting out of its range: rates above 0, betas and momentum in [0, 1), epsilon
// above 0.
void check(const Optimizer& optimizer);
// The state that the optimizer keeps for each parameter, as the first part of its inputs' names: {"adam.m", "adam.v"}.
// All begin at 0.
std::vector<std::string> state_kinds(const Optimizer& optimizer);

}  // namespace fathom
