// Any bytes in any encoding are a table whose columns hold a value for each row, that can be inferred, fitted, encoded
// and spread into a batch of finite numbers; or an Error.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <numeric>

#include "fathom/data/dataset.hpp"
#include "fathom/train/source.hpp"

using namespace fathom;

namespace {

void use(const std::string& text) {
  const Table table = read_table(bytes_of(text), "input");
  for (const TableColumn& column : table.columns) {
    if ((column.numeric ? column.numbers.size() : column.levels.size()) != static_cast<std::size_t>(table.rows))
      std::abort();
    for (Index row = 0; row < table.rows; ++row) column.text(row);
  }
  const Schema schema = infer_schema(table, {.target = table.columns.back().name});
  std::vector<Index> rows(static_cast<std::size_t>(table.rows));
  std::iota(rows.begin(), rows.end(), Index{0});
  const Pipeline pipeline = fit_pipeline(table, schema, rows, {});
  const Encoded encoded = encode(table, pipeline, Targets::required);
  const Index batch = std::min<Index>(table.rows, 8);
  std::map<std::string, Tensor> tensors;
  for (const auto& [name, type] : batch_types(pipeline, batch)) tensors.emplace(name, Tensor(type));
  rows.resize(static_cast<std::size_t>(batch));
  fill_batch(encoded.data, pipeline, rows, tensors);
  for (const auto& [name, tensor] : tensors)
    for (Index i = 0; i < tensor.count(); ++i)
      if (!std::isfinite(tensor.at(i))) std::abort();
  if (to_json(pipeline_from_json(to_json(pipeline), "json")) != to_json(pipeline)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    use(std::string(reinterpret_cast<const char*>(bytes), size));
  } catch (const Error& error) {
    if (error.code() != Code::data && error.code() != Code::config) std::abort();
  }
  return 0;
}
