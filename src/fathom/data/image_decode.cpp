#include "fathom/base/error.hpp"
#include "fathom/data/image.hpp"

namespace fathom {

namespace {

enum class Format { png, jpeg };

Format format_of(std::string_view bytes, const std::string& path) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return Format::png;
  if (bytes.starts_with("\xFF\xD8\xFF")) return Format::jpeg;
  if (bytes.empty()) fail(Code::data, "{} is empty, so it is no image", path);
  const std::string_view other = bytes.starts_with("GIF8") ? "a GIF"
                                 : bytes.starts_with("BM") ? "a BMP"
                                 : bytes.starts_with("RIFF") && bytes.substr(4).substr(0, 8).ends_with("WEBP")
                                     ? "a WebP"
                                 : bytes.starts_with("II*") || bytes.starts_with("MM") ? "a TIFF"
                                                                                       : "";
  throw Error(Code::data, message("{} is neither a PNG nor a JPEG, whatever its name says", path), {},
              other.empty() ? Message("remove it, or put the image there")
                            : message("it looks like {}: convert it to PNG or JPEG", Message(other)));
}

}  // namespace

void check_image_size(Index rows, Index columns, const std::string& path) {
  if (rows < 1 || columns < 1)
    fail(Code::data, "{} says that it has {} x {} pixels: it is damaged", path, rows, columns);
  if (rows > longest_image_side || columns > longest_image_side || rows * columns > most_image_pixels)
    throw Error(Code::data,
                message("{} says that it has {} x {} pixels; an image may have {} a side and {} in all", path, rows,
                        columns, longest_image_side, most_image_pixels),
                {}, "make it smaller, or remove it if it should not be so large");
}

Image decode_image(std::string_view bytes, const std::string& path) {
  return format_of(bytes, path) == Format::png ? decode_png(bytes, path) : decode_jpeg(bytes, path);
}

ImageForm image_form(std::string_view bytes, const std::string& path) {
  return format_of(bytes, path) == Format::png ? png_form(bytes, path) : jpeg_form(bytes, path);
}

Image with_channels(Image image, Index channels) {
  if (image.channels == channels) return image;
  Image result{image.rows, image.columns, channels, {}};
  const std::size_t count = static_cast<std::size_t>(image.rows * image.columns);
  result.pixels.resize(count * static_cast<std::size_t>(channels));
  for (std::size_t p = 0; p < count; ++p) {
    if (channels == 3) {
      for (std::size_t c = 0; c < 3; ++c) result.pixels[3 * p + c] = image.pixels[p];
      continue;
    }
    const unsigned red = image.pixels[3 * p], green = image.pixels[3 * p + 1], blue = image.pixels[3 * p + 2];
    result.pixels[p] = static_cast<std::uint8_t>((299 * red + 587 * green + 114 * blue + 500) / 1000);
  }
  return result;
}

}  // namespace fathom
