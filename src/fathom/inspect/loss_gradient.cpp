#include "fathom/inspect/loss_gradient.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include "fathom/base/rng.hpp"
#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/inspect/loss_program.hpp"
#include "fathom/nn/intervals.hpp"

namespace fathom::curvature {

namespace {

Request with_gradient(const Var& loss, const LossRows& rows, const Flat& weights) {
  Request request{{loss}, {}};
  for (const Var& part : grad(loss, learned_in_trace(weights.layout(), rows.frozen))) request.outputs.push_back(part);
  return request;
}

}  // namespace

struct LossAt::Impl {
  Impl(const LossRows& of, const Flat& start)
      : rows(of),
        weights(start),
        chunks(rows, std::min(of.chunk, static_cast<Index>(of.rows.size()))),
        program(
            [&](Trace& trace) {
              return Request{{weighted_loss(rows, batch_in(trace, chunks.types(), weights.dtype()))}, {}};
            },
            of.mode) {
    bind_weights(program, weights);
    chunks.bind(program);
    if (!rows.objective.penalty) return;
    penalty = std::make_unique<Program>([&](Trace&) { return Request{{rows.objective.penalty()}, {}}; });
    bind_weights(*penalty, weights);
  }

  LossRows rows;
  Flat weights;
  Chunks chunks;
  Program program;
  std::unique_ptr<Program> penalty;
};

LossAt::LossAt(const LossRows& rows, const Flat& weights) {
  check(rows);
  impl_ = std::make_unique<Impl>(rows, weights);
}
LossAt::~LossAt() = default;

Flat& LossAt::weights() { return impl_->weights; }

void LossAt::set(const Flat& weights) {
  // In place: the programs are bound to where the numbers lie.
  const Tensor& from = weights.values();
  Tensor& to = impl_->weights.values();
  if (from.type() != to.type()) fail(Code::usage, "weights of another layout cannot be taken over");
  std::memcpy(to.view().data, from.view().data, from.bytes());
}

double LossAt::operator()() {
  double loss = 0, weight = 0;
  for (Index chunk = 0; chunk < impl_->chunks.count(); ++chunk) {
    weight += impl_->chunks.fill(chunk);
    impl_->program.run();
    loss += impl_->program.number(0);
  }
  if (!(weight > 0)) fail(Code::data, "the rows that curvature is asked for have a weight of 0");
  if (!impl_->penalty) return loss / weight;
  impl_->penalty->run();
  return loss / weight + impl_->penalty->number(0);
}

LossGradient loss_gradient(const LossRows& rows, const Flat& weights, Index groups) {
  check(rows);
  const auto count = static_cast<Index>(rows.rows.size());
  if (groups < 1) fail(Code::usage, "a gradient needs at least 1 group of rows, not {}", groups);
  if (count < groups) fail(Code::usage, "{} rows cannot be dealt into {} groups", count, groups);
  const ParameterVector places(weights.layout(), rows.frozen);
  const std::size_t parameters = places.names().size();
  const auto n = static_cast<std::size_t>(places.dimension());
  const Index own = count / groups;

  Chunks chunks(rows, std::min(rows.chunk, own));
  Program program(
      [&](Trace& trace) {
        trace.freeze(rows.frozen);
        const Batch batch = batch_in(trace, chunks.types(), weights.dtype());
        return with_gradient(weighted_loss(rows, batch), rows, weights);
      },
      rows.mode);
  bind_weights(program, weights);
  chunks.bind(program);

  double penalty = 0;
  Vector of_penalty(n);
  if (rows.objective.penalty) {
    Program program_of_penalty([&](Trace& trace) {
      trace.freeze(rows.frozen);
      return with_gradient(rows.objective.penalty(), rows, weights);
    });
    bind_weights(program_of_penalty, weights);
    program_of_penalty.run();
    penalty = program_of_penalty.number(0);
    add_outputs(program_of_penalty, 1, parameters, of_penalty);
  }

  LossGradient result;
  result.gradient.resize(n);
  result.groups = groups;
  double total_weight = 0;
  // Adds the rows' losses and gradients to the result; gives those rows' own mean gradient, with the penalty's.
  const auto add_rows = [&](const std::vector<Index>& of) {
    Vector sums(n);
    double group_weight = 0;
    for (std::size_t first = 0; first < of.size(); first += static_cast<std::size_t>(chunks.length())) {
      group_weight += chunks.fill(
          std::span(of).subspan(first, std::min(of.size() - first, static_cast<std::size_t>(chunks.length()))));
      program.run();
      result.loss += program.number(0);
      add_outputs(program, 1, parameters, sums);
    }
    total_weight += group_weight;
    axpy(1, sums, result.gradient);
    scale(sums, group_weight > 0 ? 1 / group_weight : 0);
    axpy(1, of_penalty, sums);
    return sums;
  };
  std::vector<Tensor> gradients;
  for (Index group = 0; group < groups; ++group) {
    std::vector<Index> of;
    for (Index i = 0; i < own; ++i) of.push_back(rows.rows[static_cast<std::size_t>(i * groups + group)]);
    const Vector mean = add_rows(of);
    Tensor& kept = gradients.emplace_back(Type{weights.dtype(), {places.dimension()}});
    for (std::size_t i = 0; i < n; ++i) kept.set(static_cast<Index>(i), mean[i]);
  }
  if (own * groups < count) add_rows({rows.rows.begin() + static_cast<std::ptrdiff_t>(own * groups), rows.rows.end()});
  if (!(total_weight > 0)) fail(Code::data, "the rows that curvature is asked for have a weight of 0");
  result.loss = result.loss / total_weight + penalty;
  scale(result.gradient, 1 / total_weight);
  axpy(1, of_penalty, result.gradient);

  const auto g = static_cast<std::size_t>(groups);
  result.products.resize(g * g);
  const auto as_vector = [n](const Tensor& tensor) {
    Vector vector(n);
    for (std::size_t i = 0; i < n; ++i) vector[i] = tensor.at(static_cast<Index>(i));
    return vector;
  };
  for (std::size_t i = 0; i < g; ++i) {
    const Vector one = as_vector(gradients[i]);
    for (std::size_t j = 0; j <= i; ++j)
      result.products[i * g + j] = result.products[j * g + i] = dot(one, as_vector(gradients[j]));
  }
  return result;
}

namespace {

// |sum of the groups with these signs|^2
double signed_sum(std::span<const double> products, const std::vector<double>& signs) {
  const std::size_t g = signs.size();
  double sum = 0;
  for (std::size_t i = 0; i < g; ++i)
    for (std::size_t j = 0; j < g; ++j) sum += signs[i] * signs[j] * products[i * g + j];
  return sum;
}

double sign_flip_p(std::span<const double> products, std::size_t g, std::uint64_t seed) {
  const bool all = g <= 16;
  const std::uint64_t ways = all ? std::uint64_t{1} << (g - 1) : 4096;
  std::vector<double> signs(g, 1);
  const double seen = signed_sum(products, signs) * (1 - 1e-12);
  std::uint64_t as_large = 0;
  Random random(seed, "sign flips");
  // The first sign stays: turning all of them changes nothing. The first way is what was seen.
  for (std::uint64_t way = 0; way < ways; ++way) {
    for (std::size_t i = 1; i < g; ++i)
      signs[i] = way == 0 ? 1 : (all ? (way >> (i - 1)) & 1 : random.bits() & 1) != 0 ? -1 : 1;
    as_large += signed_sum(products, signs) >= seen ? 1 : 0;
  }
  return static_cast<double>(as_large) / static_cast<double>(ways);
}

}  // namespace

GradientTest test_gradient(std::span<const double> products, Index groups, std::uint64_t seed) {
  const auto g = static_cast<std::size_t>(std::max<Index>(0, groups));
  if (groups < 3 || products.size() != g * g)
    fail(Code::usage, "{} products are not those of {} gradients, at least 3", products.size(), groups);
  const auto b = static_cast<double>(groups);
  Vector rows(g);  // of products with the other groups
  double pairs = 0, squares = 0;
  for (std::size_t i = 0; i < g; ++i) {
    for (std::size_t j = 0; j < g; ++j)
      if (i != j) rows[i] += products[i * g + j];
    pairs += rows[i];
    squares += products[i * g + i];
  }
  const double value = pairs / (b * (b - 1));
  // The estimate without group i.
  double variance = 0;
  for (std::size_t i = 0; i < g; ++i) {
    const double without = (pairs - 2 * rows[i]) / ((b - 1) * (b - 2));
    variance += (without - value) * (without - value) * (b - 1) / b;
  }
  const double half = metrics::student_quantile(b - 1) * std::sqrt(variance);
  GradientTest test;
  test.squared_norm = {value, value - half, value + half};
  const auto root = [](double x) { return std::sqrt(std::max(0.0, x)); };
  test.norm = {root(value), root(value - half), root(value + half)};
  test.noise = std::max(0.0, squares / b - value) / b;
  test.p_value = sign_flip_p(products, g, seed);
  return test;
}

bool NoiseScale::is_known() const { return std::isfinite(scale.high) && scale.value <= static_cast<double>(rows); }

NoiseScale noise_scale(const GradientTest& test, Index rows) {
  const auto of = [&](double squared) {
    return squared > 0 ? test.noise * static_cast<double>(rows) / squared : std::numeric_limits<double>::infinity();
  };
  const metrics::Estimate& squared = test.squared_norm;
  return {{of(squared.value), of(squared.high), of(squared.low)}, rows};
}

double first_order_decrease(double squared_norm, double learning_rate) { return learning_rate * squared_norm; }

double quadratic_decrease(double squared_norm, double largest) {
  return largest > 0 ? squared_norm / (2 * largest) : std::numeric_limits<double>::infinity();
}

}  // namespace fathom::curvature
