// The records of any text, written with every field in quotes, read back to the same records.
#include <cstdint>
#include <cstdlib>

#include "fathom/data/csv.hpp"

namespace {

using Records = std::vector<std::vector<std::string>>;

Records records_of(const std::string& text, char delimiter) {
  fathom::CsvReader reader(fathom::bytes_of(text), "input", delimiter);
  Records records;
  std::vector<fathom::CsvField> fields;
  std::size_t line = 0;
  while (reader.next(fields)) {
    if (reader.line() <= line) std::abort();
    line = reader.line();
    auto& record = records.emplace_back();
    for (const auto& field : fields) record.emplace_back(field.text);
  }
  return records;
}

std::string written(const Records& records, char delimiter) {
  std::string text;
  for (const auto& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      text += i > 0 ? std::string(1, delimiter) + "\"" : "\"";
      for (char c : record[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
      text += '"';
    }
    text += "\n";
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  for (const char delimiter : {fathom::detect_dialect(text).delimiter, ','}) {
    Records records;
    try {
      records = records_of(text, delimiter);
    } catch (const fathom::Error& error) {
      if (error.code() != fathom::Code::data) std::abort();
      continue;
    }
    if (records_of(written(records, delimiter), delimiter) != records) std::abort();
  }
  return 0;
}
