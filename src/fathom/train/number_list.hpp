// Lists of whole numbers as text in metadata: "512 256".
#pragma once

#include <string>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom {

std::string number_list(const std::vector<Index>& numbers);
// Throws Error(data), naming the key and its file, for anything but numbers from 1 to 2^24 with a space between them.
std::vector<Index> whole_numbers(const std::string& text, const std::string& key, const std::string& source);

}  // namespace fathom
