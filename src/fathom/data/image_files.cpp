#include "fathom/data/image_files.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <limits>
#include <memory>
#include <mutex>
#include <new>

#include "fathom/base/error.hpp"
#include "fathom/base/pool.hpp"
#include "fathom/data/bytes.hpp"

namespace fathom {

namespace {

constexpr std::int64_t files_in_chunk = 16;

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

// The error of the first file, in their order, that has one: the same on any number of threads.
class FirstError {
 public:
  // Whether files behind this one need not be read any more.
  bool is_before(Index file) const { return file_.load(std::memory_order_relaxed) < file; }
  void note(Index file, Error error) {
    const std::lock_guard lock(mutex_);
    if (error_ && file_.load() < file) return;
    file_.store(file);
    error_ = std::make_unique<Error>(std::move(error));
  }
  void raise() const {
    if (error_) throw *error_;
  }

 private:
  std::mutex mutex_;
  std::atomic<Index> file_{std::numeric_limits<Index>::max()};
  std::unique_ptr<Error> error_;
};

void need_size(const Image& image, const std::string& path, const ImageForm& form, const std::string& first) {
  if (image.rows == form.rows && image.columns == form.columns) return;
  throw Error(Code::data,
              message("{} has {} x {} pixels, but {} has {} x {}", first, form.rows, form.columns, path, image.rows,
                      image.columns),
              {}, "set data.size = [rows, columns], and every image is brought to that size");
}

Error too_many_pixels(std::size_t images, const ImageForm& form) {
  const double bytes = static_cast<double>(images) * static_cast<double>(form.rows) *
                       static_cast<double>(form.columns) * static_cast<double>(form.channels);
  return {Code::resource,
          message("{} images of {} x {} x {} need {:.1f} GB of memory", images, form.rows, form.columns, form.channels,
                  bytes / 1e9),
          {},
          "set a smaller data.size"};
}

}  // namespace

bool has_image_name(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  if (dot == std::string::npos || path.size() - dot > 5) return false;
  std::string ending = path.substr(dot);
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

ImageBlock with_size(ImageBlock block, Index rows, Index columns) {
  const ImageForm from = block.form;
  if (rows == 0 || (from.rows == rows && from.columns == columns)) return block;
  const auto size = static_cast<std::size_t>(from.rows * from.columns * from.channels),
             new_size = static_cast<std::size_t>(rows * columns * from.channels), count = block.pixels.size() / size;
  ImageBlock result{{rows, columns, from.channels}, {}, static_cast<Index>(count), block.file_bytes};
  try {
    result.pixels.resize(count * new_size);
  } catch (const std::exception&) {
    throw too_many_pixels(count, result.form);
  }
  FirstError error;
  Pool::shared().run(static_cast<std::int64_t>(count), [&](std::int64_t i) {
    if (error.is_before(i)) return;
    try {
      const auto at = block.pixels.begin() + i * static_cast<std::ptrdiff_t>(size);
      const Image image{from.rows, from.columns, from.channels, {at, at + static_cast<std::ptrdiff_t>(size)}};
      const Image made = resized(image, rows, columns);
      std::copy(made.pixels.begin(), made.pixels.end(),
                result.pixels.begin() + i * static_cast<std::ptrdiff_t>(new_size));
    } catch (const std::bad_alloc&) {
      error.note(i, Error(Code::resource, "no memory is left to resize images"));
    }
  });
  error.raise();
  return result;
}

ImageBlock read_images(const std::vector<std::string>& paths, const ImageForm& wanted) {
  if (paths.empty()) throw Error(Code::data, "there are no images");
  need_files(paths);
  ImageBlock block;
  block.form = wanted;
  const bool resizes = wanted.rows > 0;
  {
    const Image first = read_image(paths.front());
    if (!resizes) {
      block.form.rows = first.rows;
      block.form.columns = first.columns;
    }
    // All are taken for grey while no other one has been seen.
    if (wanted.channels == 0) block.form.channels = first.channels;
  }
  const auto files = static_cast<Index>(paths.size());
  while (true) {
    const ImageForm& form = block.form;
    const auto image_bytes = static_cast<std::size_t>(form.rows * form.columns * form.channels);
    try {
      block.pixels.assign(paths.size() * image_bytes, 0);
    } catch (const std::exception&) {
      throw too_many_pixels(paths.size(), form);
    }
    FirstError error;
    std::atomic<bool> seen_colour{false};
    std::atomic<Index> resized_files{0};
    std::atomic<std::size_t> file_bytes{0};
    const auto read_one = [&](Index file) {
      const auto i = static_cast<std::size_t>(file);
      const std::string bytes = read_all(paths[i], most_image_bytes);
      file_bytes += bytes.size();
      Image image = decode_image(bytes, paths[i]);
      if (!resizes) need_size(image, paths[i], form, paths.front());
      if (wanted.channels == 0 && form.channels == 1 && image.channels == 3) seen_colour = true;
      if (seen_colour) return;
      if (image.rows != form.rows || image.columns != form.columns) {
        ++resized_files;
        image = resized(image, form.rows, form.columns);
      }
      image = with_channels(std::move(image), form.channels);
      std::copy(image.pixels.begin(), image.pixels.end(),
                block.pixels.begin() + static_cast<std::ptrdiff_t>(i * image_bytes));
    };
    Pool::shared().run((files + files_in_chunk - 1) / files_in_chunk, [&](std::int64_t chunk) {
      for (Index file = chunk * files_in_chunk; file < std::min(files, (chunk + 1) * files_in_chunk); ++file) {
        if (error.is_before(file)) return;
        try {
          read_one(file);
        } catch (const Error& problem) {
          error.note(file, problem);
        } catch (const std::bad_alloc&) {
          error.note(file, Error(Code::resource, "no memory is left to decode images"));
        }
      }
    });
    error.raise();
    block.resized = resized_files;
    block.file_bytes = file_bytes;
    if (!seen_colour) return block;
    block.form.channels = 3;
  }
}

}  // namespace fathom
