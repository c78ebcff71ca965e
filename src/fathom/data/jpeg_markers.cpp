#include "fathom/data/jpeg_markers.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace fathom {

namespace {

// A TIFF header with its directories, whose numbers are in either order of bytes.
class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), little_(bytes.starts_with("II")) {}

  std::optional<std::uint32_t> number(std::size_t at, std::size_t width) const {
    if (at > bytes_.size() || bytes_.size() - at < width) return {};
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      const auto byte = static_cast<unsigned char>(bytes_[at + (little_ ? width - 1 - i : i)]);
      value = value << 8 | byte;
    }
    return value;
  }

  std::optional<int> orientation() const {
    if (!bytes_.starts_with("II") && !bytes_.starts_with("MM")) return {};
    const auto directory = number(4, 4);
    const auto entries = directory ? number(*directory, 2) : std::nullopt;
    if (!entries) return {};
    constexpr std::uint32_t orientation_tag = 0x0112, short_type = 3;
    for (std::uint32_t i = 0; i < *entries; ++i) {
      const std::size_t at = std::size_t{*directory} + 2 + std::size_t{i} * 12;
      const auto tag = number(at, 2), type = number(at + 2, 2), value = number(at + 8, 2);
      if (!tag || !type || !value) return {};
      if (*tag == orientation_tag && *type == short_type && *value >= 1 && *value <= 8) return static_cast<int>(*value);
    }
    return {};
  }

 private:
  std::string_view bytes_;
  bool little_;
};

}  // namespace

JpegMarkers jpeg_markers(std::string_view bytes) {
  JpegMarkers found;
  constexpr unsigned char app1 = 0xE1, app14 = 0xEE, start_of_scan = 0xDA;
  constexpr std::string_view exif("Exif\0\0", 6), adobe("Adobe");
  std::size_t at = 2;
  while (at + 4 <= bytes.size()) {
    const auto marker = static_cast<unsigned char>(bytes[at + 1]);
    if (bytes[at] != '\xFF' || marker == 0xFF) {  // a byte that is in the way, or to fill up: decoders pass over both
      ++at;
      continue;
    }
    if (marker == start_of_scan) break;
    const std::size_t length =
        std::size_t{static_cast<unsigned char>(bytes[at + 2])} << 8 | static_cast<unsigned char>(bytes[at + 3]);
    if (length < 2) break;
    const std::string_view segment = bytes.substr(at + 4, length - 2);
    if (marker == app1 && segment.starts_with(exif)) {
      if (const auto orientation = Tiff(segment.substr(exif.size())).orientation()) found.orientation = *orientation;
    } else if (marker == app14 && segment.starts_with(adobe)) {
      found.adobe = true;
    }
    at += 2 + length;
  }
  return found;
}

}  // namespace fathom
