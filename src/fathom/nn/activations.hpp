// Activations: elementwise functions between layers, and softmax. tanh, sigmoid and relu are ops themselves.
//
// Those with a kink take one side's branch as a whole, so that derivatives of every order are that branch's;
// a NaN stays a NaN.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/graph/ops/reduce.hpp"

namespace fathom {

Var leaky_relu(Operand x, double slope = 0.01);
Var elu(Operand x, double alpha = 1);  // Clevert et al. 2016
Var gelu(Operand x);                   // x Phi(x) with the exact normal distribution (Hendrycks and Gimpel 2016)
Var gelu_tanh(Operand x);              // their approximation by tanh
Var silu(Operand x);                   // x sigmoid(x)
Var softplus(Operand x);               // log(1 + e^x)
Var softmax(Operand x, int axis = -1);
Var log_softmax(Operand x, int axis = -1);

using Activation = std::function<Var(Var)>;

// By name: identity relu leaky_relu elu gelu gelu_tanh silu softplus tanh sigmoid softmax log_softmax.
// Throws Error(config) with the names when there is no such activation.
Activation activation(std::string_view name);
const std::vector<std::string>& activation_names();

}  // namespace fathom
