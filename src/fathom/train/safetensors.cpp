#include "fathom/train/safetensors.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "fathom/base/atomic_file.hpp"

namespace fathom {

namespace {

using HeaderJson = nlohmann::json;  // sorted: hostile headers hold many names

constexpr std::size_t alignment = 64;
constexpr std::uint64_t longest_header = 100'000'000;  // the limit of the format's reference reader

struct StoredFacts {
  std::string_view name;
  std::size_t size;
};
constexpr std::array<StoredFacts, 13> stored_facts{{{"BOOL", 1},
                                                    {"U8", 1},
                                                    {"I8", 1},
                                                    {"U16", 2},
                                                    {"I16", 2},
                                                    {"F16", 2},
                                                    {"BF16", 2},
                                                    {"U32", 4},
                                                    {"I32", 4},
                                                    {"F32", 4},
                                                    {"U64", 8},
                                                    {"I64", 8},
                                                    {"F64", 8}}};

std::optional<Stored> stored_named(std::string_view name) {
  for (std::size_t i = 0; i < stored_facts.size(); ++i)
    if (stored_facts[i].name == name) return static_cast<Stored>(i);
  return std::nullopt;
}

template <class... Args>
[[noreturn]] void damaged(const std::string& source, fmt::format_string<Args...> sentence, Args&&... args) {
  throw Error(Code::data, message("{} {}", source, message(sentence, std::forward<Args>(args)...)), source);
}

// The bytes that a shape needs, or nothing when they are more than a machine can address.
std::optional<std::uint64_t> bytes_of(Stored stored, const Shape& shape) {
  std::uint64_t bytes = size_of(stored);
  for (Index length : shape)
    if (__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(length), &bytes)) return std::nullopt;
  return bytes;
}

// The header as JSON: an object of objects, without a name that comes twice, nested no deeper than the format allows.
HeaderJson parse_header(std::string_view text, const std::string& source) {
  std::vector<std::set<std::string>> seen;
  const auto watch = [&](int depth, HeaderJson::parse_event_t event, HeaderJson& value) {
    if (event == HeaderJson::parse_event_t::object_start) seen.emplace_back();
    if (event == HeaderJson::parse_event_t::object_end) seen.pop_back();
    if (depth > 3) damaged(source, "is not a safetensors file: its header is nested too deep");
    if (event == HeaderJson::parse_event_t::key && !seen.back().insert(value.get<std::string>()).second)
      damaged(source, "is damaged: its header has the name \"{}\" twice", value.get<std::string>());
    return true;
  };
  HeaderJson header = HeaderJson::parse(text, watch, /*allow_exceptions=*/false);
  if (!header.is_object()) damaged(source, "is not a safetensors file: its header is not a JSON object");
  return header;
}

Metadata parse_metadata(const HeaderJson& json, const std::string& source) {
  if (!json.is_object()) damaged(source, "is damaged: __metadata__ is not an object");
  Metadata metadata;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) damaged(source, "is damaged: __metadata__ has \"{}\", which is not text", key);
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

Safetensors::Entry parse_entry(const std::string& name, const HeaderJson& json, std::uint64_t data_size,
                               const std::string& source) {
  if (!json.is_object() || !json.contains("dtype") || !json["dtype"].is_string() || !json.contains("shape") ||
      !json["shape"].is_array() || !json.contains("data_offsets") || !json["data_offsets"].is_array() ||
      json["data_offsets"].size() != 2)
    damaged(source, "is damaged: tensor \"{}\" has no dtype, shape and data_offsets", name);
  Safetensors::Entry entry;
  entry.name = name;
  const auto& dtype = json["dtype"].get_ref<const std::string&>();
  const auto stored = stored_named(dtype);
  if (!stored) damaged(source, "has tensor \"{}\" of the element type {}, which is not known", name, dtype);
  entry.stored = *stored;
  if (json["shape"].size() > Shape::max_rank)
    damaged(source, "has tensor \"{}\" with {} axes; at most {} are read", name, json["shape"].size(),
            +Shape::max_rank);
  for (const HeaderJson& length : json["shape"]) {
    if (!length.is_number_unsigned() || length.get<std::uint64_t>() > (std::uint64_t{1} << 62))
      damaged(source, "is damaged: tensor \"{}\" has a length that is not a whole number", name);
    entry.shape.push_back(length.get<Index>());
  }
  const HeaderJson &from = json["data_offsets"][0], &to = json["data_offsets"][1];
  if (!from.is_number_unsigned() || !to.is_number_unsigned())
    damaged(source, "is damaged: tensor \"{}\" has an offset that is not a whole number", name);
  const std::uint64_t begin = from.get<std::uint64_t>(), end = to.get<std::uint64_t>();
  if (begin > end) damaged(source, "is damaged: tensor \"{}\" ends at {} before it begins at {}", name, end, begin);
  if (end > data_size)
    damaged(source, "is truncated: tensor \"{}\" ends at byte {} of the data, which has {}", name, end, data_size);
  const auto bytes = bytes_of(entry.stored, entry.shape);
  if (!bytes || *bytes != end - begin)
    damaged(source, "is damaged: tensor \"{}\" of type {} and shape {} does not fit its {} bytes", name, dtype,
            to_string(entry.shape), end - begin);
  entry.offset = static_cast<std::size_t>(begin);
  entry.bytes = static_cast<std::size_t>(end - begin);
  return entry;
}

std::uint64_t little_endian(const std::string& bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

static_assert(std::endian::native == std::endian::little,
              "the format is little-endian, and tensors are copied as they are");

std::size_t size_of(Stored stored) { return stored_facts[static_cast<std::size_t>(stored)].size; }
std::string_view name_of(Stored stored) { return stored_facts[static_cast<std::size_t>(stored)].name; }
Stored stored_as(Dtype dtype) {
  return dtype == Dtype::f32 ? Stored::f32 : dtype == Dtype::f64 ? Stored::f64 : Stored::i32;
}

StoredView stored_view(std::string name, TensorView tensor) {
  return {std::move(name),
          stored_as(tensor.type.dtype),
          tensor.type.shape,
          {static_cast<const std::byte*>(tensor.data), tensor.type.bytes()}};
}

StoredView stored_view(std::string name, std::span<const std::uint8_t> bytes) {
  return {std::move(name), Stored::u8, {static_cast<Index>(bytes.size())}, std::as_bytes(bytes)};
}

const std::string& Safetensors::metadata(const std::string& key) const {
  const auto place = metadata_.find(key);
  if (place == metadata_.end()) damaged(source_, "has no \"{}\" in its metadata", key);
  return place->second;
}

const Safetensors::Entry* Safetensors::find(std::string_view name) const {
  const auto place = places_.find(name);
  return place == places_.end() ? nullptr : &entries_[place->second];
}

const Safetensors::Entry& Safetensors::need(std::string_view name) const {
  const Entry* entry = find(name);
  if (!entry) damaged(source_, "has no tensor \"{}\"", name);
  return *entry;
}

Tensor Safetensors::tensor(std::string_view name) const {
  const Entry& entry = need(name);
  for (Dtype dtype : {Dtype::f32, Dtype::f64, Dtype::i32}) {
    if (stored_as(dtype) != entry.stored) continue;
    Tensor result(Type{dtype, entry.shape});
    copy_to(name, result.view());
    return result;
  }
  damaged(source_, "has tensor \"{}\" of the element type {}; F32, F64 and I32 can be read as tensors", name,
          name_of(entry.stored));
}

std::vector<std::uint8_t> Safetensors::bytes(std::string_view name) const {
  const Entry& entry = need(name);
  if (entry.stored != Stored::u8)
    damaged(source_, "has tensor \"{}\" of the element type {}, where U8 is needed", name, name_of(entry.stored));
  const auto* first = reinterpret_cast<const std::uint8_t*>(data(entry).data());
  return {first, first + entry.bytes};
}

void Safetensors::copy_to(std::string_view name, TensorView destination) const {
  const Entry& entry = need(name);
  if (entry.stored != stored_as(destination.type.dtype) || !(entry.shape == destination.type.shape))
    damaged(source_, "has tensor \"{}\" as {}{}, where {}{} is needed", name, name_of(entry.stored),
            to_string(entry.shape), name_of(stored_as(destination.type.dtype)), to_string(destination.type.shape));
  if (entry.bytes > 0) std::memcpy(destination.data, data(entry).data(), entry.bytes);
}

Safetensors Safetensors::parse(std::string content, std::string source) {
  Safetensors result;
  const std::size_t size = content.size();
  if (size < 8) damaged(source, "is not a safetensors file: it has {} bytes", size);
  const std::uint64_t header_size = little_endian(content);
  if (header_size > longest_header || size < 9 || content[8] != '{')
    damaged(source, "is not a safetensors file: it does not begin with a header");
  if (header_size > size - 8)
    damaged(source, "is truncated: its header has {} bytes, and {} are left", header_size, size - 8);
  const HeaderJson header =
      parse_header(std::string_view(content).substr(8, static_cast<std::size_t>(header_size)), source);
  result.start_ = 8 + static_cast<std::size_t>(header_size);
  const std::uint64_t data_size = size - result.start_;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__")
      result.metadata_ = parse_metadata(value, source);
    else
      result.entries_.push_back(parse_entry(name, value, data_size, source));
  }
  std::sort(result.entries_.begin(), result.entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
  });
  std::size_t end = 0;
  for (std::size_t i = 0; i < result.entries_.size(); ++i) {
    const Entry& entry = result.entries_[i];
    if (entry.offset < end)
      damaged(source, "is damaged: tensor \"{}\" overlaps tensor \"{}\"", entry.name, result.entries_[i - 1].name);
    if (entry.offset > end)
      damaged(source, "is damaged: {} bytes before tensor \"{}\" belong to no tensor", entry.offset - end, entry.name);
    end = entry.offset + entry.bytes;
    result.places_.emplace(entry.name, i);
  }
  if (end != data_size) damaged(source, "is damaged: {} bytes at its end belong to no tensor", data_size - end);
  result.content_ = std::move(content);
  result.source_ = std::move(source);
  return result;
}

