// Text as a bag of hashed n-grams: works for any script, needs no word list.
#pragma once

#include <string_view>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom {

// After NFKC and case folding: for each word of letters and digits the word itself and its n-grams of 3 to 5 characters
// (with marks at its ends); for each run of Chinese, Japanese or Korean characters its n-grams of 1 to 3. Each is a
// hash into [0, buckets). In the order of the text; at most `limit` of them.
std::vector<std::int32_t> hashed_ngrams(std::string_view text, Index buckets, std::size_t limit);

}  // namespace fathom
