// Interface: what the program knows about the person and the terminal in front of it, and how it speaks to them.
//
// 1. Answers go to stdout; progress, notes and errors go to stderr.
// 2. No escape code is written to anything but a terminal that takes colours.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "fathom/base/error.hpp"

namespace fathom::app {

enum class Language { english, chinese };
enum class Color { plain, green, yellow, red, bold, dim };

struct Interface {
  Language language = Language::english;
  bool out_is_terminal = false, err_is_terminal = false;
  bool color_out = false, color_err = false;
  bool unicode = true;
  bool json = false;
  bool quiet = false, verbose = false;
  int width = 80;            // of the terminal, in columns
  std::FILE* log = nullptr;  // --log-file: gets every message, the quiet ones too

  // One of two texts, by language.
  std::string_view say(std::string_view english, std::string_view chinese) const {
    return language == Language::chinese ? chinese : english;
  }
  // A message in the person's language, if there is a translation. What was put into it is made printable.
  std::string say(const Message& message) const;
  std::string paint(Color color, std::string_view text, bool to_err) const;
  // A line to stderr unless --quiet, and to the log.
  void tell(std::string_view line) const;
  void to_log(std::string_view text) const;
};

// From the environment: NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, TERM, COLUMNS, LANG, LC_ALL, FATHOM_LANG.
Interface detect_interface();
// --color auto|always|never, --lang en|zh. Throws Error(usage).
void apply_color(Interface& interface, const std::string& choice);
void apply_language(Interface& interface, const std::string& choice);
// --log-file FILE: added to what the file holds. Throws Error(usage) when it cannot be written.
void open_log(Interface& interface, const std::string& path);
int terminal_width(int fallback);

// Columns that a text takes on a terminal: wide characters take two, escapes none.
int width_of(std::string_view text);
// A text in which control characters are escapes to be read (\\n, \\x1b), so that no name steers a terminal.
std::string printable(std::string_view text);
// The printable text, then spaces up to a width; or before it.
std::string padded(std::string_view text, int width);
std::string padded_left(std::string_view text, int width);
// The beginning of the printable text that fits.
std::string cut(std::string_view text, int width);
// 38,569
std::string grouped(long number);
// 5.7 MB
std::string megabytes(std::size_t bytes);
// 1.8s, 2m05s, 1h02m
std::string short_time(double seconds);

// "error: what", the place, "help: hint"; gives the exit code.
int print_error(const Interface& interface, const Error& error);

}  // namespace fathom::app
