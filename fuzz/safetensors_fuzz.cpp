// Any bytes are a file whose tensors can all be read, or an Error(data).
#include <cstdint>
#include <cstdlib>
#include <string>

#include "fathom/train/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    const auto file = fathom::Safetensors::parse(std::string(reinterpret_cast<const char*>(bytes), size), "input");
    std::size_t total = 0;
    for (const auto& entry : file.entries()) {
      if (file.find(entry.name) == nullptr || file.data(entry).size() != entry.bytes) std::abort();
      total += entry.bytes;
      if (entry.stored == fathom::Stored::f32 || entry.stored == fathom::Stored::f64 ||
          entry.stored == fathom::Stored::i32) {
        if (file.tensor(entry.name).bytes() != entry.bytes) std::abort();
      }
    }
    if (total > size) std::abort();
  } catch (const fathom::Error& error) {
    if (error.code() != fathom::Code::data) std::abort();
  }
  return 0;
}
