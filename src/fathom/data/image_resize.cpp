#include <algorithm>
#include <cmath>

#include "fathom/data/image.hpp"

namespace fathom {

namespace {

// The values under one value of the result, along one side.
struct Window {
  Index first = 0;
  std::vector<float> weights;  // sum 1
};

std::vector<Window> windows(Index from, Index to) {
  std::vector<Window> result;
  const double scale = static_cast<double>(from) / static_cast<double>(to), reach = std::max(1.0, scale);
  for (Index i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const Index first = std::max<Index>(0, static_cast<Index>(std::floor(center - reach))),
                last = std::min<Index>(from, static_cast<Index>(std::ceil(center + reach)));
    Window window{first, {}};
    double sum = 0;
    std::vector<double> weights;
    for (Index k = first; k < last; ++k) {
      weights.push_back(std::max(0.0, 1 - std::abs(static_cast<double>(k) + 0.5 - center) / reach));
      sum += weights.back();
    }
    for (const double weight : weights) window.weights.push_back(static_cast<float>(weight / sum));
    result.push_back(std::move(window));
  }
  return result;
}

}  // namespace

Image resized(const Image& image, Index rows, Index columns) {
  if (image.rows == rows && image.columns == columns) return image;
  const std::vector<Window> across = windows(image.columns, columns), down = windows(image.rows, rows);
  const auto channels = static_cast<std::size_t>(image.channels), width = static_cast<std::size_t>(columns) * channels;
  std::vector<float> narrow(static_cast<std::size_t>(image.rows) * width, 0.0f);  // [image.rows, columns, channels]
  for (std::size_t row = 0; row < static_cast<std::size_t>(image.rows); ++row) {
    const std::uint8_t* from = image.pixels.data() + row * static_cast<std::size_t>(image.columns) * channels;
    float* to = narrow.data() + row * width;
    for (std::size_t column = 0; column < static_cast<std::size_t>(columns); ++column)
      for (std::size_t k = 0; k < across[column].weights.size(); ++k)
        for (std::size_t c = 0; c < channels; ++c)
          to[column * channels + c] +=
              across[column].weights[k] *
              static_cast<float>(from[(static_cast<std::size_t>(across[column].first) + k) * channels + c]);
  }
  Image result{rows, columns, image.channels, std::vector<std::uint8_t>(static_cast<std::size_t>(rows) * width)};
  std::vector<float> sums(width);
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
    std::fill(sums.begin(), sums.end(), 0.0f);
    for (std::size_t k = 0; k < down[row].weights.size(); ++k) {
      const float* from = narrow.data() + (static_cast<std::size_t>(down[row].first) + k) * width;
      for (std::size_t i = 0; i < width; ++i) sums[i] += down[row].weights[k] * from[i];
    }
    for (std::size_t i = 0; i < width; ++i)
      result.pixels[row * width + i] = static_cast<std::uint8_t>(std::clamp(sums[i] + 0.5f, 0.0f, 255.0f));
  }
  return result;
}

}  // namespace fathom
