#include "fathom/train/run_folder_metrics.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/error.hpp"

namespace fathom {

namespace {

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t comma = line.find(',');
    fields.push_back(line.substr(0, comma));
    if (comma == std::string_view::npos) return fields;
    line.remove_prefix(comma + 1);
  }
}

// The lines that end in a newline: what follows the last one was cut by a crash.
std::vector<std::string_view> whole_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
    lines.push_back(text.substr(0, end));
  return lines;
}

double number_of(std::string_view field, const std::string& path, std::size_t line) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc{} || end != field.data() + field.size())
    throw Error(Code::data, message("{} is damaged: \"{}\" is not a number", path, field),
                fmt::format("{}:{}", path, line));
  return value;
}

std::string content_of(const std::string& path) {
  return std::filesystem::exists(path) ? read_file(path) : std::string();
}

}  // namespace

int MetricsTable::column(std::string_view name) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i] == name) return static_cast<int>(i);
  return -1;
}

MetricsTable read_metrics(const std::string& path) {
  const std::string content = content_of(path);
  const auto lines = whole_lines(content);
  MetricsTable table;
  if (lines.empty()) return table;
  for (std::string_view name : fields_of(lines[0])) table.columns.emplace_back(name);
  for (std::size_t line = 1; line < lines.size(); ++line) {
    const auto fields = fields_of(lines[line]);
    if (fields.size() != table.columns.size())
      throw Error(
          Code::data,
          message("{} is damaged: {} values where the header has {}", path, fields.size(), table.columns.size()),
          fmt::format("{}:{}", path, line + 1));
    std::vector<double>& row = table.rows.emplace_back();
    for (std::string_view field : fields) row.push_back(number_of(field, path, line + 1));
  }
  return table;
}

void append_metrics_row(const std::string& path, std::span<const Metric> row) {
  const std::string content = content_of(path);
  const std::size_t whole = content.rfind('\n') + 1;  // 0 when there is no newline: npos + 1
  std::string header, line;
  for (const auto& [name, value] : row) {
    if (name.empty() || name.find_first_of(",\n\r\"") != std::string::npos)
      fail(Code::usage, "a metric cannot have the name \"{}\"", name);
    header += fmt::format("{}{}", header.empty() ? "" : ",", name);
    line += fmt::format("{}{}", line.empty() ? "" : ",", value);
  }
  if (whole > 0 && std::string_view(content).substr(0, content.find('\n')) != header)
    throw Error(Code::data,
                message("{} has the columns {}, and a row with {} cannot join them", path,
                        content.substr(0, content.find('\n')), header),
                path);
  const std::string added = whole > 0 ? line + "\n" : header + "\n" + line + "\n";

  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0)
    throw Error(Code::data, message("cannot write {}: {}", path, Message(std::generic_category().message(errno))),
                path);
  struct Closer {
    int file;
    ~Closer() { ::close(file); }
  } closer{file};
  if (::ftruncate(file, static_cast<off_t>(whole)) != 0 || ::lseek(file, 0, SEEK_END) < 0)
    throw Error(Code::resource, message("cannot write {}: {}", path, Message(std::generic_category().message(errno))),
                path);
  write_all(file, std::as_bytes(std::span(added)), path);
}

void keep_metrics_rows(const std::string& path, std::size_t rows) {
  const std::string content = content_of(path);
  const auto lines = whole_lines(content);
  if (lines.size() <= rows + 1 && (content.empty() || content.back() == '\n')) return;
  std::string kept;
  for (std::size_t line = 0; line < lines.size() && line <= rows; ++line) kept.append(lines[line]).push_back('\n');
  write_file(path, kept);
}

}  // namespace fathom
