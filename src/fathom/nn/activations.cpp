#include "fathom/nn/activations.hpp"

#include <cmath>
#include <map>
#include <numbers>

namespace fathom {

namespace {

// 1 where x <= 0. A NaN is not, so it takes the branch that gives x back.
Var not_above_zero(const Operand& x) { return less_equal(x, 0.0); }

}  // namespace

Var leaky_relu(Operand x, double slope) { return select({not_above_zero(x), x.at()}, mul(x, slope), x); }

Var elu(Operand x, double alpha) {
  const Var mask = not_above_zero(x);
  const Var below = select({mask, x.at()}, x, 0.0);  // so that the branch not taken does not overflow
  return select({mask, x.at()}, mul(expm1({below, x.at()}), alpha), x);
}

Var gelu(Operand x) { return mul(mul(x, 0.5), add({erf({mul(x, std::numbers::sqrt2 / 2), x.at()}), x.at()}, 1.0)); }

Var gelu_tanh(Operand x) {
  const Var cubic = add(x, mul({mul(square(x), x), x.at()}, 0.044715));
  return mul(mul(x, 0.5), add({tanh({mul(cubic, std::sqrt(2 / std::numbers::pi)), x.at()}), x.at()}, 1.0));
}

Var silu(Operand x) { return mul(x, {sigmoid(x), x.at()}); }

// max(x, 0) + log1p(e^-|x|), with one branch of each kink taken as a whole.
Var softplus(Operand x) {
  const Var mask = not_above_zero(x);
  const Var minus_size = select({mask, x.at()}, x, neg(x));
  return add({select({mask, x.at()}, 0.0, x), x.at()}, log1p({exp({minus_size, x.at()}), x.at()}));
}

Var log_softmax(Operand x, int axis) {
  if (axis < 0) axis += x.var().shape().rank();
  return sub(x, {expand({logsumexp(x, axis), x.at()}, axis), x.at()});
}

Var softmax(Operand x, int axis) { return exp({log_softmax(x, axis), x.at()}); }

namespace {

const std::map<std::string, Activation, std::less<>>& table() {
  static const std::map<std::string, Activation, std::less<>> all{
      {"identity", [](Var x) { return x; }},
      {"relu", [](Var x) { return relu(x); }},
      {"leaky_relu", [](Var x) { return leaky_relu(x); }},
      {"elu", [](Var x) { return elu(x); }},
      {"gelu", [](Var x) { return gelu(x); }},
      {"gelu_tanh", [](Var x) { return gelu_tanh(x); }},
      {"silu", [](Var x) { return silu(x); }},
      {"softplus", [](Var x) { return softplus(x); }},
      {"tanh", [](Var x) { return tanh(x); }},
      {"sigmoid", [](Var x) { return sigmoid(x); }},
      {"softmax", [](Var x) { return softmax(x); }},
      {"log_softmax", [](Var x) { return log_softmax(x); }},
  };
  return all;
}

}  // namespace

Activation activation(std::string_view name) {
  const auto it = table().find(name);
  if (it == table().end())
    throw Error(Code::config, message("there is no activation \"{}\"", name), {},
                fmt::format("choose one of {}", fmt::join(activation_names(), ", ")));
  return it->second;
}

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const auto& [name, function] : table()) result.push_back(name);
    return result;
  }();
  return names;
}

}  // namespace fathom
