// The command line of Fathom.
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <system_error>

#include "command.hpp"
#include "fathom/data/table.hpp"

namespace fathom::app {
namespace {

// What an error needs to know to be told as it was asked for, before the command line is understood. A flag that makes
// no sense is left for the parser to refuse.
void heed_manner(const std::vector<std::string>& words, Interface& interface) {
  const auto value_of = [&](std::size_t at, const std::string& flag) -> std::string {
    if (words[at] == flag && at + 1 < words.size()) return words[at + 1];
    return words[at].starts_with(flag + "=") ? words[at].substr(flag.size() + 1) : "";
  };
  for (std::size_t at = 0; at < words.size() && words[at] != "--"; ++at) {
    if (words[at] == "--json") interface.json = true;
    try {
      if (const std::string language = value_of(at, "--lang"); !language.empty()) apply_language(interface, language);
      if (const std::string color = value_of(at, "--color"); !color.empty()) apply_color(interface, color);
    } catch (const Error&) {
    }
  }
}

int run(const std::vector<std::string>& words, Interface& interface) {
  heed_manner(words, interface);
  // The command is the first word that is not a flag (or a flag's value); global flags may stand before it.
  std::size_t at = 0;
  bool help = words.empty();
  while (at < words.size() && words[at].size() > 1 && words[at][0] == '-') {
    if (words[at] == "--version") return run_version({}, interface);
    const auto& flags = global_flags();
    const auto takes_value = std::any_of(flags.begin(), flags.end(), [&](const Flag& flag) {
      return !flag.value.empty() && (flag.name == words[at] || flag.letter == words[at]);
    });
    help = help || words[at] == "--help" || words[at] == "-h";
    at += takes_value ? 2 : 1;
  }
  if (at >= words.size()) {
    if (!help) throw Error(Code::usage, "there is no command", {}, "fathom --help");
    print_help(interface);
    return 0;
  }
  const std::string name = words[at];
  const auto command =
      std::find_if(commands().begin(), commands().end(), [&](const Command& c) { return c.name == name; });
  if (command == commands().end()) {
    std::vector<std::string> names;
    for (const Command& c : commands()) names.push_back(c.name);
    const std::string closest = closest_name(name, names);
    throw Error(Code::usage, message("there is no command \"{}\"", name), {},
                closest.empty() ? Message("fathom --help") : message("did you mean \"{}\"?", closest));
  }
  std::vector<std::string> rest(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(at));
  rest.insert(rest.end(), words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
  Arguments arguments = parse(*command, rest);
  arguments.command_line = words;
  interface.json = arguments.has("--json");
  interface.quiet = arguments.has("--quiet");
  interface.verbose = arguments.has("--verbose");
  if (arguments.has("--color")) apply_color(interface, arguments.get("--color"));
  if (arguments.has("--lang")) apply_language(interface, arguments.get("--lang"));
  if (arguments.has("--directory") && chdir(arguments.get("--directory").c_str()) != 0)
    throw Error(Code::usage,
                message("cannot work in {}: {}", arguments.get("--directory"), Message(std::strerror(errno))));
  if (arguments.has("--log-file")) open_log(interface, arguments.get("--log-file"));
  if (arguments.has("--help")) {
    print_help(interface, &*command);
    return 0;
  }
  const int code = command->run(arguments, interface);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    throw Error(Code::resource, message("cannot write the standard output: {}", Message(std::strerror(errno))));
  return code;
}

}  // namespace
}  // namespace fathom::app

int main(int argc, char** argv) {
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the limit is an error of the write, with a sentence of its own
  fathom::app::Interface interface = fathom::app::detect_interface();
  try {
    return fathom::app::run(std::vector<std::string>(argv + 1, argv + argc), interface);
  } catch (const fathom::Error& error) {
    return fathom::app::print_error(interface, error);
  } catch (const std::filesystem::filesystem_error& error) {
    return fathom::app::print_error(
        interface, fathom::Error(fathom::Code::data, fathom::message("{}: {}", error.path1().string(),
                                                                     fathom::Message(error.code().message()))));
  } catch (const std::system_error& error) {  // a stream that takes no more, a thread that cannot be started
    return fathom::app::print_error(
        interface,
        fathom::Error(fathom::Code::resource, error.code() == std::errc::resource_unavailable_try_again
                                                  ? fathom::Message("the system cannot start another thread")
                                                  : fathom::message("cannot write the standard output: {}",
                                                                    fathom::Message(error.code().message()))));
  } catch (const std::bad_alloc&) {
    return fathom::app::print_error(interface, fathom::Error(fathom::Code::resource, "the machine has no memory left",
                                                             {}, "use smaller data, batches or layers"));
  } catch (const std::exception& error) {
    return fathom::app::print_error(
        interface, fathom::Error(fathom::Code::bug, fathom::message("this should not have happened: {}", error.what()),
                                 {}, "please report it with the command line and, if you can, the data"));
  }
}
