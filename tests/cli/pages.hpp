// Pages that the program draws, as a browser without a network has them.
#pragma once

#include <string>

#include "support/xml.hpp"

namespace fathom {

// The page, after what holds of every one: it is well-formed, and nothing in it is loaded from elsewhere or runs.
XmlElement checked_page(const std::string& html);

// What a reader sees of it: no styles.
std::string visible_text(const XmlElement& element);

}  // namespace fathom
