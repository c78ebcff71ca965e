// Text in pictures and pages: what must be escaped, how wide it is, and what of it fits.
#pragma once

#include <string>
#include <string_view>

namespace fathom::chart {

// The text as XML and HTML take it, in elements and in attributes. What XML cannot hold (control characters, bytes that
// are not UTF-8) becomes U+FFFD.
std::string escaped(std::string_view text);

// Width in pixels at a font size, by DejaVu Sans: no common interface font is wider. Wide characters take a whole em.
double text_width(std::string_view text, double size);

// The text, or its beginning with an ellipsis, in at most `width` pixels.
std::string shortened(std::string_view text, double size, double width);

// A coordinate in tenths of a pixel, as short as it can be written: 12, 12.5, -0.3.
std::string pixels(double value);

}  // namespace fathom::chart
