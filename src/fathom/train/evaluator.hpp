// What is trained and judged: batches inside of a trace, the objective over them, and its evaluation on a whole part.
#pragma once

#include <functional>
#include <limits>
#include <memory>

#include "fathom/nn/flat.hpp"
#include "fathom/train/program.hpp"
#include "fathom/train/source.hpp"

namespace fathom {

// The inputs of one batch, by name, inside of a trace.
class Batch {
 public:
  // `made`: values that are computed in the trace, in place of inputs of their names.
  Batch(Graph& graph, const std::map<std::string, Type>& types, std::map<std::string, Var> made = {})
      : graph_(graph), types_(types), made_(std::move(made)) {}
  // Throws Error(usage) with the names there are when there is no such input.
  Var operator[](const std::string& name) const;
  bool has(const std::string& name) const { return types_.contains(name); }
  // f32[batch]: 0 for the rows that only fill up the last batch.
  Var row_weight() const { return (*this)[Source::row_weight_name]; }

 private:
  Graph& graph_;
  const std::map<std::string, Type>& types_;
  std::map<std::string, Var> made_;
};

// What is trained: per-row losses [batch] to minimise, and the outputs to judge by.
struct Objective {
  std::function<Var(const Batch&)> row_losses;
  std::function<Var(const Batch&)> outputs;
  // Added to the mean loss; may be empty.
  std::function<Var()> penalty = {};
};

// Outputs of a part, in row order.
struct Evaluation {
  Part part = Part::valid;
  double loss = std::numeric_limits<double>::quiet_NaN();  // weighted mean over the rows
  double weight = 0;                                       // of all rows; the loss of none is NaN
  Tensor outputs;                                          // [rows, ...]
};

// Runs an objective over the rows of a part, batch by batch, without learning.
class Evaluator {
 public:
  // Batches of so many rows, of the types that `source` gives.
  Evaluator(const Objective& objective, const Source& source, Index batch);

  Evaluation run(const Flat& weights, Part part, const Source& source);
  // Where the first value that is not finite arises in the rows of a part; empty when none does.
  Message first_bad_value(const Flat& weights, Part part, const Source& source);
  std::size_t bytes() const;

  // Rows of a batch that keep the products fast and the batch within the cache: 512, or as many as have 128 MiB of
  // inputs where rows are large.
  static Index good_batch(const Source& source);

 private:
  // Runs over all batches; `look` is told the first row of each and how many there are, and says whether to go on.
  void for_each_batch(const Flat& weights, Part part, const Source& source,
                      const std::function<bool(Index first, Index rows)>& look);

  std::map<std::string, Type> types_;
  BatchTensors batch_;
  std::unique_ptr<Program> program_;
};

// Tensors of the given types, zeros.
BatchTensors tensors_of(const std::map<std::string, Type>& types);
std::size_t bytes_of(const BatchTensors& tensors);
// Binds every parameter to its place in the flat vector.
void bind_weights(Program& program, const Flat& weights);

}  // namespace fathom
