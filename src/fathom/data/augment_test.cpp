#include "fathom/data/augment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace fathom {
namespace {

// Images of 6 x 8 pixels whose values stay as they are: 0 to 255.
Pipeline plain(Index channels) {
  Pipeline pipeline;
  pipeline.image_rows = 6;
  pipeline.image_columns = 8;
  pipeline.image_channels = channels;
  pipeline.image_center.assign(static_cast<std::size_t>(channels), 0);
  pipeline.image_scale.assign(static_cast<std::size_t>(channels), 1.0 / 255);
  return pipeline;
}

std::vector<std::uint8_t> counted(const Pipeline& pipeline) {
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(pipeline.pixels()));
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{1});
  return pixels;
}

std::vector<float> augmented(const Augmentation& how, std::uint64_t draw, Index channels = 1) {
  const Pipeline pipeline = plain(channels);
  const auto from = counted(pipeline);
  std::vector<float> to(from.size());
  augment_image(from.data(), pipeline, Normaliser(pipeline), how, 7, draw, to.data());
  return to;
}

TEST(Augment, NothingIsTheImage) {
  const auto from = counted(plain(3));
  const auto to = augmented({}, 5, 3);
  for (std::size_t i = 0; i < from.size(); ++i) EXPECT_NEAR(to[i], from[i], 1e-4);
}

TEST(Augment, FlipsHalfLeftForRight) {
  int flipped = 0;
  for (std::uint64_t draw = 0; draw < 400; ++draw) {
    const auto to = augmented({.flip = true}, draw, 3);
    const bool is_flipped = std::abs(to[0] - 22) < 1e-3f;  // the last pixel of the first row, its channels in order
    EXPECT_NEAR(to[0], is_flipped ? 22 : 1, 1e-3);
    EXPECT_NEAR(to[1], is_flipped ? 23 : 2, 1e-3);
    flipped += is_flipped ? 1 : 0;
  }
  EXPECT_GT(flipped, 160);
  EXPECT_LT(flipped, 240);
}

// A shift by (down, across) is found in its middle pixel; the border repeats itself.
TEST(Augment, ShiftsByEveryStepUpToTheMost) {
  std::set<std::pair<Index, Index>> seen;
  for (std::uint64_t draw = 0; draw < 600; ++draw) {
    const auto to = augmented({.shift = 2}, draw);
    const Index middle = std::lround(to[3 * 8 + 4]) - 1, down = 3 - middle / 8, across = 4 - middle % 8;
    EXPECT_LE(std::max(std::abs(down), std::abs(across)), 2);
    seen.emplace(down, across);
    for (Index row = 0; row < 6; ++row)
      for (Index column = 0; column < 8; ++column)
        EXPECT_NEAR(
            to[static_cast<std::size_t>(row * 8 + column)],
            static_cast<double>(std::clamp<Index>(row - down, 0, 5) * 8 + std::clamp<Index>(column - across, 0, 7) + 1),
            1e-3);
  }
  EXPECT_EQ(seen.size(), 25u);
}

TEST(Augment, TurnsAboutTheMiddle) {
  // On a plane of brightness, bilinear interpolation is exact: brightness is 1 + 8 row + column everywhere.
  int turned = 0;
  for (std::uint64_t draw = 0; draw < 50; ++draw) {
    const auto to = augmented({.rotate = 10}, draw);
    const auto at = [&](Index row, Index column) {
      return static_cast<double>(to[static_cast<std::size_t>(row * 8 + column)]);
    };
    EXPECT_NEAR((at(2, 3) + at(2, 4) + at(3, 3) + at(3, 4)) / 4, 24.5, 1e-2);
    const double along = at(2, 4) - at(2, 3),
                 down = at(3, 3) - at(2, 3);  // the gradient (8, 1), turned: as long as it was
    EXPECT_NEAR(std::hypot(along, down), std::hypot(8, 1), 1e-2);
    const double degrees = (std::atan2(along, down) - std::atan2(1, 8)) * 180 / 3.14159265358979;
    EXPECT_LE(std::abs(degrees), 10.01);
    turned += std::abs(degrees) > 1 ? 1 : 0;
  }
  EXPECT_GT(turned, 30);
}

TEST(Augment, ChangesBrightnessAndContrastAboutTheMean) {
  for (std::uint64_t draw = 0; draw < 30; ++draw) {
    const auto brighter = augmented({.brightness = 0.05}, draw);
    const float by = brighter[20] - 21;
    EXPECT_LE(std::abs(by), 0.05 * 255 + 1e-3);
    for (std::size_t i = 15; i < 48; ++i) EXPECT_NEAR(brighter[i] - static_cast<float>(i + 1), by, 1e-2);
    const auto stronger = augmented({.contrast = 0.3}, draw);
    const float factor = (stronger[40] - stronger[30]) / 10;
    EXPECT_GT(factor, 0.699f);
    EXPECT_LT(factor, 1.301f);
    for (std::size_t i = 10; i < 48; ++i)
      EXPECT_NEAR(stronger[i], (static_cast<float>(i + 1) - 24.5f) * factor + 24.5f, 1e-2);
  }
}

TEST(Augment, CutsASquareOut) {
  for (std::uint64_t draw = 0; draw < 60; ++draw) {
    const auto to = augmented({.cutout = 3}, draw);
    Index top = 9, bottom = -1, left = 9, right = -1, count = 0;
    for (Index p = 0; p < 48; ++p)
      if (to[static_cast<std::size_t>(p)] == 0) {
        top = std::min(top, p / 8);
        bottom = std::max(bottom, p / 8);
        left = std::min(left, p % 8);
        right = std::max(right, p % 8);
        ++count;
      }
    EXPECT_EQ(count, (bottom - top + 1) * (right - left + 1));
    EXPECT_TRUE(bottom - top == 2 || top == 0 || bottom == 5);
    EXPECT_TRUE(right - left == 2 || left == 0 || right == 7);
    EXPECT_GE(count, 4);
  }
}

TEST(Augment, IsAPureFunctionOfItsDraw) {
  const Augmentation all{.flip = true, .shift = 2, .rotate = 15, .brightness = 0.1, .contrast = 0.1, .cutout = 2};
  EXPECT_EQ(augmented(all, 3, 3), augmented(all, 3, 3));
  EXPECT_NE(augmented(all, 3, 3), augmented(all, 4, 3));
}

// The larger share of beta(a, a) with a = 1 is uniform on [0.5, 1]; with a small, most of it is near 1.
TEST(Augment, MixesByTheBetaDistribution) {
  double sum = 0, small = 0;
  for (std::uint64_t step = 0; step < 4000; ++step) {
    const double share = mix_share(1, 3, step);
    EXPECT_GE(share, 0.5);
    EXPECT_LE(share, 1);
    sum += share;
    small += mix_share(0.1, 3, step) > 0.95 ? 1 : 0;
  }
  EXPECT_NEAR(sum / 4000, 0.75, 0.01);
  // P(x < 0.05 or x > 0.95) of beta(0.1, 0.1) is 0.755 (4 million draws of numpy.random.Generator.beta).
  EXPECT_NEAR(small / 4000, 0.755, 0.03);
  EXPECT_EQ(mix_share(0.2, 3, 9), mix_share(0.2, 3, 9));
}

}  // namespace
}  // namespace fathom
