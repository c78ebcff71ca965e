// What commands share that read configurations.
#pragma once

#include "command.hpp"
#include "fathom/train/settings.hpp"

namespace fathom::app {

bool is_config(const std::string& path);
// Reads a configuration file; `text` receives it as it is.
void load_config(const std::string& path, Settings& settings, Origins& origins, std::string& text);
// Sets every key that the flags of `train` and `resume` name. All mistakes are told together.
void apply_flags(const Arguments& arguments, Settings& settings, Origins& origins);

}  // namespace fathom::app
