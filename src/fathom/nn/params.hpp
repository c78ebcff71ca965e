// Parameters: the names, types and places of everything that a model learns. The numbers are in a Flat.
//
// 1. All parameters have one float type and lie in one flat vector, in the order in which they were added.
// 2. Each begins at a multiple of 16 elements (a cache line of f32); the elements between them are 0 and stay 0.
// 3. No two have the same name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fathom/graph/var.hpp"
#include "fathom/nn/init.hpp"

namespace fathom {

class Flat;

struct Parameter {
  std::string name;
  Type type;
  Init init;
  Fans fans;
  bool learned = true;  // false: a number that training keeps beside what it learns, such as a running mean
  Index offset = 0;     // in elements
};

class Parameters {
 public:
  static constexpr Index alignment = 16;

  explicit Parameters(Dtype dtype = Dtype::f32);

  // Gives the parameter's number. Throws Error(usage) when the name is taken or empty, or the shape has no elements.
  std::size_t add(const std::string& name, const Shape& shape, const Init& init, Fans fans, bool learned = true);

  Dtype dtype() const { return dtype_; }
  std::size_t size() const { return all_.size(); }
  const Parameter& operator[](std::size_t number) const { return all_[number]; }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }
  // nullptr when there is none.
  const Parameter* find(const std::string& name) const;
  // Elements of the flat vector, those between parameters included.
  Index total() const { return total_; }
  // Elements of the learned parameters alone.
  Index learned() const;

  // The inputs of the current trace that hold the learned parameters, in order.
  Vars vars() const;
  // Beginning values. Each is a pure function of (seed, parameter name, position): neither the other parameters
  // nor the number of threads matter.
  Flat initialise(std::uint64_t seed) const;

 private:
  Dtype dtype_;
  std::vector<Parameter> all_;
  std::map<std::string, std::size_t> by_name_;
  Index total_ = 0;
};

}  // namespace fathom
