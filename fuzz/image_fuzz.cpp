// Any bytes are an image within the limits, or an Error(data); markers are read from anything.
#include <cstdint>
#include <cstdlib>

#include "fathom/base/error.hpp"
#include "fathom/data/image.hpp"
#include "fathom/data/jpeg_markers.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const int orientation = fathom::jpeg_markers(text).orientation;
  if (orientation < 1 || orientation > 8) std::abort();
  // Large pictures are within the limits, but a fuzzer has no time for them.
  if (text.starts_with("\x89PNG") && size >= 24 && (bytes[16] | bytes[17] | bytes[20] | bytes[21]) != 0) return 0;
  if (text.starts_with("\xFF\xD8"))
    for (std::size_t i = 2; i + 9 < size; ++i)
      if (bytes[i] == 0xFF && bytes[i + 1] >= 0xC0 && bytes[i + 1] <= 0xCF && (bytes[i + 5] > 1 || bytes[i + 7] > 1))
        return 0;
  try {
    const fathom::Image image = fathom::decode_image(text, "input");
    if (image.channels != 1 && image.channels != 3) std::abort();
    if (static_cast<fathom::Index>(image.pixels.size()) != image.rows * image.columns * image.channels) std::abort();
    if (fathom::image_form(text, "input") != fathom::ImageForm{image.rows, image.columns, image.channels}) std::abort();
    const fathom::Image small = fathom::resized(image, 3, 5);
    if (small.pixels.size() != static_cast<std::size_t>(15 * image.channels)) std::abort();
  } catch (const fathom::Error& error) {
    if (error.code() != fathom::Code::data) std::abort();
  }
  return 0;
}
