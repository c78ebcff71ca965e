// Problem: what one file of bench/problems asks to be timed. bench/peer_torch.py reads the same files.
#pragma once

#include <string>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom::bench {

struct Problem {
  // train: a step with its update. hvp: a gradient, and a Hessian-vector product. predict: scores. gemm: products.
  std::string task;
  std::string network;        // mlp embed deepfm cnn resnet20
  std::string optimizer;      // of task train
  std::vector<Index> layers;  // mlp, embed, deepfm: widths, the input's first
  Index batch = 0;
  Index fields = 0, levels = 0, width = 0;  // embed, deepfm: categorical columns, levels of each, length of a row
  double learning_rate = 0;
  std::vector<std::string> shapes;  // of task gemm: "m n k AB"
};

// Throws toml::parse_error for a file that is no TOML.
Problem read_problem(const std::string& path);

}  // namespace fathom::bench
