#include "fathom/data/image_store.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "fathom/data/bytes.hpp"
#include "fathom/data/pipeline.hpp"
#include "support/image_bytes.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

// 30 files of two sizes and both formats, two of them grey; 45 rows, of which the last 15 name the first files again.
class ImageStoreTest : public testing::Test {
 protected:
  ImageStoreTest() {
    for (std::uint8_t i = 0; i < 30; ++i) {
      const auto value = static_cast<std::uint8_t>(8 * i);
      const std::vector<std::uint8_t> pixels(10 * 7 * 3, value);
      const std::string name = fmt::format("{}.img", i);
      paths_.push_back(i < 2        ? folder_.write(name, plain_png(6, 5, {value}))
                       : i % 2 == 0 ? folder_.write(name, plain_png(6, 5, {value, 90, 7}))
                                    : folder_.write(name, jpeg_bytes(10, 7, TJPF_RGB, pixels.data())));
    }
    for (std::int32_t row = 0; row < 45; ++row) rows_.push_back(row % 30);
  }

  ImageStore streamed() const { return ImageStore(look_at_images(paths_, {6, 5, 0}), rows_); }
  ImageStore loaded() const {
    ImageStore store = streamed();
    store.load();
    return store;
  }
  static std::vector<std::uint8_t> pixels_of(const ImageStore& store, const std::vector<Index>& rows) {
    const auto size = static_cast<std::size_t>(store.form().count());
    std::vector<std::uint8_t> pixels(rows.size() * size);
    store.each(rows, [&](std::size_t i, const std::uint8_t* from) {
      std::copy_n(from, size, pixels.begin() + static_cast<std::ptrdiff_t>(i * size));
    });
    return pixels;
  }

  const TestFolder folder_;
  std::vector<std::string> paths_;
  std::vector<std::int32_t> rows_;
  const std::vector<Index> some_{44, 3, 0, 17, 2, 32, 3, 29, 1, 14, 30};
};

TEST_F(ImageStoreTest, GivesTheSamePixelsFromFilesAndFromMemory) {
  const ImageStore files = streamed(), memory = loaded();
  EXPECT_EQ(files.form(), (ImageForm{6, 5, 3}));
  EXPECT_EQ(files.files().resized, 14);
  EXPECT_EQ(files.bytes(), 0u);
  EXPECT_EQ(memory.bytes(), 30u * 90);
  EXPECT_EQ(pixels_of(files, some_), pixels_of(memory, some_));
  for (const Index row : some_) EXPECT_EQ(files.image(row).pixels, memory.image(row).pixels);
  EXPECT_EQ(files.image(44).pixels, files.image(14).pixels);
  EXPECT_EQ(files.hash(1), memory.hash(1));
  EXPECT_NE(files.hash(1), files.hash(2));
}

TEST_F(ImageStoreTest, FitsTheSameNormalisationFromFilesAndFromMemory) {
  Pipeline a, b;
  for (Pipeline* pipeline : {&a, &b}) {
    pipeline->image_rows = 6;
    pipeline->image_columns = 5;
    pipeline->image_channels = 3;
  }
  fit_images(a, streamed(), some_);
  fit_images(b, loaded(), some_);
  EXPECT_EQ(a.image_center, b.image_center);
  EXPECT_EQ(a.image_scale, b.image_scale);
  EXPECT_GT(a.image_scale[0], 0.1);
}

TEST_F(ImageStoreTest, IsReadBySeveralThreadsAtTheSameTime) {
  const ImageStore files = streamed();
  const std::vector<std::uint8_t> expected = pixels_of(loaded(), some_);
  std::vector<std::uint8_t> others;
  std::thread other([&] {
    for (int i = 0; i < 5; ++i) others = pixels_of(files, some_);
  });
  for (int i = 0; i < 5; ++i) EXPECT_EQ(pixels_of(files, some_), expected);
  other.join();
  EXPECT_EQ(others, expected);
}

TEST_F(ImageStoreTest, NamesTheFirstRowWhoseFileIsNoLongerWhatItWas) {
  const ImageStore files = streamed(), memory = loaded();
  const std::vector<std::uint8_t> before = pixels_of(memory, some_);
  const auto refused = [&](const std::string& words) {
    const Error error = error_from([&] { pixels_of(files, some_); });
    EXPECT_EQ(error.code(), Code::data);
    EXPECT_EQ(std::string(error.what()), words);
  };
  const std::string whole = read_all(paths_[17], 1 << 20);
  folder_.write("29.img", "text");
  folder_.write("17.img", whole.substr(0, whole.size() / 2));
  refused(paths_[17] + " is a damaged or truncated JPEG");
  folder_.write("17.img", plain_png(9, 9, {1, 2, 3}));
  refused(paths_[17] + " is no longer the image that it was at the start");
  std::filesystem::remove(paths_[17]);
  refused("there is no file " + paths_[17]);
  folder_.write("17.img", whole);
  EXPECT_EQ(pixels_of(files, {17}), pixels_of(memory, {17}));
  EXPECT_EQ(pixels_of(memory, some_), before);
  // Another data set, though all that is left is well.
  folder_.write("29.img", plain_png(6, 5, {200, 90, 7}));
  EXPECT_NE(streamed().hash(1), files.hash(1));
}

}  // namespace
}  // namespace fathom
