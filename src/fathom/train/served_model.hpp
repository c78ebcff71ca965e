// ServedModel: a trained model as one function of what a table or an image holds, encoders and decoder included. As
// graph code it can be exported, and whoever runs the export needs none of Fathom.
//
// Inputs (those that the model has): numbers f32 [batch, columns], NaN for missing; dates f64 [batch, columns], seconds
// since 1970, NaN for missing; category/NAME i32 [batch], the level's number; text/NAME i32 [batch, length], hashed
// n-grams, then -1; image f32 [batch, rows, columns, channels], from 0 to 255.
// Outputs. Regression: prediction f32 [batch], in the target's unit. Classes: probabilities f32 [batch, classes];
// prediction i32 [batch], the number of the most probable one.
#pragma once

#include "fathom/train/session.hpp"

namespace fathom {

class ServedModel {
 public:
  // Keeps a reference.
  explicit ServedModel(const Predictor& predictor);

  // Inside of a trace: the outputs by name, for a batch of so many rows.
  std::vector<std::pair<std::string, Var>> operator()(Graph& graph, Index batch) const;

  // What the function reads beside its inputs: the weights, and the numbers of the encoders.
  std::map<std::string, TensorView> constants() const;
  // What one must know to fill the inputs and to read the outputs: the task, the classes, the columns of `numbers` and
  // `dates` in order, as JSON, and the whole pipeline.
  std::vector<std::pair<std::string, std::string>> description() const;

 private:
  Var dense(Graph& graph, Index batch) const;
  void add_numbers(Graph& graph, Index batch, Vars& rows) const;
  void add_dates(Graph& graph, Index batch, Vars& rows) const;
  Var constant(Graph& graph, const std::string& name) const;
  void keep(const std::string& name, Dtype dtype, const std::vector<double>& numbers, bool as_column = true);
  void place_columns();

  const Predictor& predictor_;
  const Pipeline& pipeline_;
  std::map<std::string, Tensor> encoders_;
};

}  // namespace fathom
