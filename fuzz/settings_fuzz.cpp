// Any text is settings whose resolved form reads back to itself, or an Error(config).
#include <cstdint>
#include <cstdlib>

#include "fathom/train/settings.hpp"

using namespace fathom;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  Settings settings;
  Origins origins;
  try {
    read_settings(std::string(reinterpret_cast<const char*>(bytes), size), "input.toml", settings, origins);
  } catch (const Error& error) {
    if (error.code() != Code::config) std::abort();
    return 0;
  }
  const std::string text = resolved_settings(settings, {});
  Settings again;
  read_settings(text, "resolved.toml", again, origins);
  if (resolved_settings(again, {}) != text) std::abort();
  try {
    check_settings(settings);
  } catch (const Error& error) {
    if (error.code() != Code::config) std::abort();
  }
  return 0;
}
