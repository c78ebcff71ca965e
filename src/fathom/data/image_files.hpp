// Files of images: what their headers say of them, and their pixels, side by side on several threads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fathom/base/error.hpp"
#include "fathom/base/pool.hpp"
#include "fathom/data/image.hpp"

namespace fathom {

// Images of one form, decoded.
struct ImageBlock {
  ImageForm form;
  std::vector<std::uint8_t> pixels;  // [images, rows, columns, channels]
};

// Images of one form that lie in files.
struct ImageFiles {
  std::vector<std::string> paths;
  ImageForm form;                     // that they are brought to; 0: each as it is
  std::vector<std::uint64_t> prints;  // of what each file was when its header was read; empty: not read
  Index resized = 0;                  // files that have another size
  std::size_t file_bytes = 0;         // of all of them

  // Of all of them in one block.
  std::size_t decoded_bytes() const { return paths.size() * static_cast<std::size_t>(form.count()); }
  // Reads and decodes one. Throws Error(data) when it is not there, damaged, or another file than its header was of.
  Image image(std::size_t file) const;
  // All, on the threads of the shared pool. Throws what image() does for the first that fails, in their order, and
  // Error(resource) when no memory is left for the block.
  ImageBlock decoded() const;
};

// Whether a name ends in .png, .jpg or .jpeg, in capitals or not.
bool has_image_name(const std::string& path);

// Reads the headers of files on the threads of the shared pool. What `wanted` leaves open is found out: the size where
// all have the same, and 1 channel where all are grey, else 3. Throws Error(data): for no files; for files that are not
// there, naming the first three and counting all; for the first header, in their order, that is none or is beyond the
// limits; and, where no size is wanted, for two files of different sizes.
ImageFiles look_at_images(std::vector<std::string> paths, const ImageForm& wanted);

// A block in another size, if one is given. The channels stay.
ImageBlock with_size(ImageBlock block, Index rows, Index columns);

// A block of so many images that is larger than the memory that can be had.
Error too_many_pixels(std::size_t images, const ImageForm& form, const Message& hint = "set a smaller data.size");

// Calls work(i) for every image in [0, count) on the threads of a pool. Throws the error of the first image, in their
// order, that has one: the same on any number of threads; `no_memory` where one found none.
void for_each_image(Pool& pool, std::size_t count, const Message& no_memory,
                    const std::function<void(std::size_t)>& work);

}  // namespace fathom
