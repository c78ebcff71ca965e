#include "fathom/train/events.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "fathom/base/error.hpp"

namespace fathom {

namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78u : 0);
    table[i] = crc;
  }
  return table;
}

// A checksum of data that holds checksums is masked (TFRecord).
std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xA282EAD8u; }

template <class T>
void append(std::string& text, T value) {
  static_assert(std::endian::native == std::endian::little);
  text.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

void append_varint(std::string& text, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) text += static_cast<char>(value | 0x80);
  text += static_cast<char>(value);
}

// Protobuf fields: a number with its wire type, then the value.
enum class Wire { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };
void append_key(std::string& text, int field, Wire wire) {
  append_varint(text, static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire));
}
void append_bytes(std::string& text, int field, std::string_view bytes) {
  append_key(text, field, Wire::bytes);
  append_varint(text, bytes.size());
  text += bytes;
}

double now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

// Event: wall_time = 1.
std::string event() {
  std::string message;
  append_key(message, 1, Wire::fixed64);
  append(message, now());
  return message;
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  static constexpr auto table = make_table();
  std::uint32_t crc = 0xFFFFFFFFu;
  for (char c : bytes) crc = (crc >> 8) ^ table[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

EventWriter::EventWriter(const std::string& folder) : file_(nullptr, &std::fclose) {
  // Two sessions of one run may begin in one second.
  const auto seconds = static_cast<long long>(now());
  for (int i = 0; !file_ && (i == 0 || errno == EEXIST); ++i) {
    path_ = fmt::format("{}/events.out.tfevents.{:010}.fathom{}", folder, seconds, i == 0 ? "" : fmt::format(".{}", i));
    file_.reset(std::fopen(path_.c_str(), "wbx"));
  }
  if (!file_) fail(Code::resource, "{} cannot be written: {}", path_, Message(std::strerror(errno)));
  std::string message = event();
  append_bytes(message, 3, "brain.Event:2");  // file_version
  write(message);
}

void EventWriter::add(Index step, std::span<const std::pair<std::string, double>> values) {
  std::string summary;
  for (const auto& [tag, number] : values) {
    std::string value;
    append_bytes(value, 1, tag);
    append_key(value, 2, Wire::fixed32);  // simple_value
    append(value, static_cast<float>(number));
    append_bytes(summary, 1, value);
  }
  std::string message = event();
  append_key(message, 2, Wire::varint);
  append_varint(message, static_cast<std::uint64_t>(step));
  append_bytes(message, 5, summary);
  write(message);
}

void EventWriter::write(const std::string& message) {
  std::string record;
  append(record, static_cast<std::uint64_t>(message.size()));
  append(record, masked(crc32c(record)));
  record += message;
  append(record, masked(crc32c(message)));
  if (std::fwrite(record.data(), 1, record.size(), file_.get()) != record.size())
    fail(Code::resource, "{} cannot be written: {}", path_, Message(std::strerror(errno)));
}

void EventWriter::flush() {
  if (std::fflush(file_.get()) != 0)
    fail(Code::resource, "{} cannot be written: {}", path_, Message(std::strerror(errno)));
}

}  // namespace fathom
