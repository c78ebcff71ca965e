// Cnn: the trunk of a plain image network, stage by stage: convolutions with norm and activation, then a pool.
#pragma once

#include <deque>
#include <optional>

#include "fathom/nn/activations.hpp"
#include "fathom/nn/images.hpp"
#include "fathom/nn/pools.hpp"

namespace fathom {

enum class Padding { none, same };  // same: (kernel - 1) / 2 rows and columns of zeros on every side
enum class PoolKind { none, max, mean };

struct CnnOptions {
  Index rows = 28, columns = 28, channels = 1;  // of the images
  std::vector<Index> widths = {32, 64};         // channels that each stage gives
  Index convolutions = 1;                       // of a stage
  Index kernel = 3;
  Index stride = 1;  // of a stage's first convolution
  Index groups = 1;  // of every convolution but the first, which reads the channels of the image
  Padding padding = Padding::same;
  bool batch_norm = false;
  std::string activation = "relu";
  PoolKind pool = PoolKind::max;
  Index pool_size = 2;  // rows and columns of a window
};

// What a stage gives.
struct CnnStage {
  Index rows = 0, columns = 0, channels = 0;
};
// Of every stage. Throws Error(config) naming the stage and the sizes for a kernel or a pool larger than what it reads,
// a stride below 1, and groups that do not divide the channels.
std::vector<CnnStage> cnn_stages(const CnnOptions& options);

// Images [batch, rows, columns, channels] -> features [batch, width], the last stage's values in the order rows,
// columns, channels. Parameters: stage1.conv1.weight, .bias (without batch norm), stage1.norm1.*.
class Cnn : public Module {
 public:
  // Throws what cnn_stages does.
  Cnn(Module& parent, std::string_view name, const CnnOptions& options);
  Var features(Operand images) const;
  Index width() const { return width_; }

 private:
  CnnOptions options_;
  Activation activation_;
  Index width_;
  std::deque<Conv2d> convolutions_;
  std::deque<BatchNorm> norms_;
};

}  // namespace fathom
