// The real program as a child process, in a folder of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/test_files.hpp"

namespace fathom {

struct Outcome {
  int code = -1;   // of exit; -1 when a signal ended it
  int signal = 0;  // that ended it
  std::string out, err;
  double seconds = 0;
};

struct RunOptions {
  std::map<std::string, std::string> environment;
  std::size_t largest_file = 0;  // RLIMIT_FSIZE; 0: no limit
  int signal = 0;                // to be sent; 0: none
  double signal_after = 0;       // seconds, and then
  std::string signal_file = {};  // not before this file is there
  int signal_times = 1;
  bool terminal = false;  // 80 columns wide, for both streams; what it shows is in `out`
};

// A folder under the temporary ones that is gone after the test, and the program run in it.
class Workplace {
 public:
  Workplace() = default;
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  Outcome run(const std::vector<std::string>& arguments, const RunOptions& options = {}) const;
  // Starts it and comes back at once; its messages go nowhere.
  pid_t start(const std::vector<std::string>& arguments) const;

  std::string path(const std::string& name = {}) const;
  std::string write(const std::string& name, const std::string& content) const;
  std::string read(const std::string& name) const;
  bool has(const std::string& name) const { return std::filesystem::exists(path(name)); }
  // The names of everything in the folder, sorted, with the paths below it.
  std::vector<std::string> content() const;

 private:
  const TestFolder test_folder_;
  const std::string folder_ = test_folder_.path();
};

std::vector<std::string> lines_of(const std::string& text);
bool contains(const std::string& text, const std::string& part);

}  // namespace fathom
