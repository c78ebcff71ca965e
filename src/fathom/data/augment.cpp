#include "fathom/data/augment.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fathom/base/rng.hpp"

namespace fathom {

namespace {

// A number in [-most, most].
double either_way(Random& random, double most) { return (2 * random.uniform() - 1) * most; }

// What one image is made from; drawn in one order, so that a change of one setting leaves the others' numbers.
struct Draw {
  bool flip = false;
  Index down = 0, across = 0;
  double angle = 0, brightness = 0, contrast = 1;
  Index cut_row = 0, cut_column = 0;

  Draw(const Augmentation& how, const Pipeline& pipeline, std::uint64_t seed, std::uint64_t draw) {
    Random random(seed, "augment", draw);
    const auto whole = [&](Index most) {
      return static_cast<Index>(random.below(static_cast<std::uint64_t>(2 * most + 1))) - most;
    };
    flip = random.below(2) == 1 && how.flip;
    down = whole(how.shift);
    across = whole(how.shift);
    angle = either_way(random, how.rotate) * std::numbers::pi / 180;
    brightness = either_way(random, how.brightness) * 255;
    contrast = 1 + either_way(random, how.contrast);
    cut_row = static_cast<Index>(random.below(static_cast<std::uint64_t>(pipeline.image_rows)));
    cut_column = static_cast<Index>(random.below(static_cast<std::uint64_t>(pipeline.image_columns)));
  }
};

struct Moved {
  const std::uint8_t* from;
  Index rows, columns, channels;

  const std::uint8_t* at(Index row, Index column) const {
    return from +
           (std::clamp<Index>(row, 0, rows - 1) * columns + std::clamp<Index>(column, 0, columns - 1)) * channels;
  }

  // Turned about its middle by bilinear interpolation, and moved.
  void turn(const Draw& draw, float* to) const {
    const double sine = std::sin(draw.angle), cosine = std::cos(draw.angle),
                 middle_row = static_cast<double>(rows - 1) / 2, middle_column = static_cast<double>(columns - 1) / 2;
    for (Index row = 0; row < rows; ++row)
      for (Index column = 0; column < columns; ++column) {
        const double y = static_cast<double>(row - draw.down) - middle_row,
                     x = static_cast<double>((draw.flip ? columns - 1 - column : column) - draw.across) - middle_column,
                     in_row = middle_row + cosine * y + sine * x, in_column = middle_column - sine * y + cosine * x,
                     top = std::floor(in_row), left = std::floor(in_column);
        const auto below = static_cast<float>(in_row - top), right = static_cast<float>(in_column - left);
        const auto r = static_cast<Index>(top), c = static_cast<Index>(left);
        const std::uint8_t *a = at(r, c), *b = at(r, c + 1), *d = at(r + 1, c), *e = at(r + 1, c + 1);
        for (Index k = 0; k < channels; ++k) {
          const float upper = static_cast<float>(a[k]) + right * static_cast<float>(b[k] - a[k]),
                      lower = static_cast<float>(d[k]) + right * static_cast<float>(e[k] - d[k]);
          *to++ = upper + below * (lower - upper);
        }
      }
  }

  // Moved by whole pixels.
  void move(const Draw& draw, float* to) const {
    for (Index row = 0; row < rows; ++row)
      for (Index column = 0; column < columns; ++column) {
        const std::uint8_t* pixel = at(row - draw.down, (draw.flip ? columns - 1 - column : column) - draw.across);
        for (Index k = 0; k < channels; ++k) *to++ = static_cast<float>(pixel[k]);
      }
  }
};

// Contrast about the mean of all values, then brightness, within what a file can hold.
void recolour(const Draw& draw, std::span<float> values) {
  float sum = 0;
  for (const float value : values) sum += value;
  const float mean = sum / static_cast<float>(values.size()), factor = static_cast<float>(draw.contrast),
              shift = mean + static_cast<float>(draw.brightness);
  for (float& value : values) value = std::clamp((value - mean) * factor + shift, 0.0f, 255.0f);
}

}  // namespace

void augment_image(const std::uint8_t* from, const Pipeline& pipeline, const Normaliser& normaliser,
                   const Augmentation& how, std::uint64_t seed, std::uint64_t draw_number, float* to) {
  const Index rows = pipeline.image_rows, columns = pipeline.image_columns, channels = pipeline.image_channels;
  const Draw draw(how, pipeline, seed, draw_number);
  const Moved image{from, rows, columns, channels};
  if (how.rotate > 0)
    image.turn(draw, to);
  else
    image.move(draw, to);
  if (how.brightness > 0 || how.contrast > 0) recolour(draw, {to, static_cast<std::size_t>(pipeline.pixels())});
  normaliser.apply(static_cast<const float*>(to), pipeline.pixels(), to);
  if (how.cutout == 0) return;
  // About a centre anywhere in the image, so that less is cut at its border (DeVries and Taylor 2017).
  const Index top = draw.cut_row - how.cutout / 2, left = draw.cut_column - how.cutout / 2,
              first = std::max<Index>(0, left), last = std::min(columns, left + how.cutout);
  for (Index row = std::max<Index>(0, top); row < std::min(rows, top + how.cutout); ++row)
    std::fill(to + (row * columns + first) * channels, to + (row * columns + last) * channels, 0.0f);
}

// A beta distribution of two equal parameters up to 1 by Johnk 1964: x / (x + y) where x = u^(1/a), y = v^(1/a) and
// x + y <= 1.
double mix_share(double mixup, std::uint64_t seed, std::uint64_t step) {
  Random random(seed, "mixup", step);
  while (true) {
    const double x = std::pow(random.uniform(), 1 / mixup), y = std::pow(random.uniform(), 1 / mixup);
    if (x + y > 1) continue;
    // Both are too small for a number where the parameter is: one of the two has it all.
    const double share = x + y > 0 ? x / (x + y) : 1;
    return std::max(share, 1 - share);
  }
}

}  // namespace fathom
