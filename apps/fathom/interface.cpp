#include "interface.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>

#include "fathom/train/run_folder.hpp"

namespace fathom::app {

namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

std::string Interface::paint(Color color, std::string_view text, bool to_err) const {
  if (!(to_err ? color_err : color_out) || color == Color::plain) return std::string(text);
  static constexpr std::string_view codes[] = {"", "\x1b[32m", "\x1b[33m", "\x1b[31m", "\x1b[1m", "\x1b[2m"};
  return fmt::format("{}{}\x1b[0m", codes[static_cast<int>(color)], text);
}

void Interface::tell(std::string_view line) const {
  if (!quiet) fmt::print(stderr, "{}\n", line);
  to_log(fmt::format("{}\n", line));
}

void Interface::to_log(std::string_view text) const {
  if (log == nullptr) return;
  std::fputs(without_escapes(text).c_str(), log);
  std::fflush(log);
}

void open_log(Interface& interface, const std::string& path) {
  interface.log = std::fopen(path.c_str(), "a");
  if (interface.log == nullptr)
    throw Error(Code::usage, fmt::format("cannot write the log file {}: {}", path, std::strerror(errno)));
}

Interface detect_interface() {
  Interface interface;
  interface.out_is_terminal = isatty(STDOUT_FILENO) == 1;
  interface.err_is_terminal = isatty(STDERR_FILENO) == 1;
  const bool dumb = environment("TERM") == "dumb",
             never = !environment("NO_COLOR").empty() || !environment("FATHOM_NO_COLOR").empty();
  const bool forced = !environment("FORCE_COLOR").empty() ||
                      (!environment("CLICOLOR_FORCE").empty() && environment("CLICOLOR_FORCE") != "0");
  interface.color_out = !never && (forced || (interface.out_is_terminal && !dumb));
  interface.color_err = !never && (forced || (interface.err_is_terminal && !dumb));
  if (dumb) interface.err_is_terminal = false;
  std::string locale = environment("LC_ALL");
  if (locale.empty()) locale = environment("LC_CTYPE");
  if (locale.empty()) locale = environment("LANG");
  interface.unicode = locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos ||
                      locale.find("UTF8") != std::string::npos;
  const std::string language = environment("FATHOM_LANG").empty() ? locale : environment("FATHOM_LANG");
  if (language.substr(0, 2) == "zh") interface.language = Language::chinese;
  interface.width = terminal_width(80);
  return interface;
}

void apply_color(Interface& interface, const std::string& choice) {
  if (choice == "always")
    interface.color_out = interface.color_err = true;
  else if (choice == "never")
    interface.color_out = interface.color_err = false;
  else if (choice != "auto")
    throw Error(Code::usage, fmt::format("--color must be auto, always or never, not \"{}\"", choice));
}

void apply_language(Interface& interface, const std::string& choice) {
  if (choice == "zh")
    interface.language = Language::chinese;
  else if (choice == "en")
    interface.language = Language::english;
  else
    throw Error(Code::usage, fmt::format("--lang must be en or zh, not \"{}\"", choice));
}

int terminal_width(int fallback) {
  if (const int columns = std::atoi(environment("COLUMNS").c_str()); columns > 0) return columns;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return fallback;
}

int width_of(std::string_view text) {
  int width = 0;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '\x1b') {
      while (at < text.size() && text[at] != 'm') ++at;
      ++at;
      continue;
    }
    utf8proc_int32_t c = 0;
    const auto step = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    at += step > 0 ? static_cast<std::size_t>(step) : 1;
    width += step > 0 ? utf8proc_charwidth(c) : 1;
  }
  return width;
}

std::string padded(std::string_view text, int width) {
  return std::string(text) + std::string(static_cast<std::size_t>(std::max(0, width - width_of(text))), ' ');
}
std::string padded_left(std::string_view text, int width) {
  return std::string(static_cast<std::size_t>(std::max(0, width - width_of(text))), ' ') + std::string(text);
}

std::string cut(std::string_view text, int width) {
  std::string result;
  int used = 0;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t c = 0;
    const auto step = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    const std::size_t bytes = step > 0 ? static_cast<std::size_t>(step) : 1;
    const int columns = step > 0 ? utf8proc_charwidth(c) : 1;
    if (used + columns > width) break;
    result.append(text.substr(at, bytes));
    used += columns;
    at += bytes;
  }
  return result;
}

std::string grouped(long number) {
  std::string digits = fmt::format("{}", number < 0 ? -number : number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return number < 0 ? fmt::format("-{}", digits) : digits;
}

std::string megabytes(std::size_t bytes) {
  const auto value = static_cast<double>(bytes);
  return value < 1e5   ? fmt::format("{:.1f} kB", value / 1e3)
         : value < 1e9 ? fmt::format("{:.1f} MB", value / 1e6)
                       : fmt::format("{:.2f} GB", value / 1e9);
}

std::string short_time(double seconds) {
  if (seconds < 60) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<long>(seconds + 0.5);
  return whole < 3600 ? fmt::format("{}m{:02}s", whole / 60, whole % 60)
                      : fmt::format("{}h{:02}m", whole / 3600, whole % 3600 / 60);
}

int print_error(const Interface& interface, const Error& error) {
  const int code = static_cast<int>(error.code());
  if (interface.json) {
    const nlohmann::ordered_json json{{"schema", "fathom/1"},   {"event", "error"},     {"message", error.what()},
                                      {"where", error.where()}, {"help", error.hint()}, {"exit_code", code}};
    fmt::print("{}\n", json.dump());
  }
  std::string text =
      fmt::format("{} {}\n", interface.paint(Color::red, interface.say("error:", "错误："), true), error.what());
  if (!error.where().empty() && std::string_view(error.what()).find(error.where()) == std::string_view::npos)
    text += fmt::format("  --> {}\n", error.where());
  if (!error.hint().empty())
    text += fmt::format("{} {}\n", interface.paint(Color::green, interface.say("help:", "建议："), true), error.hint());
  std::fputs(text.c_str(), stderr);
  interface.to_log(text);
  return code;
}

}  // namespace fathom::app
