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

void refuse_png(const std::string& path) { fail(Code::data, "{} is a damaged or truncated PNG", path); }

ImageForm read_header(PngFile& file, std::string_view bytes, const std::string& path) {
  if (png_image_begin_read_from_memory(&file.image, bytes.data(), bytes.size()) == 0) refuse_png(path);
  const bool is_grey = (file.image.format & PNG_FORMAT_FLAG_COLOR) == 0;
  const ImageForm form{static_cast<Index>(file.image.height), static_cast<Index>(file.image.width), is_grey ? 1 : 3};
  check_image_size(form.rows, form.columns, path);
  return form;
}

}  // namespace

ImageForm png_form(std::string_view bytes, const std::string& path) {
  PngFile file;
  return read_header(file, bytes, path);
}

Image decode_png(std::string_view bytes, const std::string& path) {
  PngFile file;
  const ImageForm form = read_header(file, bytes, path);
  Image result{form.rows, form.columns, form.channels, {}};
  // Without this, 16-bit values without a gamma of their own would be taken for linear light.
  file.image.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  file.image.format = form.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  result.pixels.resize(static_cast<std::size_t>(form.count()));
  const png_color white{255, 255, 255};
  if (png_image_finish_read(&file.image, &white, result.pixels.data(), 0, nullptr) == 0) refuse_png(path);
  return result;
}

}  // namespace fathom
