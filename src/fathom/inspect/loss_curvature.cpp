#include "fathom/inspect/loss_curvature.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/derive/derive.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/inspect/loss_program.hpp"

namespace fathom::curvature {

namespace {

// Whether `loss` depends on one of `wrt` by a way that does not lead through `through`.
bool depends_beside(Var loss, Var through, const Vars& wrt) {
  const Graph& graph = loss.graph();
  std::set<NodeId> seen, targets;
  for (const Var& var : wrt) targets.insert(var.id());
  std::vector<NodeId> open{loss.id()};
  while (!open.empty()) {
    const NodeId id = open.back();
    open.pop_back();
    if (id == through.id() || !seen.insert(id).second) continue;
    if (targets.contains(id)) return true;
    for (const NodeId operand : graph.node(id).operands) open.push_back(operand);
  }
  return false;
}

}  // namespace

void check(const LossRows& rows) {
  if (rows.chunk < 1) fail(Code::usage, "a chunk needs at least 1 row, not {}", rows.chunk);
  if (rows.rows.empty()) fail(Code::usage, "curvature needs at least 1 row");
  const Index there = rows.source.rows(rows.part);
  for (const Index row : rows.rows)
    if (row < 0 || row >= there)
      fail(Code::usage, "row {} is not one of the {} rows of the {} part", row, there, name_of(rows.part));
}

std::vector<Index> spread_rows(const Source& source, Part part, Index count) {
  const Index there = source.rows(part);
  if (count < 0 || count > there)
    throw Error(Code::usage, message("{} rows were asked for, and the {} part has {}", count, name_of(part), there), {},
                "--rows all takes all that there are");
  const Index wanted = count == 0 ? there : count;
  std::vector<Index> rows;
  for (Index i = 0; i < wanted; ++i) rows.push_back(i * there / wanted);
  return rows;
}

ParameterVector::ParameterVector(const Parameters& parameters, const std::set<std::string>& frozen) {
  for (std::size_t k = 0; k < parameters.size(); ++k) {
    if (!parameters[k].learned || frozen.contains(parameters[k].name)) continue;
    names_.push_back(parameters[k].name);
    numbers_.push_back(k);
    lengths_.push_back(static_cast<std::size_t>(parameters[k].type.shape.count()));
    dimension_ += parameters[k].type.shape.count();
  }
  if (dimension_ == 0)
    throw Error(Code::config, "the model has no parameters that are learned", {},
                frozen.empty() ? Message() : "all of them are in trainer.freeze");
}

Vector ParameterVector::from(const Flat& flat) const {
  Vector result;
  for (const std::size_t k : numbers_) {
    const TensorView view = flat.view(k);
    visit(view.type.dtype, [&](auto zero) {
      for (const auto value : view.span<decltype(zero)>()) result.push_back(static_cast<double>(value));
    });
  }
  return result;
}

void ParameterVector::to(std::span<const double> vector, Flat& flat) const {
  std::size_t at = 0;
  for (const std::size_t k : numbers_) {
    const TensorView view = flat.view(k);
    visit(view.type.dtype, [&](auto zero) {
      for (auto& value : view.span<decltype(zero)>()) value = static_cast<decltype(zero)>(vector[at++]);
    });
  }
}

Vector ParameterVector::shares(std::span<const double> vector) const {
  const double total = dot(vector, vector);
  Vector result;
  std::size_t at = 0;
  for (const std::size_t length : lengths_) {
    const auto own = vector.subspan(at, length);
    result.push_back(total > 0 ? dot(own, own) / total : 0);
    at += length;
  }
  return result;
}

LossRows backwards(LossRows rows) {
  std::reverse(rows.rows.begin(), rows.rows.end());
  return rows;
}

struct LossCurvature::Impl {
  Impl(const LossRows& given, const Flat& at, Matrix which)
      : rows(given),
        matrix(which),
        weights(at),
        direction(at.shared_layout()),
        places(at.layout(), given.frozen),
        chunks(rows, std::min(given.chunk, static_cast<Index>(given.rows.size()))),
        program([&](Trace& trace) { return data_products(trace); }, given.mode) {
    bind_to(program);
    chunks.bind(program);
    if (rows.objective.penalty && matrix != Matrix::rest) {
      penalty = std::make_unique<Program>([&](Trace& trace) {
        trace.freeze(rows.frozen);
        const Vars wrt = learned_in_trace(weights.layout(), rows.frozen);
        return Request{hvp(rows.objective.penalty(), wrt, directions_in_trace(trace, wrt)), {}};
      });
      bind_to(*penalty);
    }
    for (Index k = 0; k < chunks.count(); ++k) total_weight += chunks.fill(k);
    if (!(total_weight > 0)) fail(Code::data, "the rows that curvature is asked for have a weight of 0");
  }

