// The update step as graph code: parameters and gradients in, new parameters and new state out.
//
// It reads two scalar inputs of the parameters' type, which the host sets before each step: the learning rate
// (rate_input) and the step's number 1, 2, 3... (step_input).
//
// 1. The order is: the gradient's norm is taken, gradients are clipped by norm, then by value; then L1 and coupled
//    decay are added, then the optimizer's rule is applied.
// 2. Sparse rows: where a gradient is made of scatter_adds into zeros (an embedding table's), at most half of whose
//    rows a step touches, only the touched rows of parameter and state are read and written. Without decay that is
//    exact for Sgd and Adagrad. Momentum, RmsProp, Adam and AdamW are lazy: the state of a row moves only in the steps
//    that touch the row, with the global step in the bias correction. Decay and L1 act on a row when it is touched.
#pragma once

#include <functional>

#include "fathom/optim/optimizers.hpp"

namespace fathom {

inline constexpr const char* rate_input = "optimizer.rate";
inline constexpr const char* step_input = "optimizer.step";

enum class SparseRows { automatic, never };
// What a step does whose gradient has a norm that is not finite: change everything as the formulas say, or nothing.
enum class BadGradient { apply, skip };

struct UpdateOptions {
  double clip_norm = 0;                  // 0: no clipping. g min(1, clip_norm / (norm + 1e-6)), as PyTorch's
  double clip_value = 0;                 // 0: no clipping. Each element into [-clip_value, clip_value]
  double l1 = 0;                         // adds l1 sign(p) to the gradient
  double weight_decay = 0;               // adds weight_decay p to the gradient; AdamW: p = p - rate weight_decay p
  std::function<bool(Var)> decays = {};  // the parameters that l1 and weight_decay act on; empty: all
  std::function<double(Var)> rate_factor = {};  // times the learning rate, of each parameter; empty: 1
  SparseRows sparse_rows = SparseRows::automatic;
  BadGradient bad_gradient = BadGradient::apply;
};

// Whether a parameter is a matrix or more: the usual choice for `decays`, which leaves out biases and norms.
bool is_matrix(Var parameter);

// One state of one parameter: the input "adam.m/hidden.weight".
struct StateVar {
  std::string name;
  Type type;
  double initial = 0;
  Var value;
  Var next;
  std::string kind;           // "adam.m"
  std::size_t parameter = 0;  // its number
};

struct Updates {
  Vars parameters;               // the new values, in the order of the old
  std::vector<StateVar> states;  // by kind, then by parameter
  Var gradient_norm;             // before clipping: a scalar
  std::vector<bool> sparse;      // for each parameter: whether only the touched rows are written
};

// Needs: parameters are inputs of one float type; a gradient for each, of its type.
// Throws Error(config) for settings out of range.
Updates update(const Optimizer& optimizer, const Vars& parameters, const Vars& gradients,
               const UpdateOptions& options = {});

// The square root of the sum of all squares.
Var global_norm(const Vars& gradients);

}  // namespace fathom
