// TableModel: the network for rows of a table. Numbers as they are, an embedding for each category, a bag of n-grams
// for each text, pixels or what an image encoder makes of them; joined, then hidden layers, then the outputs.
//
// With neither an encoder nor hidden layers it is a linear model: every level and every n-gram has its own weight for
// each output.
#pragma once

#include <deque>
#include <memory>

#include "fathom/data/pipeline.hpp"
#include "fathom/nn/activations.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/train/image_encoder.hpp"
#include "fathom/train/trainer.hpp"

namespace fathom {

struct TableModelOptions {
  std::vector<Index> hidden = {256, 128};
  std::string activation = "relu";
  std::string norm = "none";
  std::string init = "he_normal";
  double dropout = 0, input_noise = 0;
  EncoderSettings encoder = {.type = "none"};  // resolved
  Dtype dtype = Dtype::f32;                    // of the parameters
};
// What "auto" leaves open depends on whether there are images, and on their size.
TableModelOptions model_options(const Settings& settings, const Pipeline& pipeline);
// As text beside saved weights, and back; dropout and noise are left out, for they change training alone, and so is the
// type.
Metadata model_metadata(const TableModelOptions& options);
// Throws Error(data) when a key is missing or damaged. `source` names the file.
TableModelOptions model_options(const Metadata& metadata, const std::string& source);

class TableModel : public Module {
 public:
  TableModel(const Pipeline& pipeline, const TableModelOptions& options);

  // Regression: [batch], scaled as the target is. Binary: logits [batch]. Classes: logits [batch, classes].
  Var operator()(const Batch& batch) const;

 private:
  Var joined(const Batch& batch) const;
  Var linear(const Batch& batch) const;

  const Pipeline& pipeline_;
  double dropout_, input_noise_;
  bool is_linear_;
  Activation activation_;
  Index outputs_;
  std::deque<Embedding> categories_;
  std::deque<EmbeddingBag> texts_;
  std::optional<ImageEncoder> encoder_;
  std::deque<Linear> layers_;
  std::deque<LayerNorm> norms_;
};

// The losses of each row that the settings ask for, and the penalty.
Objective make_objective(const TableModel& model, const Pipeline& pipeline, const Settings& settings);

}  // namespace fathom
