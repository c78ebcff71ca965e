// Layers of image networks. Images are [batch, rows, columns, channels]: the channels of a pixel are neighbours.
#pragma once

#include <optional>

#include "fathom/graph/ops/conv.hpp"
#include "fathom/nn/module.hpp"
#include "fathom/nn/pools.hpp"

namespace fathom {

struct Conv2dOptions {
  Index in = 0;   // channels
  Index out = 0;  // channels
  Shape kernel = {3, 3};
  ConvOptions conv = {};
  bool bias = true;
  Init init = Init::he_normal();
};

// conv2d(x, weight) + bias: [n, h, w, in] -> [n, i, j, out]. Parameters: weight [rows, columns, in / groups, out], bias
// [out].
class Conv2d : public Module {
 public:
  Conv2d(Module& parent, std::string_view name, const Conv2dOptions& options);
  Var operator()(Operand images) const;

 private:
  ConvOptions conv_;
  Weight weight_;
  std::optional<Weight> bias_;
};

struct BatchNormOptions {
  Index width = 0;
  double momentum = 0.1;  // the share of a batch in the running statistics
  double epsilon = 1e-5;
};

// (x - mean) / sqrt(variance + epsilon) weight + bias for each column (channel), over all other axes (Ioffe & Szegedy
// 2015, algorithm 1): [..., width] -> [..., width]. In training mode by the batch's mean and variance, which the
// running ones follow (the variance with n - 1, as PyTorch's); in inference mode, and where the running ones are
// frozen, by the running ones. Parameters: weight [width], bias [width]; kept but not learned: running_mean [width],
// running_variance [width].
class BatchNorm : public Module {
 public:
  BatchNorm(Module& parent, std::string_view name, const BatchNormOptions& options);
  Var operator()(Operand x) const;

 private:
  double momentum_, epsilon_;
  Weight weight_, bias_, running_mean_, running_variance_;
};

struct GroupNormOptions {
  Index width = 0;
  Index groups = 1;  // of neighbouring columns; as many as columns: instance norm
  double epsilon = 1e-5;
};

// (x - mean) / sqrt(variance + epsilon) weight + bias, by the mean and variance of each sample and each group of
// columns (channels), over all axes between (Wu & He 2018, equations 1 to 7): [n, ..., width] -> [n, ..., width]. The
// same in both modes. Parameters: weight [width], bias [width]. Throws Error(usage) for groups that do not divide the
// columns.
class GroupNorm : public Module {
 public:
  GroupNorm(Module& parent, std::string_view name, const GroupNormOptions& options);
  Var operator()(Operand x) const;

 private:
  Index groups_;
  double epsilon_;
  Weight weight_, bias_;
};

}  // namespace fathom
