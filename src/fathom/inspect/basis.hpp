// Basis: orthonormal vectors that grow in number, kept in f32 or f64.
//
// 1. Each vector is orthogonalised against all before it twice ("twice is enough": Giraud, Langou and Rozloznik 2005),
//    with coefficients in f64.
// 2. What is read back is what was stored: a vector in f32 is rounded before it is used.
#pragma once

#include "fathom/base/tensor.hpp"
#include "fathom/inspect/vectors.hpp"

namespace fathom::curvature {

class Basis {
 public:
  Basis(Index dimension, Dtype dtype) : dimension_(dimension), dtype_(dtype) {}

  std::size_t size() const { return columns_.size(); }
  Index dimension() const { return dimension_; }
  Vector operator[](std::size_t k) const;

  // w = w - V V'w, twice; gives V'w, the sum of both passes.
  Vector orthogonalise(std::span<double> w) const;
  // Appends w / |w|. Needs: w is orthogonal to the vectors there are and |w| > 0.
  void append(std::span<const double> w);
  // A random direction that is orthogonal to all vectors, of length 1. Needs: size() < dimension().
  Vector fresh_direction(std::uint64_t seed, std::uint64_t index) const;
  // sum_k factors[k] V_k
  Vector combine(std::span<const double> factors) const;
  // The vectors from `first` on become their combinations, one for each row of `factors` [kept, size() - first].
  void rotate(std::size_t first, std::size_t kept, std::span<const double> factors);

 private:
  Index dimension_;
  Dtype dtype_;
  std::vector<Tensor> columns_;
};

}  // namespace fathom::curvature
