// Layers of image networks. Images are [batch, rows, columns, channels]: the channels of a pixel are neighbours.
#pragma once

#include <optional>

#include "fathom/graph/ops/conv.hpp"
#include "fathom/nn/module.hpp"

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
// running ones follow (the variance with n - 1, as PyTorch's); in inference mode by the running ones. Parameters:
// weight [width], bias [width]; kept but not learned: running_mean [width], running_variance [width].
class BatchNorm : public Module {
 public:
  BatchNorm(Module& parent, std::string_view name, const BatchNormOptions& options);
  Var operator()(Operand x) const;

 private:
  double momentum_, epsilon_;
  Weight weight_, bias_, running_mean_, running_variance_;
};

// The largest, or the mean, of each window of rows x columns, windows side by side; rows and columns that fill no
// window are left out: [n, h, w, c] -> [n, h / rows, w / columns, c]. Throws Error(usage) for a window below 1 or
// larger than the image. The gradient of the largest is shared equally among equals.
Var max_pool(Operand images, Shape window);
Var mean_pool(Operand images, Shape window);
// The mean of each channel: [n, h, w, c] -> [n, c].
Var global_mean_pool(Operand images);

}  // namespace fathom
