// ImageStore: where the pixels of rows come from, a block in memory or files that are decoded when they are asked for.
//
// 1. A row has the same pixels from either, to the bit.
// 2. Several threads may read a store at the same time.
#pragma once

#include <functional>
#include <span>

#include "fathom/data/image_files.hpp"

namespace fathom {

class ImageStore {
 public:
  // Of no images.
  ImageStore() = default;
  // The rows are the images of the block, in their order.
  explicit ImageStore(ImageBlock block);
  // `file_of_row`: the place of each row's file; empty: the rows are the files, in their order.
  explicit ImageStore(ImageFiles files, std::vector<std::int32_t> file_of_row = {});

  // Decodes all files into memory. Throws what ImageFiles::decoded() does.
  void load();

  // Of every image; 0: each has its own.
  const ImageForm& form() const { return block_.form; }
  // None for a store that was made of a block.
  const ImageFiles& files() const { return files_; }
  // Of pixels in memory.
  std::size_t bytes() const { return block_.pixels.size(); }

  // Throws what ImageFiles::image() does.
  Image image(Index row) const;
  // Calls see(i, pixels) for every i in [0, rows.size()) with the form().count() values of row rows[i]: in their order
  // where they are in memory, else as they are decoded, on several threads. Throws the error of the first that fails.
  using See = std::function<void(std::size_t i, const std::uint8_t* pixels)>;
  void each(std::span<const Index> rows, const See& see) const;

  // Goes on with a hash: of the files, in memory or not, or else of the block's pixels.
  std::uint64_t hash(std::uint64_t state) const;

 private:
  std::size_t place(Index row) const;
  bool in_memory() const { return !block_.pixels.empty(); }

  ImageBlock block_;
  ImageFiles files_;
  std::vector<std::int32_t> file_of_row_;
};

}  // namespace fathom
