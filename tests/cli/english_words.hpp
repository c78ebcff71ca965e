// What is left of English in a text that should be Chinese.
#pragma once

#include <string>

namespace fathom {

bool has_chinese(const std::string& text);

// The words of three letters and more, each followed by a space. Names, values, keys, files and command lines are the
// same in every language.
std::string english_words(std::string text);

}  // namespace fathom
