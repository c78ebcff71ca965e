// Image: the pixels of one picture, 8 bits a value, the channels of a pixel beside each other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom {

struct Image {
  Index rows = 0, columns = 0, channels = 0;  // 1: grey; 3: red, green, blue
  std::vector<std::uint8_t> pixels;           // [rows, columns, channels]
};

// The size of a picture; or one that is wanted, of which 0 leaves open what pictures have.
struct ImageForm {
  Index rows = 0, columns = 0, channels = 0;

  // Values of one picture.
  Index count() const { return rows * columns * channels; }
  bool operator==(const ImageForm&) const = default;
};

// What a file may ask for before its pixels are made: a small file can say that it holds a huge picture.
inline constexpr Index longest_image_side = 16384;
inline constexpr Index most_image_pixels = Index{1} << 26;
inline constexpr std::size_t most_image_bytes = std::size_t{1} << 28;  // of the file itself

// A PNG or a JPEG, by its content and not by its name; `path` names it in errors. Grey files give 1 channel, others 3.
// 16 bits become 8; palettes become colours; what is transparent lies on white; CMYK becomes RGB; the EXIF orientation
// of a JPEG is applied. Throws Error(data) for another format, a damaged or truncated file, and one beyond the limits.
Image decode_image(std::string_view bytes, const std::string& path);
// The size that the picture will have, from the bytes before its pixels; what comes behind them is not looked at.
ImageForm image_form(std::string_view bytes, const std::string& path);
// The two formats alone.
Image decode_png(std::string_view bytes, const std::string& path);
Image decode_jpeg(std::string_view bytes, const std::string& path);
ImageForm png_form(std::string_view bytes, const std::string& path);
ImageForm jpeg_form(std::string_view bytes, const std::string& path);

// Throws Error(data) when a file of so many pixels is beyond the limits.
void check_image_size(Index rows, Index columns, const std::string& path);

// The same picture in 1 channel (luma of ITU-R BT.601, 0.299 R + 0.587 G + 0.114 B, as JPEG has it) or in 3.
Image with_channels(Image image, Index channels);

// Of another size: each value of the result is a mean of the values under it, weighted by a triangle as wide as one
// pixel of the result (two, at its foot), so that a smaller picture has no false patterns. Where the picture grows,
// that is bilinear interpolation. Needs: rows, columns >= 1.
Image resized(const Image& image, Index rows, Index columns);

}  // namespace fathom
