// idx: the format of MNIST's images and labels, plain or gzip.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fathom/base/shape.hpp"
#include "fathom/data/bytes.hpp"

namespace fathom {

struct IdxImages {
  Index count = 0, rows = 0, columns = 0;
  std::vector<std::uint8_t> pixels;
};

// Whether a file begins like idx: images (magic 2051) or labels (2049).
bool looks_like_idx(const std::string& path);

// Throw Error(data) for another format, a size that does not fit the header, and sizes beyond 2^33 bytes.
IdxImages read_idx_images(const std::string& path);
std::vector<std::uint8_t> read_idx_labels(const std::string& path);
// The same from a stream; `path` names it in errors.
IdxImages read_idx_images(ByteSource& source, const std::string& path);
std::vector<std::uint8_t> read_idx_labels(ByteSource& source, const std::string& path);

}  // namespace fathom
