// Ready networks for images [batch, rows, columns, channels], as plain modules. Each is a trunk, which gives features
// [batch, width], and a head of one linear layer, which makes scores [batch, classes] of them. A trunk stands alone
// where other layers follow it.
#pragma once

#include <deque>

#include "fathom/nn/images.hpp"
#include "fathom/nn/layers.hpp"

namespace fathom {

struct ImageNetOptions {
  Index rows = 28, columns = 28, channels = 1;
  Index classes = 10;
};

// Two convolutions with pooling, then two linear layers (LeCun et al. 1998, figure 2), with ReLU. The number of classes
// does not matter to it. Throws Error(config) for images below 12 x 12, of which nothing would be left.
class LeNetTrunk : public Module {
 public:
  LeNetTrunk(Module& parent, std::string_view name, const ImageNetOptions& options);
  Var features(Operand images) const;
  static constexpr Index width() { return 84; }

 private:
  Conv2d first_, second_;
  Linear wide_, narrow_;
};

class LeNet : public LeNetTrunk {
 public:
  LeNet(Module& parent, std::string_view name, const ImageNetOptions& options);
  Var operator()(Operand images) const;

 private:
  Linear scores_;
};

struct ResidualBlockOptions {
  Index in = 0, out = 0;
  Index stride = 1;
};

// relu(norm(conv(relu(norm(conv(x))))) + shortcut(x)), convolutions 3 x 3 (He et al. 2016, figure 2). The shortcut is x
// itself, or a convolution 1 x 1 with a norm where the shape changes (option B).
class ResidualBlock : public Module {
 public:
  ResidualBlock(Module& parent, std::string_view name, const ResidualBlockOptions& options);
  Var operator()(Operand x) const;

 private:
  Conv2d first_;
  BatchNorm first_norm_;
  Conv2d second_;
  BatchNorm second_norm_;
  std::optional<Conv2d> shortcut_;
  std::optional<BatchNorm> shortcut_norm_;
};

struct ResNetOptions {
  ImageNetOptions images = {};
  std::vector<Index> widths = {16, 32, 64};  // of the stages; each but the first halves rows and columns
  Index blocks = 3;                          // of a stage
};

// A convolution 3 x 3, stages of residual blocks, the mean of each channel (He et al. 2016, section 4.2). The number of
// classes does not matter to it.
class ResNetTrunk : public Module {
 public:
  ResNetTrunk(Module& parent, std::string_view name, const ResNetOptions& options);
  Var features(Operand images) const;
  Index width() const { return width_; }

 private:
  Conv2d stem_;
  BatchNorm stem_norm_;
  std::deque<ResidualBlock> blocks_;
  Index width_;
};

class ResNet : public ResNetTrunk {
 public:
  ResNet(Module& parent, std::string_view name, const ResNetOptions& options);
  Var operator()(Operand images) const;

 private:
  Linear scores_;
};

// 20 layers for small images: widths 16, 32, 64 with 3 blocks each.
ResNetOptions resnet20(const ImageNetOptions& images);
// 18 layers: widths 64, 128, 256, 512 with 2 blocks each, and the stem for small images (3 x 3, no pooling).
ResNetOptions resnet18(const ImageNetOptions& images);

}  // namespace fathom
