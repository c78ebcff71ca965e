#include "fathom/data/image_store.hpp"

#include "fathom/base/rng.hpp"

namespace fathom {

namespace {

template <class T>
std::uint64_t mix(std::uint64_t state, const std::vector<T>& values) {
  return hash_text({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}, state);
}

}  // namespace

ImageStore::ImageStore(ImageBlock block) : block_(std::move(block)) {}

ImageStore::ImageStore(ImageFiles files, std::vector<std::int32_t> file_of_row)
    : block_{files.form, {}}, files_(std::move(files)), file_of_row_(std::move(file_of_row)) {}

void ImageStore::load() {
  if (!in_memory()) block_ = files_.decoded();
}

std::size_t ImageStore::place(Index row) const {
  const auto i = static_cast<std::size_t>(row);
  return file_of_row_.empty() ? i : static_cast<std::size_t>(file_of_row_[i]);
}

Image ImageStore::image(Index row) const {
  if (!in_memory()) return files_.image(place(row));
  const ImageForm& form = block_.form;
  const auto first = block_.pixels.begin() + static_cast<std::ptrdiff_t>(place(row)) * form.count();
  return {form.rows, form.columns, form.channels, {first, first + form.count()}};
}

void ImageStore::each(std::span<const Index> rows, const See& see) const {
  if (in_memory()) {
    const auto size = static_cast<std::size_t>(block_.form.count());
    for (std::size_t i = 0; i < rows.size(); ++i) see(i, block_.pixels.data() + place(rows[i]) * size);
    return;
  }
  for_each_image(Pool::background(), rows.size(), "no memory is left to decode images",
                 [&](std::size_t i) { see(i, files_.image(place(rows[i])).pixels.data()); });
}

std::uint64_t ImageStore::hash(std::uint64_t state) const {
  if (files_.paths.empty()) return mix(state, block_.pixels);
  state = hash_text(fmt::format("{} x {} x {}", form().rows, form().columns, form().channels), state);
  return mix(mix(state, files_.prints), file_of_row_);
}

}  // namespace fathom
