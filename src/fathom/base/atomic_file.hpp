// Files that hold either the old content or the new, whole, whatever happens in between.
//
// 1. A crash, a kill or a power cut at any moment leaves the old content or the new at the path.
// 2. A write that fails (disk full, no permission) leaves the old content and removes what it had begun.
// 3. What a killed writer leaves behind is one hidden file, ".<name>.partial", which the next write takes over.
// 4. A path that is a device or a pipe is written directly: there is nothing to replace.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace fathom {

// Written to a hidden file in the same folder, then put in place by commit(). Destroyed before that: nothing happened.
class AtomicFile {
 public:
  // Throws Error(data) when the folder does not exist or cannot be written, Error(try_again) when another process
  // is writing the same file.
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Throws Error(resource) when the disk is full.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span(text.data(), text.size()))); }
  // Makes the bytes durable (fsync), puts them in place (rename) and makes that durable too.
  void commit();

 private:
  [[noreturn]] void give_up(std::string_view doing);
  void close_and_remove() noexcept;

  std::string path_, partial_;  // partial_ is empty for a device
  int file_ = -1;
};

void write_file(const std::string& path, std::string_view content);

// The whole file. Throws Error(data) when it is absent, a folder, or cannot be read.
std::string read_file(const std::string& path);

// Writes every byte to an open file. Throws Error(resource) naming `path` when the disk is full.
void write_all(int file, std::span<const std::byte> bytes, const std::string& path);

}  // namespace fathom
