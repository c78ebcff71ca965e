// A symmetric matrix of any dimension whose eigenvalues are known: reflections of a diagonal one.
#pragma once

#include <algorithm>
#include <array>

#include "fathom/inspect/operator.hpp"

namespace fathom::curvature {

class PlantedOperator final : public SymmetricOperator {
 public:
  PlantedOperator(Vector eigenvalues, std::uint64_t seed, Dtype precision = Dtype::f64)
      : SymmetricOperator(static_cast<Index>(eigenvalues.size()), precision), eigenvalues_(std::move(eigenvalues)) {
    for (std::uint64_t k = 0; k < mirrors_.size(); ++k) {
      mirrors_[k] = random_normal(dimension(), seed, "mirror", k);
      scale(mirrors_[k], 1 / norm(mirrors_[k]));
    }
  }

  // The eigenvector of eigenvalue k.
  Vector vector(std::size_t k) const {
    Vector x(eigenvalues_.size());
    x[k] = 1;
    reflect(x, false);
    return x;
  }

 private:
  void reflect(std::span<double> x, bool backwards) const {
    for (std::size_t k = 0; k < mirrors_.size(); ++k) {
      const Vector& mirror = mirrors_[backwards ? mirrors_.size() - 1 - k : k];
      axpy(-2 * dot(mirror, x), mirror, x);
    }
  }
  void multiply(std::span<const double> x, std::span<double> y) override {
    std::copy(x.begin(), x.end(), y.begin());
    reflect(y, true);
    for (std::size_t i = 0; i < y.size(); ++i) y[i] *= eigenvalues_[i];
    reflect(y, false);
    if (precision() == Dtype::f32)
      for (double& value : y) value = static_cast<double>(static_cast<float>(value));
  }

  Vector eigenvalues_;
  std::array<Vector, 2> mirrors_;
};

}  // namespace fathom::curvature
