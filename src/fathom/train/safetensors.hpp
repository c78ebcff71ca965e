// Named tensors in one file, in the safetensors format: a length, a JSON header, the raw numbers.
// Format: https://huggingface.co/docs/safetensors (a u64 length, the header, the data; little-endian).
//
// 1. Reading what was written gives the same names, types, shapes, bits and metadata.
// 2. Any other bytes give an Error(data) that says in one sentence what is wrong; none crash, and none make the
//    reader take much more memory than the file is long.
// 3. The data begins at a multiple of 64 bytes, and each tensor at a multiple of its element size.
// 4. A file is replaced as a whole or not at all (atomic_file.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/tensor.hpp"

namespace fathom {

// The element types of the format. f32, f64 and i32 become tensors, u8 becomes bytes; the rest are only carried.
enum class Stored : std::uint8_t { boolean, u8, i8, u16, i16, f16, bf16, u32, i32, f32, u64, i64, f64 };

std::size_t size_of(Stored stored);
std::string_view name_of(Stored stored);  // as the format spells it: "F32"
Stored stored_as(Dtype dtype);

using Metadata = std::map<std::string, std::string>;

// One tensor to write; the data stays the caller's.
struct StoredView {
  std::string name = {};
  Stored stored = Stored::f32;
  Shape shape = {};
  std::span<const std::byte> bytes = {};
};
StoredView stored_view(std::string name, TensorView tensor);
inline StoredView stored_view(std::string name, const Tensor& tensor) {
  return stored_view(std::move(name), tensor.view());
}
StoredView stored_view(std::string name, std::span<const std::uint8_t> bytes);

// What a file holds: the names in the order in which they lie in the file.
class Safetensors {
 public:
  struct Entry {
    std::string name;
    Stored stored = Stored::f32;
    Shape shape;
    std::size_t offset = 0, bytes = 0;  // in the data
  };

  const std::vector<Entry>& entries() const { return entries_; }
  const Metadata& metadata() const { return metadata_; }
  // The metadata under a key. Throws Error(data) when there is none.
  const std::string& metadata(const std::string& key) const;

  bool has(std::string_view name) const { return find(name) != nullptr; }
  const Entry* find(std::string_view name) const;
  std::span<const std::byte> data(const Entry& entry) const {
    return std::as_bytes(std::span(content_)).subspan(start_ + entry.offset, entry.bytes);
  }

  // A copy. Throws Error(data) when the name is absent or its element type is another.
  Tensor tensor(std::string_view name) const;
  std::vector<std::uint8_t> bytes(std::string_view name) const;
  // Copies into memory of the same type. Throws Error(data) naming both types when they differ.
  void copy_to(std::string_view name, TensorView destination) const;

  // The content of a file; `source` names it in errors.
  static Safetensors parse(std::string content, std::string source);

 private:
  const Entry& need(std::string_view name) const;

  std::vector<Entry> entries_;
  std::map<std::string, std::size_t, std::less<>> places_;
  Metadata metadata_;
  std::string content_;
  std::size_t start_ = 0;
  std::string source_;
};

Safetensors read_safetensors(const std::string& path);

// Throws Error(usage) when a name comes twice, is "__metadata__", or its bytes do not fit its shape; Error(resource)
// when the disk is full.
void write_safetensors(const std::string& path, std::span<const StoredView> tensors, const Metadata& metadata = {});

}  // namespace fathom
