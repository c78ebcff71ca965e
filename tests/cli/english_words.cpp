#include "english_words.hpp"

#include <unistd.h>

#include <algorithm>
#include <regex>
#include <set>

namespace fathom {

bool has_chinese(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0xE4 && byte <= 0xE9;
  });
}

std::string english_words(std::string text) {
  const auto replace = [&](const std::string& part, const char* by) {
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at))
      text.replace(at, part.size(), by);
  };
  replace("“", "\"");
  replace("”", "\"");
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) == 0 && host[0] != '\0')
    text = std::regex_replace(text, std::regex(std::string("\\b") + host + "\\b"), " ");
  for (const char* part : {
           R"([A-Za-z_]+ = (?=\[?"))",                          // a key before its value
           R"("[^"\n]*")",                                      // quoted
           R"((^|\n) *(-->|[0-9]+ \|)[^\n]*)",                  // a place, and the line that is there
           R"(fathom [ -~]*)",                                  // a command line
           R"([A-Za-z0-9]+(-[A-Za-z0-9]+)+)",                   // a file
           R"([A-Za-z]+((、| 或 )[A-Za-z]+)+)",                 // what may be chosen
           R"(--?[A-Za-z][A-Za-z-]*)",                          // a flag
           R"([A-Za-z0-9_.-]+(, [A-Za-z0-9_.-]+)+)",            // a list of names
           R"([A-Za-z0-9_+*-]*[./_=\[\]|][A-Za-z0-9_./=*|-]*)"  // a path, a key, key = value
       })
    text = std::regex_replace(text, std::regex(part), " ");
  static const std::set<std::string> names{
      "CSV",     "cnn",   "lenet",       "TSV",   "UTF",   "NaN",  "TOML", "idx",     "gzip", "JSON", "NUL",  "Adam",
      "Adagrad", "MAE",   "MSE",         "Huber", "RMSE",  "AUC",  "KEY",  "VALUE",   "RUN",  "DATA", "FILE", "fathom",
      "libsvm",  "Latin", "safetensors", "Linux", "model", "runs", "seed", "trainer", "nan",  "true", "false"};
  std::string left;
  const std::regex word("[A-Za-z]{3,}");
  for (std::sregex_iterator it(text.begin(), text.end(), word), end; it != end; ++it)
    if (!names.contains(it->str())) left += it->str() + " ";
  return left;
}

}  // namespace fathom
