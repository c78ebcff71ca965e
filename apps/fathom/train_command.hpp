// What commands share that read configurations.
#pragma once

#include <atomic>

#include "command.hpp"
#include "fathom/train/settings.hpp"

namespace fathom::app {

bool is_config(const std::string& path);
// What `train` and others are asked to work on: a configuration file, or the path of data.
struct Given {
  Settings settings;
  Origins origins;
  std::string config, text;  // the configuration file and what is in it, if there is one
};
// With what the flags say on top. Paths in a file are relative to it.
Given given_settings(const std::string& what, const Arguments& arguments);
// Becomes true with the first SIGINT, SIGTERM or SIGUSR1; the second one ends the program.
std::atomic<bool>& listen_for_signals();
// What the first one was.
Code stopped_by();
// Reads a configuration file; `text` receives it as it is.
void load_config(const std::string& path, Settings& settings, Origins& origins, std::string& text);
// Sets every key that the flags of `train` and `resume` name. All mistakes are told together.
void apply_flags(const Arguments& arguments, Settings& settings, Origins& origins);

}  // namespace fathom::app
