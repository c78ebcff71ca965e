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

Error joined(const std::vector<Error>& errors, const Message& count) {
  if (errors.size() == 1) return errors.front();
  Message all;
  for (const Error& error : errors) {
    Message shown = error.what_message();
    if (!error.where().empty()) shown = message("{}\n  --> {}", shown, error.where());
    if (!error.hint().empty()) shown = message("{}\nhelp: {}", shown, error.hint_message());
    all = all.empty() ? shown : message("{}\nerror: {}", all, shown);
  }
  return Error(errors.front().code(), message("{}\n\n{}", all, count));
}

namespace {

std::string set_key_of(const Conflict& conflict, const Origins& origins) {
  for (const std::string& key : conflict.keys)
    if (origins.contains(key)) return key;
  return {};
}

}  // namespace

std::string origin_of(const Conflict& conflict, const Origins& origins) {
  const auto found = origins.find(set_key_of(conflict, origins));
  return found == origins.end() ? "" : found->second;
}

bool is_in(const std::string& file, const std::string& origin) {
  return !file.empty() && origin.size() > file.size() + 1 && origin.starts_with(file + ":");
}

Problem problem_of(const Conflict& conflict, const Origins& origins, const std::string& text) {
  const std::string key = set_key_of(conflict, origins), origin = origins.at(key);
  Problem problem{.line = std::stoul(origin.substr(origin.rfind(':') + 1)),
                  .column = 1,
                  .what = conflict.what,
                  .note = {},
                  .help = conflict.help};
  // The value stands behind the key's name, which may be one of several in a line.
  const std::string line = line_of(text, problem.line);
  const std::string name = key.starts_with("input.") ? "name" : key.substr(key.rfind('.') + 1);
  const std::size_t equals = line.find('=', std::min(line.find(name), line.size()));
  const std::size_t start = equals == std::string::npos ? 0 : line.find_first_not_of(" \t", equals + 1);
  if (start == std::string::npos) return problem;
  const char quote = line[start];
  const std::size_t end =
      quote == '"' || quote == '\'' ? line.find(quote, start + 1) : line.find_first_of(" ,#}", start);
  problem.column = start + 1;
  problem.length = std::min(end == std::string::npos ? line.size() : end, line.size()) - start +
                   (quote == '"' || quote == '\'' ? 1 : 0);
  return problem;
}

}  // namespace fathom
