// The loss of a network over rows, as curvature sees it: its gradient, and its Hessian as products with vectors,
// exactly by `derive`.
//
// 1. A vector has one number for each element of the parameters that are learned and not frozen, in the order of the
//    layout, without the elements between parameters.
// 2. The loss is the weighted mean over the rows, with the penalty. In inference mode dropout is off and batch
//    normalisation uses what it has kept; in training mode it uses each chunk's own statistics, so that the loss is one
//    of these chunks.
// 3. Rows are taken in chunks of fixed size and in order; sums over chunks are in f64. Same bits for any number of
// threads.
// 4. Weights in f64 (a model of f64 parameters) make every product one of f64: float inputs are widened in the graph.
// 5. Relu and its like have no second derivative at their kink: the Hessian is that of almost every point.
#pragma once

#include <set>

#include "fathom/inspect/operator.hpp"
#include "fathom/train/evaluator.hpp"

namespace fathom::curvature {

// Which rows, and of what.
struct LossRows {
  const Objective& objective;
  const Source& source;
  std::vector<Index> rows;  // of `part`
  Part part = Part::train;
  Index chunk = 256;
  std::set<std::string> frozen = {};
  // training: batch normalisation takes the statistics of each chunk, as a step of training does of its batch. Dropout
  // must be off in the model: its draws have no input here.
  Mode mode = Mode::inference;
};

// Throws Error(usage) for a chunk below 1, no rows, and rows that the part has not.
void check(const LossRows& rows);
// The given number of rows of a part, spread over it; all for 0. Throws Error(usage) when there are not so many.
std::vector<Index> spread_rows(const Source& source, Part part, Index count);

// Vectors of curvature beside weights in a Flat.
class ParameterVector {
 public:
  // Throws Error(config) when nothing is learned.
  ParameterVector(const Parameters& parameters, const std::set<std::string>& frozen);

  Index dimension() const { return dimension_; }
  const std::vector<std::string>& names() const { return names_; }
  // The numbers of the learned parameters.
  Vector from(const Flat& flat) const;
  // Writes them; the others stay.
  void to(std::span<const double> vector, Flat& flat) const;
  // Share of the squared norm that each parameter has, in the order of names().
  Vector shares(std::span<const double> vector) const;

 private:
  std::vector<std::string> names_;
  std::vector<std::size_t> numbers_, lengths_;
  Index dimension_ = 0;
};

enum class Matrix {
  hessian,
  gauss_newton,  // J'HJ through the outputs, with the whole of the penalty
  rest,  // what the Hessian has beside it: the only part that can be negative where the loss is convex in outputs
};

// How far a product with the curvature of a network may be off, relative to the largest |eigenvalue|: in f32, the most
// that was seen on trained networks.
inline double product_error(Dtype precision) { return precision == Dtype::f32 ? 5e-6 : 0; }
// The same rows from the last to the first, whose sums round in another way.
LossRows backwards(LossRows rows);

class LossCurvature final : public SymmetricOperator {
 public:
  // At these weights, which are copied. Keeps references to the source. Throws Error(usage) for Gauss-Newton where the
  // loss reads parameters beside the outputs, and as ParameterVector and check() do.
  LossCurvature(const LossRows& rows, const Flat& weights, Matrix matrix = Matrix::hessian);
  ~LossCurvature() override;

  const ParameterVector& parameters() const;
  // v'A_b v for each full chunk b of the rows: the curvature along v (of length 1) that chunk alone sees. Counts as one
  // product. Throws Error(usage) for fewer than 2 full chunks.
  Vector chunk_curvatures(std::span<const double> v);

 private:
  void multiply(std::span<const double> x, std::span<double> y) override;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fathom::curvature
