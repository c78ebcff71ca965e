#include "fathom/optim/optimizers.hpp"

#include <fmt/format.h>

#include <cmath>

#include "fathom/base/error.hpp"
#include "fathom/base/overloaded.hpp"

namespace fathom {

namespace {

void need(bool holds, std::string_view setting, std::string_view range, double value) {
  if (!holds) fail(Code::config, "{} must be {}, not {}", setting, range, value);
}

void need_positive(std::string_view setting, double value) {
  need(value > 0 && std::isfinite(value), setting, "above 0", value);
}

void need_share(std::string_view setting, double value) {
  need(value >= 0 && value < 1, setting, "at least 0 and below 1", value);
}

template <class AnyAdam>
void check_adam(const AnyAdam& adam) {
  need_share("beta1", adam.beta1);
  need_share("beta2", adam.beta2);
  need_positive("epsilon", adam.epsilon);
}

}  // namespace

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> names{"sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw"};
  return names;
}

Optimizer optimizer(std::string_view name) {
  if (name == "sgd") return Sgd{};
  if (name == "momentum") return Momentum{};
  if (name == "nesterov") return Momentum{.nesterov = true};
  if (name == "adagrad") return Adagrad{};
  if (name == "rmsprop") return RmsProp{};
  if (name == "adam") return Adam{};
  if (name == "adamw") return AdamW{};
  throw Error(Code::config, message("there is no optimizer \"{}\"", name), {},
              fmt::format("choose one of {}", fmt::join(optimizer_names(), ", ")));
}

std::string name_of(const Optimizer& optimizer) {
  return std::visit(Overloaded{[](const Sgd&) { return "sgd"; },
                               [](const Momentum& m) { return m.nesterov ? "nesterov" : "momentum"; },
                               [](const Adagrad&) { return "adagrad"; }, [](const RmsProp&) { return "rmsprop"; },
                               [](const Adam&) { return "adam"; }, [](const AdamW&) { return "adamw"; }},
                    optimizer);
}

double base_rate(const Optimizer& optimizer) {
  return std::visit([](const auto& any) { return any.rate; }, optimizer);
}

void check(const Optimizer& optimizer) {
  need_positive("learning_rate", base_rate(optimizer));
  std::visit(Overloaded{[](const Sgd&) {}, [](const Momentum& m) { need_share("momentum", m.momentum); },
                        [](const Adagrad& a) { need_positive("epsilon", a.epsilon); },
                        [](const RmsProp& r) {
                          need_share("alpha", r.alpha);
                          need_share("momentum", r.momentum);
                          need_positive("epsilon", r.epsilon);
                        },
                        [](const Adam& a) { check_adam(a); }, [](const AdamW& a) { check_adam(a); }},
             optimizer);
}

std::vector<std::string> state_kinds(const Optimizer& optimizer) {
  using Kinds = std::vector<std::string>;
  return std::visit(
      Overloaded{[](const Sgd&) { return Kinds{}; }, [](const Momentum&) { return Kinds{"momentum.buffer"}; },
                 [](const Adagrad&) { return Kinds{"adagrad.sum"}; },
                 [](const RmsProp& r) {
                   Kinds kinds{"rmsprop.square"};
                   if (r.centered) kinds.push_back("rmsprop.mean");
                   if (r.momentum > 0) kinds.push_back("rmsprop.buffer");
                   return kinds;
                 },
                 [](const auto&) {
                   return Kinds{"adam.m", "adam.v"};
                 }},
      optimizer);
}

}  // namespace fathom
