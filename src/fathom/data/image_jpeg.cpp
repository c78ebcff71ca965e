#include <turbojpeg.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "fathom/base/error.hpp"
#include "fathom/data/image.hpp"
#include "fathom/data/jpeg_markers.hpp"

namespace fathom {

namespace {

struct CloseDecoder {
  void operator()(void* decoder) const { tjDestroy(decoder); }
};
using Decoder = std::unique_ptr<void, CloseDecoder>;

bool swaps_sides(int orientation) { return orientation >= 5; }

// The picture turned as orientation 1 to 8 of EXIF (JEITA CP-3451, tag 0x0112) says.
Image turned(Image image, int orientation) {
  if (orientation <= 1) return image;
  const bool swaps = swaps_sides(orientation);
  Image result{swaps ? image.columns : image.rows, swaps ? image.rows : image.columns, image.channels, {}};
  result.pixels.resize(image.pixels.size());
  for (Index row = 0; row < result.rows; ++row)
    for (Index column = 0; column < result.columns; ++column) {
      Index from_row = swaps ? column : row, from_column = swaps ? row : column;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        from_row = image.rows - 1 - from_row;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        from_column = image.columns - 1 - from_column;
      std::copy_n(image.pixels.begin() + (from_row * image.columns + from_column) * image.channels, image.channels,
                  result.pixels.begin() + (row * result.columns + column) * image.channels);
    }
  return result;
}

// Inks to light. Adobe's programs store how much paper is left free, others how much ink there is.
Image from_cmyk(const Image& inks, bool free_paper) {
  Image result{inks.rows, inks.columns, 3, {}};
  const std::size_t count = static_cast<std::size_t>(inks.rows * inks.columns);
  result.pixels.resize(count * 3);
  for (std::size_t p = 0; p < count; ++p) {
    const auto free = [&](std::size_t c) {
      const unsigned value = inks.pixels[4 * p + c];
      return free_paper ? value : 255 - value;
    };
    for (std::size_t c = 0; c < 3; ++c)
      result.pixels[3 * p + c] = static_cast<std::uint8_t>((free(c) * free(3) + 127) / 255);
  }
  return result;
}

void refuse_jpeg(const std::string& path) { fail(Code::data, "{} is a damaged or truncated JPEG", path); }

// A file and its decoder, behind the header.
struct JpegFile {
  JpegFile(std::string_view bytes, const std::string& path)
      : decoder(tjInitDecompress()),
        data(reinterpret_cast<const unsigned char*>(bytes.data())),
        size(static_cast<unsigned long>(bytes.size())),
        markers(jpeg_markers(bytes)) {
    if (!decoder) throw Error(Code::resource, "no memory is left to decode images");
    int sampling = 0, colours = 0;
    // What it gives back is not asked for: a rare way of sampling is an error of this call, but not of the next.
    tjDecompressHeader3(decoder.get(), data, size, &columns, &rows, &sampling, &colours);
    if (columns < 1 || rows < 1) refuse_jpeg(path);
    check_image_size(rows, columns, path);
    is_cmyk = colours == TJCS_CMYK || colours == TJCS_YCCK;
    is_grey = colours == TJCS_GRAY;
  }

  Decoder decoder;
  const unsigned char* data;
  unsigned long size;
  JpegMarkers markers;
  int rows = 0, columns = 0;  // as they are stored
  bool is_cmyk = false, is_grey = false;
};

}  // namespace

ImageForm jpeg_form(std::string_view bytes, const std::string& path) {
  const JpegFile file(bytes, path);
  const bool swaps = swaps_sides(file.markers.orientation);
  return {swaps ? file.columns : file.rows, swaps ? file.rows : file.columns, file.is_grey ? 1 : 3};
}

Image decode_jpeg(std::string_view bytes, const std::string& path) {
  const JpegFile file(bytes, path);
  const auto& [decoder, data, size, markers, rows, columns, is_cmyk, is_grey] = file;
  Image image{rows, columns, is_grey ? 1 : is_cmyk ? 4 : 3, {}};
  image.pixels.resize(static_cast<std::size_t>(image.rows * image.columns * image.channels));
  const int format = is_grey ? TJPF_GRAY : is_cmyk ? TJPF_CMYK : TJPF_RGB;
  // Progressive files of thousands of scans would take minutes.
  if (tjDecompress2(decoder.get(), data, size, image.pixels.data(), columns, 0, rows, format,
                    TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) != 0) {
    // Of what is not fatal, much does no harm (bytes too many between markers); what ends early or is corrupt has lost
    // a part of its picture.
    std::string words = tjGetErrorStr2(decoder.get());
    std::transform(words.begin(), words.end(), words.begin(), [](unsigned char c) { return std::tolower(c); });
    const auto says = [&](std::string_view word) { return words.find(word) != std::string::npos; };
    if (tjGetErrorCode(decoder.get()) == TJERR_FATAL || says("premature") || (says("corrupt") && !says("extraneous")))
      refuse_jpeg(path);
  }
  return turned(is_cmyk ? from_cmyk(image, markers.adobe) : std::move(image), markers.orientation);
}

}  // namespace fathom
