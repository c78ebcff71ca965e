// Files as streams of bytes: plain or gzip, by content and not by name; converted to UTF-8 where they are not.
#pragma once

#include <memory>
#include <string>

#include "fathom/base/error.hpp"

namespace fathom {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // Fills up to `size` bytes; 0 at the end. Throws Error(data) for a damaged file.
  virtual std::size_t read(char* to, std::size_t size) = 0;
};

// Reads until `size` bytes are there or the source ends; gives how many there are.
std::size_t read_up_to(ByteSource& source, char* to, std::size_t size);

// "-" is the standard input; it and pipes can be read once, and are kept in memory.
bool is_stream(const std::string& path);
// Throws Error(data) when the file is absent, a folder or unreadable.
std::unique_ptr<ByteSource> open_bytes(const std::string& path);
std::unique_ptr<ByteSource> bytes_of(std::string text);
// The whole file. Throws Error(data) when it is larger than `limit`.
std::string read_all(const std::string& path, std::size_t limit);

enum class Encoding { automatic, utf8, gb18030, latin1 };
// Throws Error(config) with the names when there is no such encoding.
Encoding encoding(const std::string& name);
std::string_view name_of(Encoding encoding);

// Whether bytes are UTF-8; a character cut off at the end is allowed if `cut`. Gives the first bad place, or npos.
std::size_t first_bad_utf8(std::string_view text, bool cut = false);
// UTF-8 if the beginning of a text is, else GB18030 if it is that, else Latin-1.
Encoding detect_encoding(std::string_view beginning);
// Reads another encoding as UTF-8.
std::unique_ptr<ByteSource> as_utf8(std::unique_ptr<ByteSource> from, Encoding encoding, const std::string& path);

}  // namespace fathom
