#include "fathom/data/image_files.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <new>

#include "fathom/base/rng.hpp"
#include "fathom/data/bytes.hpp"

namespace fathom {

namespace {

// The header of nearly every image lies within so many bytes, and what is there tells two files apart.
constexpr std::size_t beginning_bytes = 1 << 16;

void need_files(const std::vector<std::string>& paths) {
  std::vector<std::string> absent;
  std::size_t count = 0;
  for (const std::string& path : paths) {
    if (std::filesystem::is_regular_file(path)) continue;
    ++count;
    if (absent.size() < 3) absent.push_back(path);
  }
  if (count == 0) return;
  throw Error(Code::data,
              count == 1 ? message("1 of {} image files is not there: {}", paths.size(), absent.front())
                         : message("{} of {} image files are not there: {}{}", count, paths.size(),
                                   fmt::join(absent, ", "), count > absent.size() ? ", ..." : ""),
              {}, "names of files are relative to the file that lists them");
}

// The error of the first image that has one.
class FirstError {
 public:
  // Whether images behind this one need not be looked at any more.
  bool is_before(std::size_t image) const { return image_.load(std::memory_order_relaxed) < image; }
  void note(std::size_t image, Error error) {
    const std::lock_guard lock(mutex_);
    if (error_ && image_.load() < image) return;
    image_.store(image);
    error_ = std::make_unique<Error>(std::move(error));
  }
  void raise() const {
    if (error_) throw *error_;
  }

