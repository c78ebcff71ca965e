#include "fathom/nn/networks.hpp"

#include "fathom/nn/activations.hpp"

namespace fathom {

namespace {

Conv2dOptions conv3(Index in, Index out, Index stride = 1) {
  return {.in = in, .out = out, .conv = {.stride = {stride, stride}, .padding = {1, 1}}, .bias = false};
}

// Rows or columns that LeNet's two convolutions and pools leave.
Index left(Index length) { return (length / 2 - 4) / 2; }

Var flat(Var x) { return reshape(x, {x.rows(), -1}); }

constexpr Index least_lenet = 12;

const ImageNetOptions& checked(const ImageNetOptions& o) {
  if (o.rows < least_lenet || o.columns < least_lenet)
    throw Error(Code::config,
                message("lenet reads images of at least {} x {}, and these are {} x {}", least_lenet, least_lenet,
                        o.rows, o.columns),
                {}, "use a cnn, whose kernel and pools can be smaller");
  return o;
}

}  // namespace

LeNetTrunk::LeNetTrunk(Module& parent, std::string_view name, const ImageNetOptions& o)
    : Module(parent, name),
      first_(*this, "first", {.in = checked(o).channels, .out = 6, .kernel = {5, 5}, .conv = {.padding = {2, 2}}}),
      second_(*this, "second", {.in = 6, .out = 16, .kernel = {5, 5}}),
      wide_(*this, "wide", {.in = 16 * left(o.rows) * left(o.columns), .out = 120, .init = Init::he_normal()}),
      narrow_(*this, "narrow", {.in = 120, .out = width(), .init = Init::he_normal()}) {}

Var LeNetTrunk::features(Operand images) const {
  const Var x = max_pool(relu(first_(images)), {2, 2}), y = max_pool(relu(second_(x)), {2, 2});
  return relu(narrow_(relu(wide_(flat(y)))));
}

LeNet::LeNet(Module& parent, std::string_view name, const ImageNetOptions& o)
    : LeNetTrunk(parent, name, o), scores_(*this, "scores", {.in = width(), .out = o.classes}) {}

Var LeNet::operator()(Operand images) const { return scores_(features(images)); }

ResidualBlock::ResidualBlock(Module& parent, std::string_view name, const ResidualBlockOptions& o)
    : Module(parent, name),
      first_(*this, "first", conv3(o.in, o.out, o.stride)),
      first_norm_(*this, "first_norm", {.width = o.out}),
      second_(*this, "second", conv3(o.out, o.out)),
      second_norm_(*this, "second_norm", {.width = o.out}) {
  if (o.stride == 1 && o.in == o.out) return;
  shortcut_.emplace(
      *this, "shortcut",
      Conv2dOptions{
          .in = o.in, .out = o.out, .kernel = {1, 1}, .conv = {.stride = {o.stride, o.stride}}, .bias = false});
  shortcut_norm_.emplace(*this, "shortcut_norm", BatchNormOptions{.width = o.out});
}

Var ResidualBlock::operator()(Operand x) const {
  const Var y = second_norm_(second_(relu(first_norm_(first_(x)))));
  return relu(y + (shortcut_ ? (*shortcut_norm_)((*shortcut_)(x)) : x.var()));
}

ResNetTrunk::ResNetTrunk(Module& parent, std::string_view name, const ResNetOptions& o)
    : Module(parent, name),
      stem_(*this, "stem", conv3(o.images.channels, o.widths.front())),
      stem_norm_(*this, "stem_norm", {.width = o.widths.front()}),
      width_(o.widths.back()) {
  Index in = o.widths.front();
  for (std::size_t stage = 0; stage < o.widths.size(); ++stage)
    for (Index block = 0; block < o.blocks; ++block) {
      blocks_.emplace_back(
          *this, fmt::format("stage{}.block{}", stage + 1, block + 1),
          ResidualBlockOptions{.in = in, .out = o.widths[stage], .stride = stage > 0 && block == 0 ? 2 : 1});
      in = o.widths[stage];
    }
}

Var ResNetTrunk::features(Operand images) const {
  Var x = relu(stem_norm_(stem_(images)));
  for (const ResidualBlock& block : blocks_) x = block(x);
  return global_mean_pool(x);
}

ResNet::ResNet(Module& parent, std::string_view name, const ResNetOptions& o)
    : ResNetTrunk(parent, name, o), scores_(*this, "scores", {.in = width(), .out = o.images.classes}) {}

Var ResNet::operator()(Operand images) const { return scores_(features(images)); }

ResNetOptions resnet20(const ImageNetOptions& images) { return {.images = images}; }
ResNetOptions resnet18(const ImageNetOptions& images) {
  return {.images = images, .widths = {64, 128, 256, 512}, .blocks = 2};
}

}  // namespace fathom
