// Any text is a table with a label and a value in every column for each row, or an Error(data).
#include <cstdint>
#include <cstdlib>

#include "fathom/data/libsvm.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  fathom::looks_like_libsvm(text);
  try {
    const fathom::Table table = fathom::read_libsvm(fathom::bytes_of(text), "input", 200);
    if (table.rows == 0 || table.find("label") == nullptr || table.columns.size() > 201) std::abort();
    for (const auto& column : table.columns)
      for (fathom::Index row = 0; row < table.rows; ++row) column.text(row);
  } catch (const fathom::Error& error) {
    if (error.code() != fathom::Code::data) std::abort();
  }
  return 0;
}
