// Any bytes are images or labels of the size that their header says, or an Error(data).
#include <cstdint>
#include <cstdlib>

#include "fathom/data/idx.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    const auto source = fathom::bytes_of(text);
    const fathom::IdxImages images = fathom::read_idx_images(*source, "input");
    if (static_cast<fathom::Index>(images.pixels.size()) != images.count * images.rows * images.columns) std::abort();
    if (images.pixels.size() + 16 != size) std::abort();
  } catch (const fathom::Error& error) {
    if (error.code() != fathom::Code::data) std::abort();
  }
  try {
    const auto source = fathom::bytes_of(text);
    if (fathom::read_idx_labels(*source, "input").size() + 8 != size) std::abort();
  } catch (const fathom::Error& error) {
    if (error.code() != fathom::Code::data) std::abort();
  }
  return 0;
}
