#include "fathom/chart/text.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <cmath>
#include <cstdint>

namespace fathom::chart {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

// Hundredths of an em from the space on.
constexpr std::uint8_t ascii_width[95] = {32, 40, 46, 84, 64, 95, 78, 28, 39, 39, 50, 84, 32, 36,  32, 34, 64, 64, 64,
                                          64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63,
                                          58, 77, 75, 30, 30, 66, 56, 86, 75, 79, 60, 79, 69, 63,  61, 73, 68, 99, 69,
                                          61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35,  63, 63, 28, 28, 58,
                                          28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59,  52, 64, 34, 64, 84};

// Calls `on` with each character and its bytes; a byte that begins none is the character -1.
template <class On>
void for_each_character(std::string_view text, On&& on) {
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t c = -1;
    const auto step = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    const std::size_t bytes = step > 0 ? static_cast<std::size_t>(step) : 1;
    on(step > 0 ? c : -1, text.substr(at, bytes));
    at += bytes;
  }
}

double width_of(std::int32_t c) {
  if (c >= 0x20 && c < 0x7F) return ascii_width[c - 0x20] / 100.0;
  if (c < 0) return 1;
  const int columns = utf8proc_charwidth(c);
  return columns == 0 ? 0 : columns == 1 ? 0.7 : 1;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for_each_character(text, [&](std::int32_t c, std::string_view bytes) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      case '\'':
        result += "&#39;";
        break;
      default:
        const bool allowed = c == '\t' || c == '\n' || (c >= 0x20 && c != 0x7F && c != 0xFFFE && c != 0xFFFF);
        result += allowed ? bytes : replacement;
    }
  });
  return result;
}

double text_width(std::string_view text, double size) {
  double width = 0;
  for_each_character(text, [&](std::int32_t c, std::string_view) { width += width_of(c); });
  return width * size;
}

std::string shortened(std::string_view text, double size, double width) {
  if (text_width(text, size) <= width) return std::string(text);
  std::string result;
  double used = size;  // of the ellipsis
  bool full = false;
  for_each_character(text, [&](std::int32_t c, std::string_view bytes) {
    used += width_of(c) * size;
    full = full || used > width;
    if (!full) result += bytes;
  });
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result + "…";
}

std::string pixels(double value) {
  const double tenths = std::round(value * 10);
  const auto whole = static_cast<long>(tenths);
  if (whole % 10 == 0) return fmt::format("{}", whole / 10);
  return fmt::format("{}{}.{}", whole < 0 ? "-" : "", std::labs(whole) / 10, std::labs(whole) % 10);
}

}  // namespace fathom::chart
