// What programs over the loss of rows share: batches by chunks, and outputs that become one vector.
#pragma once

#include "fathom/inspect/loss_curvature.hpp"

namespace fathom::curvature {

// The batch of a trace, its float inputs widened where the model is of f64.
Batch batch_in(Trace& trace, const std::map<std::string, Type>& types, Dtype dtype);

// The sum of the rows' losses, each with its weight. Needs: a trace that is open.
Var weighted_loss(const LossRows& rows, const Batch& batch);

// The learned parameters of a trace that are not frozen.
Vars learned_in_trace(const Parameters& parameters, const std::set<std::string>& frozen);

// The inputs of a trace that hold a vector's numbers for each of these parameters.
Vars directions_in_trace(Trace& trace, const Vars& wrt);
void bind_directions(Program& program, const Flat& values);

// Adds the elements of `count` outputs of a program from `first` on, one for each parameter, to `sum`.
void add_outputs(const Program& program, std::size_t first, std::size_t count, std::span<double> sum);

// Tensors of a chunk of rows. Keeps a reference to the rows.
class Chunks {
 public:
  Chunks(const LossRows& rows, Index length)
      : rows_(rows), length_(length), types_(rows.source.inputs(length)), tensors_(tensors_of(types_)) {}

  const std::map<std::string, Type>& types() const { return types_; }
  Index length() const { return length_; }
  // Chunks of all rows, in order; the last may be short.
  Index count() const { return (static_cast<Index>(rows_.rows.size()) + length_ - 1) / length_; }
  void bind(Program& program);
  // Fill the tensors with chunk `number`, or with the given rows, at most length(). Give the sum of their weights.
  double fill(Index number);
  double fill(std::span<const Index> rows);

 private:
  const LossRows& rows_;
  Index length_;
  std::map<std::string, Type> types_;
  BatchTensors tensors_;
};

}  // namespace fathom::curvature
