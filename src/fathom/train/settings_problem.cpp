#include "fathom/train/settings_problem.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fathom {

std::string line_of(const std::string& text, std::size_t number) {
  std::size_t start = 0;
  for (std::size_t line = 1; line < number; ++line) {
    start = text.find('\n', start);
    if (start == std::string::npos) return {};
    ++start;
  }
  std::string line = text.substr(start, text.find('\n', start) - start);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  for (char& c : line)
    if (c == '\t' || static_cast<unsigned char>(c) < 32) c = ' ';
  return line;
}

Message render(const std::vector<Problem>& problems, const std::string& text, const std::string& file) {
  Message result;
  for (const Problem& problem : problems) {
    const std::string number = fmt::format("{}", problem.line), gap(number.size(), ' ');
    Message shown = message("{}\n{} --> {}:{}:{}\n{}  |\n{} | {}\n{}  | {}{}{}", problem.what, gap, file, problem.line,
                            problem.column, gap, number, line_of(text, problem.line), gap,
                            std::string(problem.column > 0 ? problem.column - 1 : 0, ' '),
                            std::string(std::max<std::size_t>(1, problem.length), '^'),
                            problem.note.empty() ? Message() : message(" {}", problem.note));
    if (!problem.help.empty()) shown = message("{}\nhelp: {}", shown, problem.help);
    result = result.empty() ? shown : message("{}\n\nerror: {}", result, shown);
  }
  return problems.size() == 1 ? message("{}\n\n1 error in {}; nothing was run", result, file)
                              : message("{}\n\n{} errors in {}; nothing was run", result, problems.size(), file);
}

}  // namespace fathom