  // The product with the sum of the rows' losses.
  Request data_products(Trace& trace) {
    trace.freeze(rows.frozen);
    const Batch batch = batch_in(trace, chunks.types(), weights.dtype());
    const Vars wrt = learned_in_trace(weights.layout(), rows.frozen), v = directions_in_trace(trace, wrt);
    // Outputs first: the loss then finds them in the graph.
    const Var outputs = matrix == Matrix::hessian ? Var() : rows.objective.outputs(batch);
    const Var loss = weighted_loss(rows, batch);
    if (matrix == Matrix::hessian) return Request{hvp(loss, wrt, v), {}};
    if (depends_beside(loss, outputs, wrt))
      fail(Code::usage, "the Gauss-Newton matrix needs a loss that reads the parameters through the outputs alone");
    Vars products = gauss_newton_product(loss, {outputs}, wrt, v);
    if (matrix == Matrix::rest) {
      const Vars whole = hvp(loss, wrt, v);
      for (std::size_t k = 0; k < products.size(); ++k) products[k] = whole[k] - products[k];
    }
    return Request{products, {}};
  }

  void bind_to(Program& to) {
    bind_weights(to, weights);
    bind_directions(to, direction);
  }

  LossRows rows;
  Matrix matrix;
  Flat weights, direction;
  ParameterVector places;
  Chunks chunks;
  Program program;
  std::unique_ptr<Program> penalty;
  double total_weight = 0;
};

namespace {
const Flat& checked(const LossRows& rows, const Flat& weights) {
  check(rows);
  return weights;
}
}  // namespace

LossCurvature::LossCurvature(const LossRows& rows, const Flat& weights, Matrix matrix)
    : SymmetricOperator(ParameterVector(checked(rows, weights).layout(), rows.frozen).dimension(), weights.dtype()),
      impl_(std::make_unique<Impl>(rows, weights, matrix)) {}
LossCurvature::~LossCurvature() = default;

const ParameterVector& LossCurvature::parameters() const { return impl_->places; }

void LossCurvature::multiply(std::span<const double> x, std::span<double> y) {
  Impl& at = *impl_;
  at.places.to(x, at.direction);
  std::fill(y.begin(), y.end(), 0);
  const std::size_t count = at.places.names().size();
  for (Index chunk = 0; chunk < at.chunks.count(); ++chunk) {
    at.chunks.fill(chunk);
    at.program.run();
    add_outputs(at.program, 0, count, y);
  }
  scale(y, 1 / at.total_weight);
  if (at.penalty == nullptr) return;
  at.penalty->run();
  add_outputs(*at.penalty, 0, count, y);
}

Vector LossCurvature::chunk_curvatures(std::span<const double> v) {
  Impl& at = *impl_;
  const Index full = static_cast<Index>(at.rows.rows.size()) / std::max<Index>(1, at.rows.chunk);
  if (full < 2)
    fail(Code::usage, "{} rows are {} chunks of {} rows, and an interval needs at least 2", at.rows.rows.size(), full,
         at.rows.chunk);
  count_product(v);
  at.places.to(v, at.direction);
  const std::size_t count = at.places.names().size();
  Vector product(v.size()), curvatures;
  double of_penalty = 0;
  if (at.penalty != nullptr) {
    at.penalty->run();
    add_outputs(*at.penalty, 0, count, product);
    of_penalty = dot(product, v);
  }
  for (Index chunk = 0; chunk < full; ++chunk) {
    const double weight = at.chunks.fill(chunk);
    if (!(weight > 0)) continue;
    at.program.run();
    std::fill(product.begin(), product.end(), 0);
    add_outputs(at.program, 0, count, product);
    curvatures.push_back(dot(product, v) / weight + of_penalty);
  }
  return curvatures;
}

}  // namespace fathom::curvature
