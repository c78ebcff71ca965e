// How much memory a process may still take.
#pragma once

#include <cstddef>
#include <string>

namespace fathom {

// Bytes: what the machine has available, or what is left to the control group (v2) of the process or one above it,
// whichever is less. What the group keeps of files can be given up, so it counts as left. The largest number where
// nothing is known. `root`: the folder that holds proc and sys.
std::size_t available_memory(const std::string& root = "/");

}  // namespace fathom
