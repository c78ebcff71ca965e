#include <png.h>

#include "fathom/base/error.hpp"
#include "fathom/data/image.hpp"

namespace fathom {

namespace {

// libpng's description of one file; what it holds is freed in any case.
struct PngFile {
  png_image image{};
  PngFile() { image.version = PNG_IMAGE_VERSION; }
  ~PngFile() { png_image_free(&image); }
  PngFile(const PngFile&) = delete;
  PngFile& operator=(const PngFile&) = delete;
};

}  // namespace

Image decode_png(std::string_view bytes, const std::string& path) {
  PngFile file;
  const auto refuse = [&] { fail(Code::data, "{} is a damaged or truncated PNG", path); };
  if (png_image_begin_read_from_memory(&file.image, bytes.data(), bytes.size()) == 0) refuse();
  Image result{static_cast<Index>(file.image.height), static_cast<Index>(file.image.width), 0, {}};
  check_image_size(result.rows, result.columns, path);
  // Without this, 16-bit values without a gamma of their own would be taken for linear light.
  file.image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  const bool is_grey = (file.image.format & PNG_FORMAT_FLAG_COLOR) == 0;
  file.image.format = is_grey ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  result.channels = is_grey ? 1 : 3;
  result.pixels.resize(static_cast<std::size_t>(result.rows * result.columns * result.channels));
  const png_color white{255, 255, 255};
  if (png_image_finish_read(&file.image, &white, result.pixels.data(), 0, nullptr) == 0) refuse();
  return result;
}

}  // namespace fathom
