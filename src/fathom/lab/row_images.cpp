#include "fathom/lab/row_images.hpp"

#include <png.h>

#include <algorithm>

#include "fathom/data/idx.hpp"
#include "fathom/data/image_table.hpp"
#include "fathom/train/prepare.hpp"
#include "fathom/train/rows.hpp"

namespace fathom {

namespace {

std::vector<Image> idx_images(const std::string& path, const std::string& labels_path,
                              std::span<const JudgedRow> rows) {
  IdxImages file = read_idx_images(path);
  const std::vector<std::uint8_t> labels = read_idx_labels(labels_path);
  const ImageStore store(ImageBlock{{file.rows, file.columns, 1}, std::move(file.pixels)});
  std::vector<Image> images;
  for (const JudgedRow& row : rows) {
    const auto i = static_cast<std::size_t>(row.row - 1);
    if (row.row < 1 || row.row > file.count || i >= labels.size() || fmt::format("{}", labels[i]) != row.truth)
      return {};
    images.push_back(store.image(row.row - 1));
  }
  return images;
}

std::vector<Image> table_images(const RunRecord& record, const std::string& path, std::span<const JudgedRow> rows) {
  Rows file = read_rows(path, read_options(record.settings));
  const TableColumn* target = file.table.find(record.target);
  const auto input = std::find_if(record.data.inputs.begin(), record.data.inputs.end(),
                                  [](const ColumnRecord& column) { return column.kind == "image"; });
  const TableColumn* names = input == record.data.inputs.end() ? nullptr : file.table.find(input->name);
  if (target == nullptr || (!file.images && names == nullptr)) return {};
  const ImageStore store =
      file.images ? ImageStore(std::move(*file.images))
                  : ImageStore({.paths = image_paths(file.table, *names), .form = {}, .prints = {}}, names->levels);
  std::vector<Image> images;
  for (const JudgedRow& row : rows) {
    if (row.row < 1 || row.row > file.table.rows || target->text(row.row - 1) != row.truth) return {};
    if (names != nullptr && !has_image_value(*names, row.row - 1)) return {};
    images.push_back(store.image(row.row - 1));
  }
  return images;
}

Image no_longer_than(Image image, Index longest) {
  const Index side = std::max(image.rows, image.columns);
  if (side <= longest) return image;
  const auto scaled = [&](Index length) { return std::max<Index>(1, length * longest / side); };
  return resized(image, scaled(image.rows), scaled(image.columns));
}

}  // namespace

std::vector<Image> row_images(const RunRecord& record, std::span<const JudgedRow> rows, Index longest) {
  if (!record.has_images) return {};
  try {
    Settings settings = record.settings;
    complete_paths(settings);
    const bool own_test = !settings.data.test_path.empty();
    const std::string& path = own_test ? settings.data.test_path : settings.data.path;
    std::vector<Image> images =
        is_idx(path) ? idx_images(path, own_test ? settings.data.test_labels : settings.data.labels, rows)
                     : table_images(record, path, rows);
    for (Image& image : images) image = no_longer_than(std::move(image), longest);
    return images;
  } catch (const Error&) {  // gone, or no longer what it was
    return {};
  }
}

std::string png_bytes(const Image& image) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.columns);
  header.height = static_cast<png_uint_32>(image.rows);
  header.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&header, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr) == 0)
    fail(Code::resource, "cannot make a PNG: {}", header.message);
  bytes.resize(size);
  return bytes;
}

}  // namespace fathom
