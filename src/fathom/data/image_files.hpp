// Files of images, decoded side by side into one block of bytes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fathom/data/image.hpp"

namespace fathom {

// What all images of a block have in common; what is not given is found out.
struct ImageForm {
  Index rows = 0, columns = 0;  // 0: as the files have it, and then all the same
  Index channels = 0;           // 0: 1 if every file is grey, else 3
};

struct ImageBlock {
  ImageForm form;
  std::vector<std::uint8_t> pixels;  // [files, rows, columns, channels]
  Index resized = 0;                 // files that had another size
  std::size_t file_bytes = 0;
};

// Whether a name ends in .png, .jpg or .jpeg, in capitals or not.
bool has_image_name(const std::string& path);

// A block in another size, if one is given. The channels stay.
ImageBlock with_size(ImageBlock block, Index rows, Index columns);

// Decodes files on the threads of the shared pool, in their order. Throws Error(data): for files that are not there,
// naming the first three and counting all; for the first one that cannot be decoded; and, where no size is given, for
// two of different sizes. Throws Error(resource) when the block is larger than the memory that can be had.
ImageBlock read_images(const std::vector<std::string>& paths, const ImageForm& wanted);

}  // namespace fathom
