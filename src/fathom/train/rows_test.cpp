#include "fathom/train/rows.hpp"

#include <gtest/gtest.h>

#include "support/image_bytes.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

// Four files, brought to 10 x 10 pixels in colour: 1,200 bytes.
class PlacedImages : public testing::Test {
 protected:
  PlacedImages() {
    for (std::uint8_t i = 0; i < 4; ++i)
      paths_.push_back(folder_.write(fmt::format("{}.png", i), plain_png(5, 5, {i, 0, 0})));
  }
  // The bytes that are then in memory.
  std::size_t placed(const std::string& where, std::size_t available) {
    ImageStore images(look_at_images(paths_, {10, 10, 0}));
    place_images(images, where, available, notes_);
    return images.bytes();
  }

  const TestFolder folder_;
  std::vector<std::string> paths_;
  std::vector<Message> notes_;
};

TEST_F(PlacedImages, AreInMemoryWhereTheyTakeUpToHalfOfIt) {
  EXPECT_EQ(placed("auto", 2400), 1200u);
  EXPECT_TRUE(notes_.empty());
  EXPECT_EQ(placed("auto", 2399), 0u);
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_EQ(notes_[0].text,
            "4 images need 0.0 GB of memory, and 0.0 GB are free: each is decoded again whenever it is needed");
}

TEST_F(PlacedImages, AreWhereTheUserWantsThem) {
  EXPECT_EQ(placed("memory", 1200), 1200u);
  EXPECT_EQ(placed("stream", 1u << 30), 0u);
  EXPECT_TRUE(notes_.empty());
  const Error error = error_from([&] { placed("memory", 1199); });
  EXPECT_EQ(error.code(), Code::resource);
  EXPECT_EQ(std::string(error.what()), "4 images of 10 x 10 x 3 need 0.0 GB of memory");
}

TEST_F(PlacedImages, StayWhatTheyAreWhereTheyAreNoFiles) {
  ImageStore images(ImageBlock{{1, 1, 1}, {1, 2, 3}});
  for (const char* where : {"auto", "memory", "stream"}) place_images(images, where, 1, notes_);
  EXPECT_EQ(images.bytes(), 3u);
  EXPECT_TRUE(notes_.empty());
}

}  // namespace
}  // namespace fathom
