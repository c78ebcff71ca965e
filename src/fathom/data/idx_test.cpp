#include "fathom/data/idx.hpp"

#include "support/test_files.hpp"

namespace fathom {
namespace {

std::string number(std::uint32_t n) {
  return {static_cast<char>(n >> 24), static_cast<char>(n >> 16), static_cast<char>(n >> 8), static_cast<char>(n)};
}
std::string images(std::uint32_t count, std::uint32_t rows, std::uint32_t columns, const std::string& pixels) {
  return number(2051) + number(count) + number(rows) + number(columns) + pixels;
}
std::string labels(std::uint32_t count, const std::string& bytes) { return number(2049) + number(count) + bytes; }

Error refused_images(const std::string& bytes) {
  return error_from([&] { read_idx_images(*bytes_of(bytes), "file.idx"); });
}

TEST(Idx, ReadsPlainAndPacked) {
  const TestFolder folder;
  const std::string pixels = "abcdefABCDEF";
  for (const bool packed : {false, true}) {
    const std::string text = images(2, 2, 3, pixels), path = folder.write("i", packed ? gzipped(text) : text);
    EXPECT_TRUE(looks_like_idx(path));
    const IdxImages read = read_idx_images(path);
    EXPECT_EQ(read.count, 2);
    EXPECT_EQ(read.rows, 2);
    EXPECT_EQ(read.columns, 3);
    EXPECT_EQ(std::string(read.pixels.begin(), read.pixels.end()), pixels);
  }
  EXPECT_EQ(read_idx_labels(folder.write("l", labels(3, std::string("\0\1\2", 3)))),
            (std::vector<std::uint8_t>{0, 1, 2}));
  EXPECT_FALSE(looks_like_idx(folder.write("t.csv", "a,b\n1,2\n")));
  EXPECT_FALSE(looks_like_idx(folder.write("short", "a")));
}

TEST(Idx, RefusesEveryCut) {
  const std::string whole = images(2, 2, 3, "abcdefABCDEF");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Error error = refused_images(whole.substr(0, size));
    EXPECT_EQ(error.code(), Code::data) << size;
    EXPECT_NE(std::string(error.what()).find("cut off"), std::string::npos) << error.what();
  }
  EXPECT_NE(std::string(refused_images(whole + "x").what()).find("goes on after"), std::string::npos);
}

TEST(Idx, RefusesWrongHeaders) {
  EXPECT_NE(refused_images(labels(1, "x")).hint().find("wrong way round"), std::string::npos);
  EXPECT_NE(std::string(refused_images("P6 2 2 255").what()).find("not an idx file"), std::string::npos);
  // A header that asks for more than there is must not be believed.
  EXPECT_NE(std::string(refused_images(images(0xFFFFFFFF, 0xFFFF, 0xFFFF, "")).what()).find("damaged"),
            std::string::npos);
  EXPECT_NE(std::string(refused_images(images(1000000, 28, 28, "abc")).what()).find("cut off"), std::string::npos);
}

TEST(Idx, ReadsWhatItsPublisherOffers) {
  NEEDS_REAL_DATA("mnist/train-labels-idx1-ubyte.gz");
  const auto read = read_idx_labels(real_data() + "/mnist/train-labels-idx1-ubyte.gz");
  ASSERT_EQ(read.size(), 60000u);
  EXPECT_EQ(std::vector<int>(read.begin(), read.begin() + 8), (std::vector<int>{5, 0, 4, 1, 9, 2, 1, 3}));
}

}  // namespace
}  // namespace fathom
