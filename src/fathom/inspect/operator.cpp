#include "fathom/inspect/operator.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/base/error.hpp"
#include "fathom/base/pool.hpp"

namespace fathom::curvature {

SymmetricOperator::SymmetricOperator(Index dimension, Dtype precision) : dimension_(dimension), precision_(precision) {
  if (dimension < 1) fail(Code::usage, "curvature needs at least 1 parameter, and there are {}", dimension);
}

void SymmetricOperator::count_product(std::span<const double> x) {
  if (x.size() != static_cast<std::size_t>(dimension_))
    fail(Code::usage, "the matrix of curvature is for {} numbers, not for {}", dimension_, x.size());
  ++products_;
}

void SymmetricOperator::apply(std::span<const double> x, std::span<double> y) {
  count_product(x);
  FATHOM_ASSERT(y.size() == x.size());
  multiply(x, y);
  // A sum is finite only where every number of it is.
  if (!std::isfinite(dot(y, y))) fail(Code::data, "a product with the matrix of curvature is not finite");
}

Vector SymmetricOperator::operator*(std::span<const double> x) {
  Vector y(x.size());
  apply(x, y);
  return y;
}

DenseOperator::DenseOperator(Index dimension, Vector matrix)
    : SymmetricOperator(dimension, Dtype::f64), matrix_(std::move(matrix)) {
  const auto n = static_cast<std::size_t>(dimension);
  if (matrix_.size() != n * n)
    fail(Code::usage, "a matrix of {} rows needs {} numbers, not {}", dimension, n * n, matrix_.size());
  double largest = 0, difference = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      largest = std::max(largest, std::abs(matrix_[i * n + j]));
      difference = std::max(difference, std::abs(matrix_[i * n + j] - matrix_[j * n + i]));
    }
  if (difference > 1e-12 * largest)
    fail(Code::usage, "the matrix is not symmetric: two mirrored numbers differ by {:.3g}", difference);
}

void DenseOperator::multiply(std::span<const double> x, std::span<double> y) {
  const auto n = x.size();
  constexpr std::size_t rows = 64;
  Pool::shared().run(static_cast<Index>((n + rows - 1) / rows), [&](Index chunk) {
    const std::size_t first = static_cast<std::size_t>(chunk) * rows, last = std::min(n, first + rows);
    for (std::size_t i = first; i < last; ++i) {
      const double* row = matrix_.data() + i * n;
      double lanes[4] = {};
      for (std::size_t j = 0; j < n; ++j) lanes[j % 4] += row[j] * x[j];
      y[i] = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    }
  });
}

Vector dense_matrix(SymmetricOperator& a, double* asymmetry) {
  const auto n = static_cast<std::size_t>(a.dimension());
  Vector matrix(n * n), unit(n);
  for (std::size_t i = 0; i < n; ++i) {
    unit[i] = 1;
    a.apply(unit, std::span(matrix).subspan(i * n, n));
    unit[i] = 0;
  }
  double largest = 0;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j) {
      double &below = matrix[i * n + j], &above = matrix[j * n + i];
      largest = std::max(largest, std::abs(below - above));
      below = above = 0.5 * (below + above);
    }
  if (asymmetry != nullptr) *asymmetry = largest;
  return matrix;
}

}  // namespace fathom::curvature
