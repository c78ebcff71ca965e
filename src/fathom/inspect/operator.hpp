// SymmetricOperator: a symmetric matrix that is known by its products with vectors alone, each of which is counted.
#pragma once

#include "fathom/base/dtype.hpp"
#include "fathom/inspect/vectors.hpp"

namespace fathom::curvature {

class SymmetricOperator {
 public:
  virtual ~SymmetricOperator() = default;

  Index dimension() const { return dimension_; }
  // The type that products are computed in, whose rounding they carry.
  Dtype precision() const { return precision_; }
  // Products so far: what an estimate has cost.
  Index products() const { return products_; }

  // y = A x. Throws Error(usage) unless both have `dimension()` numbers, and Error(data) when the product is not
  // finite.
  void apply(std::span<const double> x, std::span<double> y);
  // A x
  Vector operator*(std::span<const double> x);

 protected:
  // Throws Error(usage) for a dimension below 1.
  SymmetricOperator(Index dimension, Dtype precision);
  // Counts a product that is taken in another way than by apply(). Throws Error(usage) for another number of numbers.
  void count_product(std::span<const double> x);

 private:
  virtual void multiply(std::span<const double> x, std::span<double> y) = 0;

  Index dimension_;
  Dtype precision_;
  Index products_ = 0;
};

// A matrix with all of its numbers, [n, n] row by row.
class DenseOperator final : public SymmetricOperator {
 public:
  // Throws Error(usage) unless there are dimension^2 numbers and the matrix is symmetric to 1e-12 of its largest.
  DenseOperator(Index dimension, Vector matrix);
  const Vector& matrix() const { return matrix_; }

 private:
  void multiply(std::span<const double> x, std::span<double> y) override;

  Vector matrix_;
};

// All numbers of the matrix, [n, n] row by row, by n products; the mean of it and its transpose, which rounding may
// tell apart. Memory: 8 n^2 bytes. `asymmetry`, where given, becomes the largest difference of two mirrored numbers.
Vector dense_matrix(SymmetricOperator& a, double* asymmetry = nullptr);

}  // namespace fathom::curvature
