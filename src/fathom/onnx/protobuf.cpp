#include "fathom/onnx/protobuf.hpp"

#include <bit>
#include <utility>

namespace fathom::onnx {

namespace {

// How a field's bytes are to be read.
enum Wire : std::uint64_t { varint_wire = 0, bytes_wire = 2, four_bytes_wire = 5 };

std::uint64_t key(int field, Wire wire) { return static_cast<std::uint64_t>(field) << 3 | wire; }

}  // namespace

void Protobuf::append(std::string_view bytes) {
  if (pieces_.empty() || !pieces_.back().lent.empty()) pieces_.emplace_back();
  pieces_.back().own += bytes;
  size_ += bytes.size();
}

// Seven bits a byte, the low ones first; the eighth says that more follow.
void Protobuf::varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 128; value >>= 7) bytes += static_cast<char>(value % 128 + 128);
  append(bytes += static_cast<char>(value));
}

void Protobuf::number(int field, std::int64_t value) {
  varint(key(field, varint_wire));
  varint(static_cast<std::uint64_t>(value));
}

void Protobuf::real(int field, float value) {
  varint(key(field, four_bytes_wire));
  const auto bits = std::bit_cast<std::uint32_t>(value);
  for (int shift = 0; shift < 32; shift += 8) append(std::string(1, static_cast<char>(bits >> shift & 255)));
}

void Protobuf::text(int field, std::string_view bytes) {
  varint(key(field, bytes_wire));
  varint(bytes.size());
  append(bytes);
}

void Protobuf::lent(int field, std::span<const std::byte> bytes) {
  varint(key(field, bytes_wire));
  varint(bytes.size());
  if (bytes.empty()) return;
  pieces_.push_back({.own = {}, .lent = bytes});
  size_ += bytes.size();
}

void Protobuf::message(int field, Protobuf inner) {
  varint(key(field, bytes_wire));
  varint(inner.size_);
  for (Piece& piece : inner.pieces_)
    if (piece.lent.empty())
      append(piece.own);
    else
      pieces_.push_back(std::move(piece));
  for (const Piece& piece : inner.pieces_) size_ += piece.lent.size();
}

std::string Protobuf::bytes() const {
  std::string all;
  all.reserve(size_);
  for_each_piece(
      [&](std::span<const std::byte> piece) { all.append(reinterpret_cast<const char*>(piece.data()), piece.size()); });
  return all;
}

}  // namespace fathom::onnx
