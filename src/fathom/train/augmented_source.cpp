#include "fathom/train/augmented_source.hpp"

#include <algorithm>
#include <vector>

namespace fathom {

namespace {

void check(const Augmentation& how, const Pipeline& pipeline) {
  if (pipeline.pixels() == 0)
    throw Error(Code::config, "augment.* changes images, and this data has none", {}, "leave [augment] out");
  const Index least = std::min(pipeline.image_rows, pipeline.image_columns);
  const auto refuse = [&](const char* key, Index value) {
    throw Error(Code::config,
                message("{} is {}, but the images have {} x {} pixels", key, value, pipeline.image_rows,
                        pipeline.image_columns),
                {}, "choose fewer pixels than a side has");
  };
  if (how.shift >= least) refuse("augment.shift", how.shift);
  if (how.cutout >= least) refuse("augment.cutout", how.cutout);
  if (how.mixup == 0) return;
  if (pipeline.target.task == Task::regression)
    throw Error(Code::config, "augment.mixup mixes classes, but the target is a number", {}, "leave it out");
  if (pipeline.dense_width() > 0 || !pipeline.categories.empty() || !pipeline.texts.empty())
    throw Error(Code::config, "augment.mixup mixes images, but the rows have other inputs beside them", {},
                "leave it out, or set type = \"ignored\" for the other columns");
}

}  // namespace

AugmentedSource::AugmentedSource(const DatasetSource& source, const Augmentation& how, std::uint64_t seed)
    : source_(source), how_(how), seed_(seed), normaliser_(source.pipeline()) {
  check(how, source.pipeline());
}

std::map<std::string, Type> AugmentedSource::inputs(Index batch) const {
  auto types = source_.inputs(batch);
  if (how_.mixup > 0) {
    types[inputs::mixed_target] = types.at(inputs::target);
    types[inputs::own_share] = {Dtype::f32, {batch}};
  }
  return types;
}

void AugmentedSource::fill_step(std::span<const Index> rows, Index step, BatchTensors& batch) const {
  const Pipeline& pipeline = source_.pipeline();
  source_.fill(Part::train, rows, batch, [&](std::size_t i, const std::uint8_t* from, float* to) {
    const auto draw = static_cast<std::uint64_t>(step) * (std::uint64_t{1} << 24) + static_cast<std::uint64_t>(i);
    augment_image(from, pipeline, normaliser_, how_, seed_, draw, to);
  });
  const std::size_t count = rows.size();
  if (how_.mixup == 0 || count < 2) return;
  const auto pixels = static_cast<std::size_t>(pipeline.pixels());
  Tensor& image = batch.at(inputs::image);
  const auto all = static_cast<std::size_t>(image.shape()[0]);
  float* images = image.as<float>();
  // Each with the one that lies as far from the other end of the batch, which is shuffled anyway.
  const double share = mix_share(how_.mixup, seed_, static_cast<std::uint64_t>(step));
  const auto own = static_cast<float>(share), other = static_cast<float>(1 - share);
  for (std::size_t i = 0; i < count / 2; ++i) {
    float *a = images + i * pixels, *b = images + (count - 1 - i) * pixels;
    for (std::size_t p = 0; p < pixels; ++p) {
      const float x = a[p], y = b[p];
      a[p] = own * x + other * y;
      b[p] = own * y + other * x;
    }
  }
  const Tensor& target = batch.at(inputs::target);
  Tensor& mixed = batch.at(inputs::mixed_target);
  const std::size_t width = target.bytes() / all;
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(static_cast<std::byte*>(mixed.view().data) + i * width,
                static_cast<const std::byte*>(target.view().data) + (count - 1 - i) * width, width);
  std::fill_n(batch.at(inputs::own_share).as<float>(), count, own);
  // What goes on after the rows repeats them.
  for (std::size_t i = count; i < all; ++i) std::copy_n(images + (i - count) * pixels, pixels, images + i * pixels);
}

}  // namespace fathom
