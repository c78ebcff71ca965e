// The gradient of a batch as one flat vector: what a step of training would follow, without taking it.
#pragma once

#include <set>
#include <span>

#include "fathom/train/evaluator.hpp"

namespace fathom {

class BatchGradient {
 public:
  // Of the mean loss of batches of `batch` training rows, with the penalty, in training mode: dropout is drawn.
  // Throws Error(config) when every parameter is frozen. Keeps a reference to the source.
  BatchGradient(const Objective& objective, const Parameters& parameters, const Source& source, Index batch,
                std::set<std::string> frozen = {});

  Index batch() const { return batch_; }
  // For these training rows; a pure function of its arguments, (seed, step) being what random ops read. What is frozen
  // or not learned has a gradient of 0. Valid until the next call. Throws Error(usage) unless there are `batch` rows.
  const Flat& at(const Flat& weights, std::span<const Index> rows, std::uint64_t seed, Index step);
  // The mean loss of the rows of the last call, without the penalty.
  double loss() const { return program_->number(0); }

 private:
  const Source& source_;
  Index batch_;
  std::map<std::string, Type> types_;
  BatchTensors tensors_;
  std::vector<std::string> names_;  // of the parameters that the gradient is of
  Tensor key_;
  Flat gradient_;
  std::unique_ptr<Program> program_;
};

}  // namespace fathom
