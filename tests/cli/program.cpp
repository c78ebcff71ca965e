#include "program.hpp"

#include <fcntl.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace fathom {

namespace files = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr double longest_run = 120;  // seconds; a program that hangs fails its test instead of stopping all of them

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string whole(int file) {
  std::string text;
  char part[4096];
  ::lseek(file, 0, SEEK_SET);
  for (ssize_t got; (got = ::read(file, part, sizeof part)) > 0;) text.append(part, static_cast<std::size_t>(got));
  ::close(file);
  return text;
}

pid_t spawn(const std::string& folder, const std::vector<std::string>& arguments, const RunOptions& options, int out,
            int err) {
  std::vector<std::string> words{FATHOM_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  // Nothing of the tester's own environment changes what is tested.
  std::map<std::string, std::string> environment{
      {"PATH", "/usr/bin:/bin"}, {"HOME", folder}, {"LANG", "C.UTF-8"}, {"TERM", "xterm"}};
  if (const char* libraries = std::getenv("LD_LIBRARY_PATH")) environment["LD_LIBRARY_PATH"] = libraries;
  for (const char* name : {"ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) environment[name] = value;
  for (const auto& [name, value] : options.environment) environment[name] = value;
  std::vector<std::string> entries;
  for (const auto& [name, value] : environment) entries.push_back(name + "=" + value);
  std::vector<char*> envp;
  for (std::string& entry : entries) envp.push_back(entry.data());
  envp.push_back(nullptr);

  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child > 0) return child;
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(out < 0 ? nothing : out, STDOUT_FILENO);
  ::dup2(err < 0 ? nothing : err, STDERR_FILENO);
  if (options.largest_file > 0) {
    const rlimit limit{options.largest_file, options.largest_file};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  if (::chdir(folder.c_str()) == 0) ::execve(FATHOM_PROGRAM, argv.data(), envp.data());
  ::_exit(127);
}

Outcome run_on_terminal(const std::string& folder, const std::vector<std::string>& arguments,
                        const RunOptions& options) {
  int ours = -1, theirs = -1;
  winsize size{};
  size.ws_col = 80;
  size.ws_row = 24;
  if (::openpty(&ours, &theirs, nullptr, nullptr, &size) != 0) throw std::runtime_error("cannot open a terminal");
  const pid_t child = spawn(folder, arguments, options, theirs, theirs);
  ::close(theirs);
  Outcome outcome;
  char part[4096];
  for (ssize_t got; (got = ::read(ours, part, sizeof part)) > 0;)
    outcome.out.append(part, static_cast<std::size_t>(got));
  ::close(ours);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  return outcome;
}

}  // namespace

Outcome Workplace::run(const std::vector<std::string>& arguments, const RunOptions& options) const {
  if (options.terminal) return run_on_terminal(folder_, arguments, options);
  const int out = ::memfd_create("out", MFD_CLOEXEC), err = ::memfd_create("err", MFD_CLOEXEC);
  const auto start = Clock::now();
  const pid_t child = spawn(folder_, arguments, options, out, err);
  int left = options.signal == 0 ? 0 : options.signal_times;
  int status = 0;
  while (::waitpid(child, &status, WNOHANG) == 0) {
    const double seconds = seconds_since(start);
    if (left > 0 && seconds >= options.signal_after && (options.signal_file.empty() || has(options.signal_file))) {
      ::kill(child, options.signal);
      --left;
    }
    if (seconds > longest_run) ::kill(child, SIGKILL);
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  Outcome outcome;
  outcome.seconds = seconds_since(start);
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  outcome.out = whole(out);
  outcome.err = whole(err);
  return outcome;
}

pid_t Workplace::start(const std::vector<std::string>& arguments) const {
  return spawn(folder_, arguments, {}, -1, -1);
}

std::string Workplace::path(const std::string& name) const { return name.empty() ? folder_ : folder_ + "/" + name; }

std::string Workplace::write(const std::string& name, const std::string& content) const {
  files::create_directories(files::path(path(name)).parent_path());
  std::ofstream(path(name), std::ios::binary) << content;
  return path(name);
}

std::string Workplace::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(path(name), std::ios::binary).rdbuf();
  return text.str();
}

std::vector<std::string> Workplace::content() const {
  std::vector<std::string> names;
  for (const auto& entry : files::recursive_directory_iterator(folder_))
    names.push_back(files::relative(entry.path(), folder_).string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace fathom
