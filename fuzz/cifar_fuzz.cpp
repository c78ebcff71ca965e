// Any bytes are whole records of CIFAR-10, or an Error(data).
#include <cstdint>
#include <cstdlib>

#include "fathom/data/cifar.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    const auto source = fathom::bytes_of(std::string(reinterpret_cast<const char*>(bytes), size));
    const fathom::CifarImages images = fathom::read_cifar(*source, "input");
    if (images.labels.size() * 3073 != size || images.block.pixels.size() != images.labels.size() * 3072) std::abort();
    if (fathom::table_of(images, "input").rows != static_cast<fathom::Index>(images.labels.size())) std::abort();
  } catch (const fathom::Error& error) {
    if (error.code() != fathom::Code::data) std::abort();
  }
  return 0;
}
