// Any text is a pipeline that is written as it was read, or an Error(data).
#include <cstdint>
#include <cstdlib>

#include "fathom/data/dataset.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    const auto pipeline =
        fathom::pipeline_from_json(std::string_view(reinterpret_cast<const char*>(bytes), size), "input");
    const std::string text = fathom::to_json(pipeline);
    if (fathom::to_json(fathom::pipeline_from_json(text, "again")) != text) std::abort();
    fathom::batch_types(pipeline, 2);
  } catch (const fathom::Error& error) {
    if (error.code() != fathom::Code::data) std::abort();
  }
  return 0;
}
