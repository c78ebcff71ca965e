// PNG and JPEG files in memory, made for tests.
#pragma once

#include <png.h>
#include <turbojpeg.h>

#include <cstdint>
#include <string>
#include <vector>

namespace fathom {

// `format`: PNG_FORMAT_GRAY and the like, for a PNG of that kind; 16-bit formats take 2 bytes a value.
inline std::string png_bytes(unsigned rows, unsigned columns, std::uint32_t format, const void* pixels,
                             const void* palette = nullptr, unsigned colours = 0) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = columns;
  image.height = rows;
  image.format = format;
  image.colormap_entries = colours;
  std::string bytes(std::size_t{rows} * columns * 8 + 4096, '\0');
  png_alloc_size_t size = bytes.size();
  png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels, 0, palette);
  bytes.resize(size);
  return bytes;
}

// `format`: TJPF_GRAY, TJPF_RGB or TJPF_CMYK (as Adobe stores it: 255 is no ink).
inline std::string jpeg_bytes(int rows, int columns, int format, const std::uint8_t* pixels, int quality = 95) {
  const tjhandle encoder = tjInitCompress();
  unsigned char* made = nullptr;
  unsigned long size = 0;
  tjCompress2(encoder, pixels, columns, 0, rows, format, &made, &size, format == TJPF_GRAY ? TJSAMP_GRAY : TJSAMP_444,
              quality, 0);
  std::string bytes(reinterpret_cast<const char*>(made), size);
  tjFree(made);
  tjDestroy(encoder);
  return bytes;
}

// The same file with an EXIF segment that says how it is turned.
inline std::string with_orientation(const std::string& jpeg, char orientation) {
  using namespace std::string_literals;
  std::string exif = "\xFF\xE1\0\0"s + "Exif\0\0"s + "MM\0*\0\0\0\x08"s +  // big-endian, its directory 8 bytes on
                     "\0\x01"s + "\x01\x12\0\x03\0\0\0\x01\0"s;            // of one entry: tag, type, count
  exif += orientation;
  exif += "\0\0\0\0\0\0"s;
  exif[3] = static_cast<char>(exif.size() - 2);
  return jpeg.substr(0, 2) + exif + jpeg.substr(2);
}

// A picture of one colour.
inline std::string plain_png(unsigned rows, unsigned columns, std::vector<std::uint8_t> colour) {
  std::vector<std::uint8_t> pixels;
  for (unsigned p = 0; p < rows * columns; ++p) pixels.insert(pixels.end(), colour.begin(), colour.end());
  return png_bytes(rows, columns, colour.size() == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB, pixels.data());
}

}  // namespace fathom