 private:
  std::mutex mutex_;
  std::atomic<std::size_t> image_{std::numeric_limits<std::size_t>::max()};
  std::unique_ptr<Error> error_;
};

void need_size(const ImageForm& image, const std::string& path, const ImageForm& form, const std::string& first) {
  if (image.rows == form.rows && image.columns == form.columns) return;
  throw Error(Code::data,
              message("{} has {} x {} pixels, but {} has {} x {}", first, form.rows, form.columns, path, image.rows,
                      image.columns),
              {}, "set data.size = [rows, columns], and every image is brought to that size");
}

std::uint64_t print_of(std::size_t file_bytes, std::string_view content) {
  return hash_text(content.substr(0, beginning_bytes), hash_text(fmt::format("{}", file_bytes)));
}

std::size_t bytes_of_file(const std::string& path) {
  std::error_code absent;
  const std::uintmax_t bytes = std::filesystem::file_size(path, absent);
  return absent ? 0 : static_cast<std::size_t>(bytes);
}

constexpr const char* no_memory_to_decode = "no memory is left to decode images";

}  // namespace

Error too_many_pixels(std::size_t images, const ImageForm& form, const Message& hint) {
  const double bytes = static_cast<double>(images) * static_cast<double>(form.rows) *
                       static_cast<double>(form.columns) * static_cast<double>(form.channels);
  return {Code::resource,
          message("{} images of {} x {} x {} need {:.1f} GB of memory", images, form.rows, form.columns, form.channels,
                  bytes / 1e9),
          {},
          hint};
}

void for_each_image(Pool& pool, std::size_t count, const Message& no_memory,
                    const std::function<void(std::size_t)>& work) {
  FirstError error;
  pool.run(static_cast<std::int64_t>(count), [&](std::int64_t chunk) {
    const auto i = static_cast<std::size_t>(chunk);
    if (error.is_before(i)) return;
    try {
      work(i);
    } catch (const Error& problem) {
      error.note(i, problem);
    } catch (const std::bad_alloc&) {
      error.note(i, Error(Code::resource, no_memory));
    }
  });
  error.raise();
}

bool has_image_name(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos || path.size() - dot > 5) return false;
  std::string ending = path.substr(dot);
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

ImageFiles look_at_images(std::vector<std::string> paths, const ImageForm& wanted) {
  if (paths.empty()) throw Error(Code::data, "there are no images");
  need_files(paths);
  ImageFiles files{.paths = std::move(paths), .form = wanted, .prints = {}, .resized = 0, .file_bytes = 0};
  const std::size_t count = files.paths.size();
  files.prints.resize(count);
  std::vector<ImageForm> forms(count);
  std::atomic<std::size_t> file_bytes{0};
  ImageForm& form = files.form;
  const auto look_at = [&](std::size_t i) {
    const std::string& path = files.paths[i];
    std::string content(beginning_bytes, '\0');
    content.resize(read_up_to(*open_bytes(path), content.data(), content.size()));
    const std::size_t bytes = bytes_of_file(path);
    files.prints[i] = print_of(bytes, content);
    file_bytes += bytes;
    try {
      forms[i] = image_form(content, path);
    } catch (const Error&) {
      if (content.size() < beginning_bytes) throw;
      forms[i] = image_form(read_all(path, most_image_bytes), path);  // the header may be longer
    }
  };
  look_at(0);
  if (wanted.rows == 0) {
    form.rows = forms.front().rows;
    form.columns = forms.front().columns;
  }
  for_each_image(Pool::shared(), count - 1, no_memory_to_decode, [&](std::size_t i) {
    look_at(i + 1);
    if (wanted.rows == 0) need_size(forms[i + 1], files.paths[i + 1], form, files.paths.front());
  });
  files.file_bytes = file_bytes;
  if (wanted.channels == 0)
    form.channels = std::max_element(forms.begin(), forms.end(), [](const ImageForm& a, const ImageForm& b) {
                      return a.channels < b.channels;
                    })->channels;
  files.resized = std::count_if(forms.begin(), forms.end(), [&](const ImageForm& its) {
    return its.rows != form.rows || its.columns != form.columns;
  });
  return files;
}

Image ImageFiles::image(std::size_t file) const {
  const std::string& path = paths[file];
  const std::string content = read_all(path, most_image_bytes);
  Image image = decode_image(content, path);
  if (!prints.empty() && print_of(bytes_of_file(path), content) != prints[file])
    throw Error(Code::data, message("{} is no longer the image that it was at the start", path), {},
                "put the old file back, or start again");
  if (form.rows > 0 && (image.rows != form.rows || image.columns != form.columns))
    image = fathom::resized(image, form.rows, form.columns);
  return form.channels > 0 ? with_channels(std::move(image), form.channels) : image;
}

ImageBlock ImageFiles::decoded() const {
  ImageBlock block{form, {}};
  const auto size = static_cast<std::size_t>(form.count());
  try {
    block.pixels.resize(decoded_bytes());
  } catch (const std::exception&) {
    throw too_many_pixels(paths.size(), form);
  }
  for_each_image(Pool::shared(), paths.size(), no_memory_to_decode, [&](std::size_t i) {
    const Image made = image(i);
    std::copy(made.pixels.begin(), made.pixels.end(), block.pixels.begin() + static_cast<std::ptrdiff_t>(i * size));
  });
  return block;
}

ImageBlock with_size(ImageBlock block, Index rows, Index columns) {
  const ImageForm from = block.form;
  if (rows == 0 || (from.rows == rows && from.columns == columns)) return block;
  ImageBlock result{{rows, columns, from.channels}, {}};
  const auto size = static_cast<std::size_t>(from.count()), new_size = static_cast<std::size_t>(result.form.count()),
             count = block.pixels.size() / size;
  try {
    result.pixels.resize(count * new_size);
  } catch (const std::exception&) {
    throw too_many_pixels(count, result.form);
  }
  for_each_image(Pool::shared(), count, "no memory is left to resize images", [&](std::size_t i) {
    const auto at = block.pixels.begin() + static_cast<std::ptrdiff_t>(i * size);
    const Image image{from.rows, from.columns, from.channels, {at, at + static_cast<std::ptrdiff_t>(size)}};
    const Image made = resized(image, rows, columns);
    std::copy(made.pixels.begin(), made.pixels.end(),
              result.pixels.begin() + static_cast<std::ptrdiff_t>(i * new_size));
  });
  return result;
}

}  // namespace fathom
