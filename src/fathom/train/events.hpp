// The step log: scalars by step in the format of TensorBoard's event files, so that its viewers draw a run.
//
// A record is a length, a checksum, a protobuf message and a checksum (TensorFlow's TFRecord; CRC-32C, Castagnoli
// 1993). A file that a killed process left is whole up to its last record.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "fathom/base/shape.hpp"

namespace fathom {

class EventWriter {
 public:
  // Makes a new file events.out.tfevents.TIME.fathom in the folder. Throws Error(resource) when it cannot be written.
  explicit EventWriter(const std::string& folder);

  // Adds values of one step. Written to the disk by flush() and at the end.
  void add(Index step, std::span<const std::pair<std::string, double>> values);
  void flush();
  const std::string& path() const { return path_; }

 private:
  void write(const std::string& message);

  std::string path_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
};

// CRC-32C of the bytes.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace fathom
