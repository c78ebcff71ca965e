#include "fathom/train/source.hpp"

namespace fathom {

std::string_view name_of(Part part) { return part == Part::train ? "train" : part == Part::valid ? "valid" : "test"; }

TensorSource::TensorSource(std::map<std::string, Tensor> columns, Parts parts)
    : columns_(std::move(columns)), parts_(parts) {
  const Index total = parts.train + parts.valid + parts.test;
  for (const auto& [name, tensor] : columns_) {
    if (tensor.shape().rank() < 1 || tensor.shape()[0] != total)
      fail(Code::usage, "the tensor \"{}\" is {}, but the parts have {} rows", name, to_string(tensor.type()), total);
  }
  if (!columns_.contains(row_weight_name)) {
    Tensor ones({Dtype::f32, {total}});
    for (float& weight : ones.span<float>()) weight = 1;
    columns_.emplace(row_weight_name, std::move(ones));
  }
}

std::map<std::string, Type> TensorSource::inputs(Index batch) const {
  std::map<std::string, Type> types;
  for (const auto& [name, tensor] : columns_) types.emplace(name, Type{tensor.dtype(), tensor.shape().with(0, batch)});
  return types;
}

Index TensorSource::rows(Part part) const {
  return part == Part::train ? parts_.train : part == Part::valid ? parts_.valid : parts_.test;
}

void TensorSource::fill(Part part, std::span<const Index> rows, BatchTensors& batch) const {
  const Index first = part == Part::train ? 0 : part == Part::valid ? parts_.train : parts_.train + parts_.valid;
  for (const auto& [name, column] : columns_) {
    Tensor& to = batch.at(name);
    const std::size_t row_bytes = to.shape()[0] == 0 ? 0 : to.bytes() / static_cast<std::size_t>(to.shape()[0]);
    auto* out = static_cast<std::byte*>(to.view().data);
    const auto* in = static_cast<const std::byte*>(column.view().data);
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::memcpy(out + i * row_bytes, in + static_cast<std::size_t>(first + rows[i]) * row_bytes, row_bytes);
    std::memset(out + rows.size() * row_bytes, 0, to.bytes() - rows.size() * row_bytes);
  }
}

}  // namespace fathom
