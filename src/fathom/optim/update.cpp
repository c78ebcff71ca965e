#include "fathom/optim/update.hpp"

#include <cmath>

#include "fathom/graph/ops/index.hpp"
#include "fathom/optim/sparse_rows.hpp"

namespace fathom {

namespace {

// One parameter with its gradient and states: all of its rows, or those that the step touches.
struct Part {
  Var parameter, gradient;
  Vars states;
  std::optional<CompactRows> compact = {};
};

struct Next {
  Var parameter;
  Vars states;
};

struct Host {
  Var rate, step;
};

// --- the rules ------------------------------------------------------------------------------------

Next apply(const Sgd&, const Part& x, const Host& host) { return {x.parameter - host.rate * x.gradient, {}}; }

Next apply(const Momentum& options, const Part& x, const Host& host) {
  const Var buffer = x.states[0] * options.momentum + x.gradient;
  const Var direction = options.nesterov ? x.gradient + buffer * options.momentum : buffer;
  return {x.parameter - host.rate * direction, {buffer}};
}

Next apply(const Adagrad& options, const Part& x, const Host& host) {
  const Var total = x.states[0] + square(x.gradient);
  return {x.parameter - host.rate * (x.gradient / (sqrt(total) + options.epsilon)), {total}};
}

// The running mean: share old + (1 - share) new.
Var running(Var old, Var fresh, double share) { return old * share + fresh * (1 - share); }

Next apply(const RmsProp& options, const Part& x, const Host& host) {
  Next next;
  next.states.push_back(running(x.states[0], square(x.gradient), options.alpha));
  Var variance = next.states[0];
  if (options.centered) {
    next.states.push_back(running(x.states[1], x.gradient, options.alpha));
    variance = maximum(variance - square(next.states[1]), 0.0);  // rounding must not make it negative
  }
  Var direction = x.gradient / (sqrt(variance) + options.epsilon);
  if (options.momentum > 0) {
    direction = x.states.back() * options.momentum + direction;
    next.states.push_back(direction);
  }
  next.parameter = x.parameter - host.rate * direction;
  return next;
}

// 1 - share^step, without the cancellation of the naive form.
Var bias_correction(double share, Var step) { return neg(expm1(step * std::log(share))); }

template <class AnyAdam>
Next apply_adam(const AnyAdam& options, const Part& x, const Host& host) {
  const Var m = running(x.states[0], x.gradient, options.beta1);
  const Var v = running(x.states[1], square(x.gradient), options.beta2);
  const Var rate = host.rate / bias_correction(options.beta1, host.step);
  const Var to_unit = rsqrt(bias_correction(options.beta2, host.step));
  return {x.parameter - rate * (m / (sqrt(v) * to_unit + options.epsilon)), {m, v}};
}

Next apply(const Adam& options, const Part& x, const Host& host) { return apply_adam(options, x, host); }
Next apply(const AdamW& options, const Part& x, const Host& host) { return apply_adam(options, x, host); }

// --- what surrounds them --------------------------------------------------------------------------

void need_limit(std::string_view setting, double value) {
  if (!(value >= 0 && std::isfinite(value))) fail(Code::config, "{} must be at least 0, not {}", setting, value);
}

void check(const Optimizer& optimizer, const Vars& parameters, const Vars& gradients, const UpdateOptions& options) {
  fathom::check(optimizer);
  need_limit("clip_norm", options.clip_norm);
  need_limit("clip_value", options.clip_value);
  need_limit("l1", options.l1);
  need_limit("weight_decay", options.weight_decay);
  if (parameters.empty()) fail(Code::usage, "update: there are no parameters");
  if (parameters.size() != gradients.size())
    fail(Code::usage, "update: {} parameters have {} gradients", parameters.size(), gradients.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (!is_input(parameters[i].node())) fail(Code::usage, "update: parameter {} is not an input of the graph", i);
    if (parameters[i].dtype() != parameters.front().dtype() || !is_float(parameters[i].dtype()))
      fail(Code::usage, "update: the parameter \"{}\" is {}, the first one {}", parameters[i].node().name,
           to_string(parameters[i].type()), to_string(parameters.front().type()));
    if (gradients[i].type() != parameters[i].type())
      fail(Code::usage, "update: the parameter \"{}\" is {}, its gradient {}", parameters[i].node().name,
           to_string(parameters[i].type()), to_string(gradients[i].type()));
  }
}

void clip(std::vector<Part>& parts, Var norm, const UpdateOptions& options) {
  if (options.clip_norm > 0) {
    const Var factor = minimum(options.clip_norm / (norm + 1e-6), 1.0);
    for (Part& part : parts) part.gradient = part.gradient * factor;
  }
  if (options.clip_value > 0)
    for (Part& part : parts) part.gradient = minimum(maximum(part.gradient, -options.clip_value), options.clip_value);
}

void decay(Part& part, Var rate, const Optimizer& optimizer, const UpdateOptions& options) {
  if (options.l1 > 0) part.gradient = part.gradient + sign(part.parameter) * options.l1;
  if (options.weight_decay == 0) return;
  if (std::holds_alternative<AdamW>(optimizer))
    part.parameter = part.parameter * (1.0 - rate * options.weight_decay);
  else
    part.gradient = part.gradient + part.parameter * options.weight_decay;
}

}  // namespace

bool is_matrix(Var parameter) { return parameter.shape().rank() >= 2; }

Var global_norm(const Vars& gradients) {
  if (gradients.empty()) fail(Code::usage, "global_norm: there are no gradients");
  Var total = sum(square(gradients.front()));
  for (std::size_t i = 1; i < gradients.size(); ++i) total = total + sum(square(gradients[i]));
  return sqrt(total);
}

Updates update(const Optimizer& optimizer, const Vars& parameters, const Vars& gradients,
               const UpdateOptions& options) {
  check(optimizer, parameters, gradients, options);
  Graph& graph = parameters.front().graph();
  const Type scalar{parameters.front().dtype(), {}};
  const Host host{graph.input(rate_input, scalar), graph.input(step_input, scalar)};
  const std::vector<std::string> kinds = state_kinds(optimizer);
  Updates result;

  std::vector<Part> parts;
  Vars raw;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Part part{.parameter = parameters[i], .gradient = gradients[i], .states = {}};
    if (options.sparse_rows == SparseRows::automatic) part.compact = compact_rows(gradients[i]);
    if (part.compact) {
      part.gradient = part.compact->values;
      part.parameter = gather(part.parameter, part.compact->rows);
    }
    raw.push_back(part.gradient);
    result.sparse.push_back(part.compact.has_value());
    parts.push_back(std::move(part));
  }
  for (std::size_t kind = 0; kind < kinds.size(); ++kind)
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const std::string name = fmt::format("{}/{}", kinds[kind], parameters[i].node().name);
      const Var value = graph.input(name, parameters[i].type());
      result.states.push_back({.name = name,
                               .type = value.type(),
                               .initial = 0,
                               .value = value,
                               .next = {},
                               .kind = kinds[kind],
                               .parameter = i});
      parts[i].states.push_back(parts[i].compact ? gather(value, parts[i].compact->rows) : value);
    }

  result.gradient_norm = global_norm(raw);
  const Var finite = equal(result.gradient_norm - result.gradient_norm, 0.0);
  clip(parts, result.gradient_norm, options);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    Part& part = parts[i];
    const Var parameter_before = part.parameter;
    const double factor = options.rate_factor ? options.rate_factor(parameters[i]) : 1;
    if (!(factor > 0 && std::isfinite(factor))) fail(Code::config, "rate_factor must be above 0, not {}", factor);
    const Host own{factor == 1 ? host.rate : host.rate * factor, host.step};
    if (!options.decays || options.decays(parameters[i])) decay(part, own.rate, optimizer, options);
    const Next next = std::visit([&](const auto& rule) { return apply(rule, part, own); }, optimizer);
    // `whole` with the touched rows, or all of it, replaced.
    const auto written = [&](Var whole, Var before, Var after) {
      const Var kept = options.bad_gradient == BadGradient::skip ? select(finite, after, before) : after;
      return part.compact ? scatter_set(whole, part.compact->rows, kept) : kept;
    };
    result.parameters.push_back(written(parameters[i], parameter_before, next.parameter));
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      StateVar& state = result.states[kind * parameters.size() + i];
      state.next = written(state.value, part.states[kind], next.states[kind]);
    }
  }
  return result;
}

}  // namespace fathom
