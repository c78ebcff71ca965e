// What commands share that read configurations.
#pragma once

#include "fathom/train/settings.hpp"

namespace fathom::app {

bool is_config(const std::string& path);
// Reads a configuration file; `text` receives it as it is.
void load_config(const std::string& path, Settings& settings, Origins& origins, std::string& text);

}  // namespace fathom::app
