#include "fathom/train/events.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "support/test_files.hpp"

namespace fathom {
namespace {

namespace files = std::filesystem;

// A reader of the format that knows only what this test needs.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  bool ended() const { return at_ >= bytes_.size(); }
  template <class T>
  T fixed() {
    T value{};
    EXPECT_LE(at_ + sizeof(T), bytes_.size());
    std::memcpy(&value, bytes_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = fixed<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
  }
  std::string_view take(std::size_t size) {
    EXPECT_LE(at_ + size, bytes_.size());
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

std::uint32_t unmasked(std::uint32_t masked) {
  const std::uint32_t rotated = masked - 0xA282EAD8u;
  return (rotated << 15) | (rotated >> 17);
}

// step -> tag -> value
std::map<std::uint64_t, std::map<std::string, float>> scalars(const std::string& path) {
  std::stringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  const std::string bytes = content.str();
  std::map<std::uint64_t, std::map<std::string, float>> found;
  Reader file(bytes);
  while (!file.ended()) {
    const auto length_bytes = file.take(8);
    std::uint64_t length = 0;
    std::memcpy(&length, length_bytes.data(), 8);
    EXPECT_EQ(unmasked(file.fixed<std::uint32_t>()), crc32c(length_bytes));
    const auto message = file.take(length);
    EXPECT_EQ(unmasked(file.fixed<std::uint32_t>()), crc32c(message));
    Reader event(message);
    std::uint64_t step = 0;
    while (!event.ended()) {
      const auto key = event.varint();
      if (key == (1 << 3 | 1)) {
        EXPECT_GT(event.fixed<double>(), 1.7e9);
      } else if (key == (2 << 3 | 0)) {
        step = event.varint();
      } else if (key == (3 << 3 | 2)) {
        EXPECT_EQ(event.take(event.varint()), "brain.Event:2");
      } else {
        EXPECT_EQ(key, 5u << 3 | 2);
        Reader summary(event.take(event.varint()));
        while (!summary.ended()) {
          EXPECT_EQ(summary.varint(), 1u << 3 | 2);
          Reader value(summary.take(summary.varint()));
          EXPECT_EQ(value.varint(), 1u << 3 | 2);
          const std::string tag(value.take(value.varint()));
          EXPECT_EQ(value.varint(), 2u << 3 | 5);
          found[step][tag] = value.fixed<float>();
        }
      }
    }
  }
  return found;
}

TEST(Events, ChecksumIsCastagnolis) {
  // RFC 3720, appendix B.4
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
}

TEST(Events, HoldWhatWasAdded) {
  const TestFolder test_folder;
  const std::string folder = test_folder.path();
  std::string first, second;
  {
    EventWriter writer(folder), again(folder);
    first = writer.path();
    second = again.path();
    const std::pair<std::string, double> one[] = {{"train/loss", 0.5}, {"学习率", 1e-3}};
    const std::pair<std::string, double> two[] = {{"train/loss", 0.25}};
    writer.add(1, one);
    writer.add(1000000, two);
  }
  EXPECT_NE(first, second);
  const auto found = scalars(first);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found.at(1).at("train/loss"), 0.5f);
  EXPECT_EQ(found.at(1).at("学习率"), 1e-3f);
  EXPECT_EQ(found.at(1000000).at("train/loss"), 0.25f);
  EXPECT_TRUE(scalars(second).empty());
}

}  // namespace
}  // namespace fathom
