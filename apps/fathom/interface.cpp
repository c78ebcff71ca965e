#include "interface.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "fathom/data/json.hpp"
#include "fathom/train/run_folder.hpp"
#include "translation.hpp"

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

std::string Interface::say(const Message& message) const {
  const std::string_view translated =
      language == Language::chinese && !message.pattern.empty() ? chinese_pattern(message.pattern) : std::string_view{};
  if (message.arguments.empty()) {
    if (!translated.empty()) return std::string(translated);
    if (message.pattern.empty()) return printable(message.text);  // a value
    std::string lines;                                            // a sentence of its own may have several
    for (std::size_t start = 0, end = 0; end != std::string::npos; start = end + 1) {
      end = message.text.find('\n', start);
      lines += (start == 0 ? "" : "\n") + printable(message.text.substr(start, end - start));
    }
    return lines;
  }
  std::vector<std::string> arguments;
  for (const Message& argument : message.arguments) arguments.push_back(say(argument));
  return filled(translated.empty() ? message.pattern : translated, arguments);
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
    throw Error(Code::usage, message("cannot write the log file {}: {}", path, Message(std::strerror(errno))));
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
    throw Error(Code::usage, message("--color must be auto, always or never, not \"{}\"", choice));
}

void apply_language(Interface& interface, const std::string& choice) {
  if (choice == "zh")
    interface.language = Language::chinese;
  else if (choice == "en")
    interface.language = Language::english;
  else
    throw Error(Code::usage, message("--lang must be en or zh, not \"{}\"", choice));
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

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t c = 0;
    const auto step = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                       static_cast<utf8proc_ssize_t>(text.size() - at), &c);
    const std::size_t bytes = step > 0 ? static_cast<std::size_t>(step) : 1;
    if (step <= 0) c = static_cast<unsigned char>(text[at]);
    const bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);  // the order of what follows
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || step <= 0)
      result += fmt::format("\\x{:02x}", c);
    else if (turns)
      result += fmt::format("\\u{:04x}", c);
    else
      result.append(text.substr(at, bytes));
    at += bytes;
  }
  return result;
}

std::string padded(std::string_view text, int width) {
  const std::string shown = printable(text);
  return shown + std::string(static_cast<std::size_t>(std::max(0, width - width_of(shown))), ' ');
}
std::string padded_left(std::string_view text, int width) {
  const std::string shown = printable(text);
  return std::string(static_cast<std::size_t>(std::max(0, width - width_of(shown))), ' ') + shown;
}

std::string cut(std::string_view given, int width) {
  const std::string whole = printable(given);
  const std::string_view text = whole;
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
    const Json json{{"schema", "fathom/1"},   {"event", "error"},     {"message", error.what()},
                    {"where", error.where()}, {"help", error.hint()}, {"exit_code", code}};
    fmt::print("{}\n", write_json(json));
  }
  const std::string_view gap = interface.say(" ", "");  // a Chinese colon is wide enough
  std::string text = fmt::format("{}{}{}\n", interface.paint(Color::red, interface.say("error:", "错误："), true), gap,
                                 interface.say(error.what_message()));
  if (!error.where().empty() && std::string_view(error.what()).find(error.where()) == std::string_view::npos)
    text += fmt::format("  --> {}\n", error.where_message().arguments.empty()
                                          ? printable(error.where())  // a path, which may have any name
                                          : interface.say(error.where_message()));
  if (!error.hint().empty())
    text += fmt::format("{}{}{}\n", interface.paint(Color::green, interface.say("help:", "建议："), true), gap,
                        interface.say(error.hint_message()));
  std::fputs(text.c_str(), stderr);
  interface.to_log(text);
  return code;
}

}  // namespace fathom::app
