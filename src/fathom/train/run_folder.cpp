#include "fathom/train/run_folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/error.hpp"
#include "fathom/train/run_folder_find.hpp"

namespace fathom {

namespace fs = std::filesystem;

namespace {

constexpr double beat_seconds = 5;
constexpr std::size_t longest_slug = 60;
constexpr int highest_possible = 1'000'000'000;  // above it, the file with the last number is damaged

void check_made(const fs::path& path, const std::error_code& error) {
  if (!error) return;
  throw Error(error == std::errc::no_space_on_device ? Code::resource : Code::data,
              message("cannot make the folder {}: {}", path.string(), Message(error.message())), path.string());
}

void make_folders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  check_made(path, error);
}

// The highest number of any entry that looks like a run, damaged ones included.
int highest_number(const std::string& runs_dir) {
  int highest = 0;
  std::error_code error;
  for (fs::directory_iterator entry(runs_dir, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    int number = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (bad == std::errc{} && *stop == '-' && number > highest && number < highest_possible) highest = number;
  }
  return highest;
}

// A convenience for people and shells: not having it is no error.
void point_latest_at(const std::string& runs_dir, const std::string& folder) {
  const fs::path link = fs::path(runs_dir) / "latest", partial = fs::path(runs_dir) / ".latest.partial";
  std::error_code error;
  if (fs::exists(fs::symlink_status(link, error)) && !fs::is_symlink(fs::symlink_status(link, error))) return;
  fs::remove(partial, error);
  fs::create_symlink(folder, partial, error);
  if (!error) fs::rename(partial, link, error);
}

// The bytes of the character at the front, or 0 when they are no UTF-8.
std::size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80                   ? 1
                             : lead >= 0xC2 && lead < 0xE0 ? 2
                             : lead >= 0xE0 && lead < 0xF0 ? 3
                             : lead >= 0xF0 && lead < 0xF5 ? 4
                                                           : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  return length;
}

// Spaces, punctuation and controls beyond ASCII that do not belong in a folder's name.
bool separates(std::string_view character) {
  const auto between = [&](std::string_view low, std::string_view high) {
    return low <= character && character <= high;
  };
  return between("\xC2\x80", "\xC2\xBF") || between("\xE2\x80\x80", "\xE2\x81\xAF") ||
         between("\xE3\x80\x80", "\xE3\x80\xBF") || between("\xEF\xBC\x80", "\xEF\xBC\x8F") ||
         between("\xEF\xBC\x9A", "\xEF\xBC\xA0") || character == "\xEF\xBB\xBF";
}

bool is_ascii_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

std::string slug(std::string_view name) {
  std::string result;
  bool gap = false;
  while (!name.empty()) {
    const std::size_t length = character_length(name);
    const std::string_view character = name.substr(0, length);
    name.remove_prefix(length == 0 ? 1 : length);
    const bool word = length == 1 ? is_ascii_word(character[0]) : length > 1 && !separates(character);
    if (!word) {
      gap = true;
      continue;
    }
    if (result.size() + character.size() + 1 > longest_slug) break;
    if (gap && !result.empty()) result.push_back('-');
    gap = false;
    for (char c : character) result.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return result.empty() ? "run" : result;
}

std::string without_escapes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == 0x1B && i + 1 < text.size() && text[i + 1] == '[') {  // ESC [ parameters, then one letter
      for (i += 2; i < text.size() && (text[i] < '@' || text[i] > '~'); ++i) {
      }
    } else if (c == 0x1B && i + 1 < text.size() && text[i + 1] == ']') {  // ESC ] text, then BEL or ESC backslash
      for (i += 2; i < text.size() && text[i] != '\a' && text[i] != 0x1B; ++i) {
      }
      if (i + 1 < text.size() && text[i] == 0x1B) ++i;
    } else if (c == 0x1B) {
      ++i;
    } else if (c == '\t' || c == '\n' || (c >= 0x20 && c != 0x7F)) {
      result.push_back(text[i]);
    }
  }
  return result;
}

RunFolder::RunFolder(RunInfo info, RunLock lock)
    : info_(std::move(info)), lock_(std::move(lock)), seconds_before_(info_.seconds) {}

void RunFolder::go_on() {
  info_.status = RunStatus::running;
  info_.host = host_name();
  info_.pid = ::getpid();
  info_.ended.clear();
  info_.problem = {};
  info_.exit_code = 0;
  save();
}

RunFolder RunFolder::create(const std::string& runs_dir, std::string_view name, RunInfo start) {
  make_folders(runs_dir);
  FileLock numbers((fs::path(runs_dir) / ".last_number").string());
  start.name = slug(name);
  const std::int64_t kept = numbers.number();
  int number = std::max(kept < highest_possible ? static_cast<int>(kept) : 0, highest_number(runs_dir));
  std::string folder;
  std::error_code error;
  do {
    numbers.set_number(++number);
    folder = fmt::format("{:04}-{}", number, start.name);
    start.path = (fs::path(runs_dir) / folder).string();
  } while (!fs::create_directory(start.path, error) && !error);
  check_made(start.path, error);
  start.number = number;
  start.started = utc_now();
  const std::string path = start.path;
  try {
    RunFolder run(std::move(start), RunLock(path));
    run.go_on();
    point_latest_at(runs_dir, folder);
    return run;
  } catch (...) {
    fs::remove_all(path, error);  // no folder without a record
    throw;
  }
}

RunFolder RunFolder::open_for_writing(const std::string& path) {
  static_cast<void>(read_run(path));  // a folder that is no run gets no lock file
  RunLock lock(path);
  RunInfo info = read_run(path);  // as the last writer left it
  if (info.status == RunStatus::damaged) throw Error(Code::data, info.problem, path);
  return RunFolder(std::move(info), std::move(lock));
}

void RunFolder::save() const { write_file(file("run.json"), to_json(info_)); }

std::string RunFolder::file(std::string_view relative) const {
  const fs::path path = fs::path(info_.path) / relative;
  make_folders(path.parent_path());
  return path.string();
}

void RunFolder::update(const std::function<void(RunInfo&)>& change) {
  change(info_);
  info_.seconds = seconds_before_ + session_.seconds();
  save();
}

void RunFolder::append_metrics(std::span<const Metric> row) { append_metrics_row(file("metrics.csv"), row); }

void RunFolder::keep_metrics(std::size_t rows) { keep_metrics_rows(file("metrics.csv"), rows); }

void RunFolder::log(std::string_view line) {
  const std::string path = file("log.txt"), text = without_escapes(line) + "\n";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (file < 0)
    throw Error(Code::data, message("cannot write {}: {}", path, Message(std::generic_category().message(errno))),
                path);
  try {
    write_all(file, std::as_bytes(std::span(text)), path);
  } catch (...) {
    ::close(file);
    throw;
  }
  ::close(file);
}

void RunFolder::beat() {
  if (since_beat_.seconds() < beat_seconds) return;
  lock_.beat();
  since_beat_ = Stopwatch();
}

void RunFolder::finish(RunStatus status, int exit_code, std::vector<ResultMetric> results, Message problem) {
  update([&](RunInfo& info) {
    info.status = status;
    info.exit_code = exit_code;
    info.ended = utc_now();
    info.problem = std::move(problem);
    if (!results.empty()) info.results = std::move(results);
  });
}

}  // namespace fathom
