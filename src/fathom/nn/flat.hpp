// Flat: one number for each element of a model's parameters, in one vector. Parameters, optimizer state,
// averages, Lanczos vectors and directions in a loss landscape are all of this type.
//
// 1. The elements between parameters are 0 in every result of the functions below.
// 2. Sums run over chunks fixed by shape, in f64 and in index order: the same bits for any number of threads.
#pragma once

#include <memory>

#include "fathom/nn/params.hpp"

namespace fathom {

class Flat {
 public:
  Flat() = default;
  // Zeros. The layout is copied: parameters that are added later are not in it.
  explicit Flat(const Parameters& layout);
  explicit Flat(std::shared_ptr<const Parameters> layout);

  const Parameters& layout() const { return *layout_; }
  const std::shared_ptr<const Parameters>& shared_layout() const { return layout_; }
  Dtype dtype() const { return values_.dtype(); }
  // Elements, those between parameters included.
  Index total() const { return values_.count(); }
  Tensor& values() { return values_; }
  const Tensor& values() const { return values_; }

  // One parameter's numbers, in place.
  TensorView view(std::size_t number) const;
  // Throws Error(usage) when there is no such parameter.
  TensorView view(const std::string& name) const;
  // A copy of one parameter's numbers.
  Tensor copy(const std::string& name) const;
  Vars vars() const { return layout_->vars(); }

 private:
  std::shared_ptr<const Parameters> layout_;
  Tensor values_;
};

// Throw Error(usage) when the two vectors differ in layout.
double dot(const Flat& a, const Flat& b);
double norm(const Flat& a);
// y = y + factor x
void axpy(double factor, const Flat& x, Flat& y);
void scale(Flat& x, double factor);
void fill(Flat& x, double value);
Flat zeros_like(const Flat& x);
// Independent normal numbers: a pure function of (seed, stream, parameter name, position).
Flat random_like(const Flat& x, std::uint64_t seed, std::uint64_t stream = 0);

}  // namespace fathom
