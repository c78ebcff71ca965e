// Protobuf's wire format, as far as writing needs it: a message is its fields, one after the other.
// Format: https://protobuf.dev/programming-guides/encoding
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

namespace fathom::onnx {

// A message that is being written. Long byte fields stay where the caller has them, so a message of a gigabyte takes
// no second gigabyte; they must live until the message has been read.
class Protobuf {
 public:
  void number(int field, std::int64_t value);
  void real(int field, float value);
  void text(int field, std::string_view bytes);
  void lent(int field, std::span<const std::byte> bytes);
  void message(int field, Protobuf inner);

  std::size_t size() const { return size_; }
  // Calls f(std::span<const std::byte>) for the bytes, in order.
  template <class F>
  void for_each_piece(F&& f) const {
    for (const Piece& piece : pieces_) f(piece.lent.empty() ? std::as_bytes(std::span(piece.own)) : piece.lent);
  }
  std::string bytes() const;

 private:
  struct Piece {
    std::string own = {};
    std::span<const std::byte> lent = {};
  };

  void varint(std::uint64_t value);
  void append(std::string_view bytes);

  std::deque<Piece> pieces_;
  std::size_t size_ = 0;
};

}  // namespace fathom::onnx