Safetensors read_safetensors(const std::string& path) { return Safetensors::parse(read_file(path), path); }

void write_safetensors(const std::string& path, std::span<const StoredView> tensors, const Metadata& metadata) {
  // Wide elements first: then each tensor lies at a multiple of its element size without gaps, which the format
  // forbids.
  std::vector<const StoredView*> order;
  for (const StoredView& tensor : tensors) order.push_back(&tensor);
  std::stable_sort(order.begin(), order.end(),
                   [](auto* a, auto* b) { return size_of(a->stored) > size_of(b->stored); });

  HeaderJson header = HeaderJson::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t end = 0;
  for (const StoredView* tensor : order) {
    if (tensor->name == "__metadata__" || header.contains(tensor->name))
      fail(Code::usage, "{} cannot hold two tensors with the name \"{}\"", path, tensor->name);
    if (bytes_of(tensor->stored, tensor->shape) != tensor->bytes.size())
      fail(Code::usage, "tensor \"{}\" of type {} and shape {} does not fit its {} bytes", tensor->name,
           name_of(tensor->stored), to_string(tensor->shape), tensor->bytes.size());
    header[tensor->name] = {{"dtype", name_of(tensor->stored)},
                            {"shape", std::vector<Index>(tensor->shape.begin(), tensor->shape.end())},
                            {"data_offsets", {end, end + tensor->bytes.size()}}};
    end += tensor->bytes.size();
  }
  std::string text;
  try {
    text = header.dump();
  } catch (const HeaderJson::exception&) {
    fail(Code::usage, "{} cannot hold a name or metadata that is not UTF-8", path);
  }
  text.append((alignment - (8 + text.size()) % alignment) % alignment, ' ');
  std::string length;
  for (int i = 0; i < 8; ++i) length.push_back(static_cast<char>(text.size() >> (8 * i)));

  AtomicFile file(path);
  file.write(length);
  file.write(text);
  for (const StoredView* tensor : order) file.write(tensor->bytes);
  file.commit();
}

}  // namespace fathom
