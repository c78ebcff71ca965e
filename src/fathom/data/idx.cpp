#include "fathom/data/idx.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace fathom {

namespace {

constexpr std::uint32_t images_magic = 2051, labels_magic = 2049;
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 33;

std::uint32_t read_number(ByteSource& source, const std::string& path) {
  unsigned char bytes[4];
  if (read_up_to(source, reinterpret_cast<char*>(bytes), 4) < 4)
    throw Error(Code::data, message("{} is cut off inside of its header", path));
  return (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) | bytes[3];
}

void need_magic(std::uint32_t found, std::uint32_t wanted, const std::string& path) {
  if (found == wanted) return;
  const Message what = wanted == images_magic ? "images" : "labels";
  if (found == images_magic || found == labels_magic)
    throw Error(Code::data,
                message("{} holds idx {}, not {}", path, Message(found == images_magic ? "images" : "labels"), what),
                {}, "are the two paths the wrong way round?");
  throw Error(Code::data, message("{} is not an idx file of {}: it begins with {}, not {}", path, what, found, wanted));
}

// Reads in steps, so that a damaged header cannot ask for more memory than the file has bytes.
std::vector<std::uint8_t> read_data(ByteSource& source, std::uint64_t size, const std::string& path) {
  if (size > most_bytes) fail(Code::data, "{} says that it holds {} bytes: its header is damaged", path, size);
  std::vector<std::uint8_t> data;
  constexpr std::uint64_t step = std::uint64_t{1} << 20;
  while (data.size() < size) {
    const std::size_t had = data.size();
    data.resize(had + static_cast<std::size_t>(std::min(step, size - had)));
    const std::size_t count = source.read(reinterpret_cast<char*>(data.data()) + had, data.size() - had);
    data.resize(had + count);
    if (count == 0) fail(Code::data, "{} is cut off: it holds {} of {} bytes", path, had, size);
  }
  char more = 0;
  if (source.read(&more, 1) != 0)
    fail(Code::data, "{} goes on after the {} bytes that its header promises", path, size);
  return data;
}

}  // namespace

bool looks_like_idx(const std::string& path) {
  const auto source = open_bytes(path);
  try {
    const std::uint32_t magic = read_number(*source, path);
    return magic == images_magic || magic == labels_magic;
  } catch (const Error&) {
    return false;
  }
}

IdxImages read_idx_images(const std::string& path) { return read_idx_images(*open_bytes(path), path); }
std::vector<std::uint8_t> read_idx_labels(const std::string& path) { return read_idx_labels(*open_bytes(path), path); }

IdxImages read_idx_images(ByteSource& source, const std::string& path) {
  need_magic(read_number(source, path), images_magic, path);
  IdxImages images;
  images.count = read_number(source, path);
  images.rows = read_number(source, path);
  images.columns = read_number(source, path);
  if (images.count == 0 || images.rows == 0 || images.columns == 0 || images.rows > 65535 || images.columns > 65535)
    fail(Code::data, "{} says that it holds {} images of {} x {}: its header is damaged", path, images.count,
         images.rows, images.columns);
  images.pixels = read_data(
      source, static_cast<std::uint64_t>(images.count) * static_cast<std::uint64_t>(images.rows * images.columns),
      path);
  return images;
}

std::vector<std::uint8_t> read_idx_labels(ByteSource& source, const std::string& path) {
  need_magic(read_number(source, path), labels_magic, path);
  return read_data(source, read_number(source, path), path);
}

}  // namespace fathom
