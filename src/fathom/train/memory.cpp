#include "fathom/train/memory.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>

namespace fathom {

namespace {

namespace files = std::filesystem;

// The number behind a name in a file of "name number" lines; of a file that is one number, with an empty name.
std::optional<std::size_t> number_in(const files::path& path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  std::size_t number = 0;
  if (name.empty()) return file >> number ? std::optional(number) : std::nullopt;
  while (file >> word) {
    if (word == name && file >> number) return number;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return {};
}

// What is left to one group; nothing where it has no limit.
std::optional<std::size_t> left_to(const files::path& group) {
  const auto most = number_in(group / "memory.max", ""), used = number_in(group / "memory.current", "");
  if (!most || !used) return {};
  const std::size_t files_kept = number_in(group / "memory.stat", "inactive_file").value_or(0) +
                                 number_in(group / "memory.stat", "active_file").value_or(0);
  const std::size_t held = *used - std::min(*used, files_kept);
  return *most - std::min(*most, held);
}

// "0::/user.slice/a.scope" is the line of version 2.
std::string own_group(const files::path& path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("0::/")) return line.substr(4);
  return {};
}

}  // namespace

std::size_t available_memory(const std::string& root) {
  const files::path top(root);
  std::size_t available = std::numeric_limits<std::size_t>::max();
  if (const auto kilobytes = number_in(top / "proc/meminfo", "MemAvailable:")) available = *kilobytes * 1024;
  files::path group = top / "sys/fs/cgroup";
  const auto limit = [&] { available = std::min(available, left_to(group).value_or(available)); };
  limit();
  for (const files::path& part : files::path(own_group(top / "proc/self/cgroup"))) {
    group /= part;
    limit();
  }
  return available;
}

}  // namespace fathom
