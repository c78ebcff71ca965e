// What the markers before a JPEG's pixels say of how they are meant.
#pragma once

#include <string_view>

namespace fathom {

struct JpegMarkers {
  int orientation = 1;  // 1 to 8: EXIF tag 0x0112 of the first directory (JEITA CP-3451, section 4.6.4)
  bool adobe = false;   // an APP14 segment of Adobe's, whose CMYK is stored the other way round
};

// Anything may be in the bytes: what cannot be read says nothing.
JpegMarkers jpeg_markers(std::string_view bytes);

}  // namespace fathom
