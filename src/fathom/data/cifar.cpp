#include "fathom/data/cifar.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include "fathom/data/image_table.hpp"

namespace fathom {

namespace {

namespace files = std::filesystem;

constexpr Index side = 32, channels = 3;
constexpr std::size_t plane = 1024, record_bytes = 1 + plane * 3;
// batches.meta.txt, beside the binary files.
constexpr std::string_view classes[] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                        "dog",      "frog",       "horse", "ship", "truck"};

bool has_cifar_name(const std::string& name) { return name.ends_with(".bin") || name.ends_with(".bin.gz"); }

}  // namespace

std::vector<std::string> cifar_files(const std::string& path) {
  if (!files::is_directory(path)) return {path};
  std::vector<std::string> names;
  for (const auto& entry : files::directory_iterator(path))
    if (const std::string name = entry.path().filename().string();
        entry.is_regular_file() && name.starts_with("data_batch_") && has_cifar_name(name))
      names.push_back(entry.path().string());
  std::sort(names.begin(), names.end());
  const std::vector<std::string> all = names;  // of a file and its .gz, one
  std::erase_if(names, [&](const std::string& name) {
    return name.ends_with(".gz") && std::binary_search(all.begin(), all.end(), name.substr(0, name.size() - 3));
  });
  return names;
}

std::string cifar_test(const std::string& folder) {
  for (const char* name : {"test_batch.bin", "test_batch.bin.gz"})
    if (const files::path path = files::path(folder) / name; files::is_regular_file(path)) return path.string();
  return {};
}

bool looks_like_cifar(const std::string& path) {
  if (files::is_directory(path)) return !cifar_files(path).empty();
  if (!has_cifar_name(path)) return false;
  char label = 0;
  return open_bytes(path)->read(&label, 1) == 1 && static_cast<unsigned char>(label) < std::size(classes);
}

CifarImages read_cifar(const std::string& path) {
  CifarImages all;
  for (const std::string& file : cifar_files(path)) {
    CifarImages part = read_cifar(*open_bytes(file), file);
    if (all.labels.empty()) {
      all = std::move(part);
      continue;
    }
    all.labels.insert(all.labels.end(), part.labels.begin(), part.labels.end());
    all.block.pixels.insert(all.block.pixels.end(), part.block.pixels.begin(), part.block.pixels.end());
  }
  return all;
}

CifarImages read_cifar(ByteSource& source, const std::string& path) {
  CifarImages images;
  images.block.form = {side, side, channels};
  std::vector<char> record(record_bytes);
  while (const std::size_t had = read_up_to(source, record.data(), record.size())) {
    const auto label = static_cast<std::uint8_t>(record[0]);
    if (had < record_bytes)
      fail(Code::data, "{} is cut off: its last record has {} of {} bytes", path, had, record_bytes);
    if (label >= std::size(classes))
      fail(Code::data, "{} is not a CIFAR-10 file: the label of record {} is {}", path, images.labels.size() + 1,
           label);
    images.labels.push_back(label);
    for (std::size_t p = 0; p < plane; ++p)
      for (std::size_t c = 0; c < 3; ++c)
        images.block.pixels.push_back(static_cast<std::uint8_t>(record[1 + c * plane + p]));
  }
  if (images.labels.empty()) fail(Code::data, "{} holds no images", path);
  return images;
}

Table table_of(const CifarImages& images, const std::string& path) {
  Table table;
  table.path = path;
  table.rows = static_cast<Index>(images.labels.size());
  table.bytes = images.labels.size() * record_bytes;
  TableColumn& label = table.columns.emplace_back();
  label.name = image_columns::label;
  label.numeric = false;
  std::array<std::int32_t, std::size(classes)> places;  // of the classes that there are
  places.fill(-1);
  for (std::size_t row = 0; row < images.labels.size(); ++row) {
    std::int32_t& place = places[images.labels[row]];
    if (place < 0) {
      place = static_cast<std::int32_t>(label.vocabulary.size());
      label.vocabulary.emplace_back(classes[images.labels[row]]);
    }
    label.levels.push_back(place);
    table.lines.push_back(static_cast<std::uint32_t>(row + 1));
  }
  return table;
}

}  // namespace fathom
