// Layers: the modules that most models are made of.
#pragma once

#include <optional>

#include "fathom/graph/ops/index.hpp"
#include "fathom/nn/module.hpp"

namespace fathom {

struct LinearOptions {
  Index in = 0;
  Index out = 0;
  bool bias = true;
  Init init = Init::glorot_uniform();
  Init bias_init = Init::zeros();
};

// x weight + bias: [..., in] -> [..., out]. Parameters: weight [in, out], bias [out].
class Linear : public Module {
 public:
  Linear(Module& parent, std::string_view name, const LinearOptions& options);
  Var operator()(Operand x) const;

 private:
  Index in_;
  Weight weight_;
  std::optional<Weight> bias_;
};

struct EmbeddingOptions {
  Index rows = 0;
  Index width = 0;
  Init init = Init::normal(0.05);
};

// Rows of a table by number: i32 [...] -> [..., width]. A number outside of the table gives zeros. Parameter: weight
// [rows, width].
class Embedding : public Module {
 public:
  Embedding(Module& parent, std::string_view name, const EmbeddingOptions& options);
  Var operator()(Operand indices) const;

 private:
  Weight weight_;
};

enum class Pooling { sum, mean };

struct EmbeddingBagOptions {
  Index rows = 0;
  Index width = 0;
  Pooling pooling = Pooling::mean;
  Init init = Init::normal(0.05);
};

// The sum or mean of rows of a table: i32 [batch, length] -> [batch, width]. Numbers outside of the table are padding
// and do not count; a bag of padding alone gives zeros. With weights [batch, length]: the weighted sum or mean.
class EmbeddingBag : public Module {
 public:
  EmbeddingBag(Module& parent, std::string_view name, const EmbeddingBagOptions& options);
  Var operator()(Operand indices) const;
  Var operator()(Operand indices, Operand weights) const;

 private:
  Var pool(Var rows, Var shares, SourceLocation at) const;
  Var inside(Var indices) const;

  Pooling pooling_;
  Weight weight_;
};

// In training mode sets each element to 0 with probability `rate` and divides the others by 1 - rate (Srivastava et al.
// 2014); in inference mode gives x. Needs: 0 <= rate < 1.
Var dropout(Operand x, double rate);
// x + deviation * n in training, n drawn from the standard normal distribution anew each step (Bishop 1995: training with
// noise is Tikhonov regularization); x itself otherwise. x of any shape. Throws Error(config) for a deviation below 0.
Var gaussian_noise(Operand x, double deviation);

struct Dropout {
  double rate = 0.5;
  Var operator()(Operand x) const { return dropout(x, rate); }
};

// (x - mean) / sqrt(variance + epsilon) over the last axis (Ba et al. 2016, eq. 4).
Var standardise(Operand x, double epsilon = 1e-5);

struct LayerNormOptions {
  Index width = 0;
  double epsilon = 1e-5;
};

// standardise(x) weight + bias: [..., width] -> [..., width]. Parameters: weight [width], bias [width].
class LayerNorm : public Module {
 public:
  LayerNorm(Module& parent, std::string_view name, const LayerNormOptions& options);
  Var operator()(Operand x) const;

 private:
  double epsilon_;
  Weight weight_, bias_;
};

}  // namespace fathom
