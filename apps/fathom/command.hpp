// Commands: what the program can be asked to do, with the flags that each takes. One table: parsing, help and
// suggestions are made from it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fathom/base/shape.hpp"
#include "interface.hpp"

namespace fathom::app {

struct Flag {
  std::string name;    // "--target"
  std::string letter;  // "-t", or another name such as "--lr"; or empty
  std::string value;   // "COLUMN"; empty: a switch
  std::string help, help_zh;
  std::string otherwise = {};  // the value when none is given; empty: one must be
};

struct Arguments {
  std::vector<std::string> positional;
  std::map<std::string, std::vector<std::string>> flags;
  std::vector<std::string> command_line;

  bool has(const std::string& name) const { return flags.contains(name); }
  // The last value given; `otherwise` when there is none.
  std::string get(const std::string& name, const std::string& otherwise = {}) const {
    const auto it = flags.find(name);
    return it == flags.end() || it->second.empty() ? otherwise : it->second.back();
  }
  std::vector<std::string> all(const std::string& name) const {
    const auto it = flags.find(name);
    return it == flags.end() ? std::vector<std::string>{} : it->second;
  }
};

struct Command {
  std::string name, usage, about, about_zh;
  std::vector<std::string> examples;
  std::vector<Flag> flags;
  std::size_t least = 0, most = 0;  // positional arguments
  int (*run)(const Arguments&, Interface&);
};

const std::vector<Command>& commands();
const std::vector<Flag>& global_flags();
// Throws Error(usage) with a suggestion for a flag that the command does not take.
Arguments parse(const Command& command, const std::vector<std::string>& words);

// On one command, or on all; JSON under --json.
void print_help(const Interface& interface, const Command* command = nullptr);

int run_train(const Arguments&, Interface&);
int run_resume(const Arguments&, Interface&);
int run_eval(const Arguments&, Interface&);
int run_predict(const Arguments&, Interface&);
int run_export(const Arguments&, Interface&);
int run_report(const Arguments&, Interface&);
int run_curvature(const Arguments&, Interface&);
int run_landscape(const Arguments&, Interface&);
int run_lab(const Arguments&, Interface&);
int run_tune(const Arguments&, Interface&);
int run_runs(const Arguments&, Interface&);
int run_demo(const Arguments&, Interface&);
int run_doctor(const Arguments&, Interface&);
int run_config(const Arguments&, Interface&);
int run_version(const Arguments&, Interface&);
int run_help(const Arguments&, Interface&);

// The folder of runs: --runs-dir, FATHOM_RUNS_DIR, or "runs".
std::string runs_folder(const Arguments& arguments);
// Sets the pool's size from --threads or FATHOM_THREADS. Throws Error(usage) for anything but a whole number above 0.
void apply_threads(const Arguments& arguments);

// The text of a flag or of what else is named `origin`. Throws Error(usage) for anything but a whole number from low to
// high.
Index whole_number(std::string_view origin, const std::string& text, Index low, Index high);
// The same of a flag; `otherwise` where it is not given.
Index whole_number(const Arguments& arguments, const std::string& flag, Index low, Index high, Index otherwise);

inline constexpr const char* version = FATHOM_VERSION;

}  // namespace fathom::app
