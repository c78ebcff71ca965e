#include "fathom/train/safetensors.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/rng.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

class SafetensorsTest : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  const TestFolder test_folder_;
  const std::string folder_ = test_folder_.path();
};

// A file built by hand: an independent writer.
std::string file_of(const std::string& header, const std::string& data) {
  std::string content;
  for (int i = 0; i < 8; ++i) content.push_back(static_cast<char>(header.size() >> (8 * i)));
  return content + header + data;
}

// The sentence of the error that the content gives, or "" when it is read.
std::string complaint(const std::string& content) {
  try {
    Safetensors::parse(content, "f");
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), Code::data);
    return error.what();
  }
}

#define EXPECT_COMPLAINT(content, part) \
  EXPECT_NE(complaint(content).find(part), std::string::npos) << complaint(content)

struct Sample {
  Tensor f32{Shape{2, 3}, {1.0F, -0.0F, std::numeric_limits<float>::infinity(), std::nanf(""), 1e-45F, 3.4e38F}};
  Tensor f64{Shape{1}, {0.1}};
  Tensor i32{Shape{4}, {-1, 0, 2147483647, -2147483647 - 1}};
  Tensor empty{Type{Dtype::f32, Shape{0, 5}}};
  Tensor scalar{Shape{}, {7.0F}};
  std::vector<std::uint8_t> bytes{1, 2, 255};
  Metadata metadata{{"step", "317"}, {"名", "值 \"quoted\" \n"}};

  void write(const std::string& path) const {
    write_safetensors(
        path,
        std::vector{stored_view("mask", bytes), stored_view("layer.weight", f32), stored_view("mean", f64),
                    stored_view("权重", i32), stored_view("none", empty), stored_view("one", scalar)},
        metadata);
  }
};

bool same_bits(const Tensor& a, const Tensor& b) {
  return a.type() == b.type() && (a.bytes() == 0 || std::memcmp(a.view().data, b.view().data, a.bytes()) == 0);
}

TEST_F(SafetensorsTest, GivesBackEveryBit) {
  const Sample sample;
  sample.write(path("f"));
  const Safetensors read = read_safetensors(path("f"));
  EXPECT_EQ(read.metadata(), sample.metadata);
  EXPECT_EQ(read.metadata("step"), "317");
  EXPECT_EQ(read.entries().size(), 6U);
  EXPECT_TRUE(same_bits(read.tensor("layer.weight"), sample.f32));
  EXPECT_TRUE(same_bits(read.tensor("mean"), sample.f64));
  EXPECT_TRUE(same_bits(read.tensor("权重"), sample.i32));
  EXPECT_TRUE(same_bits(read.tensor("none"), sample.empty));
  EXPECT_TRUE(same_bits(read.tensor("one"), sample.scalar));
  EXPECT_EQ(read.bytes("mask"), sample.bytes);
  Tensor target(sample.f32.type());
  read.copy_to("layer.weight", target.view());
  EXPECT_TRUE(same_bits(target, sample.f32));
}

TEST_F(SafetensorsTest, GivesBackRandomFiles) {
  for (std::uint64_t trial = 0; trial < 50; ++trial) {
    Random random(7, "safetensors", trial);
    std::vector<Tensor> tensors;
    std::vector<StoredView> views;
    for (std::uint64_t i = 0, n = random.below(8); i < n; ++i) {
      Shape shape;
      for (std::uint64_t axis = 0, rank = random.below(4); axis < rank; ++axis)
        shape.push_back(static_cast<Index>(random.below(6)));
      tensors.emplace_back(Type{static_cast<Dtype>(random.below(3)), shape});
      for (Index j = 0; j < tensors.back().count(); ++j) tensors.back().set(j, std::floor(random.normal() * 100));
    }
    for (std::size_t i = 0; i < tensors.size(); ++i) views.push_back(stored_view(fmt::format("t{}", i), tensors[i]));
    write_safetensors(path("f"), views);
    const Safetensors read = read_safetensors(path("f"));
    ASSERT_EQ(read.entries().size(), tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i)
      EXPECT_TRUE(same_bits(read.tensor(fmt::format("t{}", i)), tensors[i])) << "trial " << trial;
  }
}

TEST_F(SafetensorsTest, AlignsItsData) {
  Sample().write(path("f"));
  const std::string content = read_file(path("f"));
  std::size_t header = 0;
  for (std::size_t i = 8; i-- > 0;) header = header * 256 + static_cast<unsigned char>(content[i]);
  EXPECT_EQ((8 + header) % 64, 0U);
  const Safetensors read = Safetensors::parse(content, "f");
  for (const auto& entry : read.entries()) EXPECT_EQ(entry.offset % size_of(entry.stored), 0U) << entry.name;
}

TEST_F(SafetensorsTest, ReadsFilesOfOtherWriters) {
  const auto read = Safetensors::parse(
      file_of(R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]},"__metadata__":{"format":"pt"},)"
              R"("h":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}   )",
              std::string("\x80\x3f\x00\x00\x80\x3f", 6)),
      "f");
  EXPECT_EQ(read.tensor("b").at(0), 1.0);
  EXPECT_EQ(read.metadata("format"), "pt");
  EXPECT_EQ(read.entries()[0].name, "h");
  EXPECT_EQ(read.data(read.entries()[0]).size(), 2U);
  EXPECT_THROW(read.tensor("h"), Error);
  EXPECT_THROW(read.tensor("absent"), Error);
  EXPECT_THROW(read.bytes("b"), Error);
  EXPECT_THROW(read.metadata("absent"), Error);
  Tensor wrong(Type{Dtype::f32, Shape{2}});
  EXPECT_THROW(read.copy_to("b", wrong.view()), Error);
  EXPECT_TRUE(Safetensors::parse(file_of("{}", ""), "f").entries().empty());
}

TEST_F(SafetensorsTest, SaysWhatIsWrong) {
  const std::string four(4, '\0');
  EXPECT_COMPLAINT("", "is not a safetensors file: it has 0 bytes");
  EXPECT_COMPLAINT("seven b", "is not a safetensors file");
  EXPECT_COMPLAINT("click,advertiser\n0,adv-1\n", "is not a safetensors file: it does not begin with a header");
  EXPECT_COMPLAINT(std::string("\x00\x00\x00\x00\x00\x00\x00\x00", 8), "is not a safetensors file");
  EXPECT_COMPLAINT(std::string("\xff\xff\xff\xff\xff\xff\xff\xff{", 9), "is not a safetensors file");
  EXPECT_COMPLAINT(std::string("\x40\x00\x00\x00\x00\x00\x00\x00{\"a\"", 12),
                   "is truncated: its header has 64 bytes, and 4 are left");
  EXPECT_COMPLAINT(file_of("{]", ""), "not a JSON object");
  EXPECT_COMPLAINT(file_of("{\"a\":" + std::string(100'000, '['), ""), "nested too deep");
  EXPECT_COMPLAINT(file_of(R"({"a":1})", ""), "has no dtype, shape and data_offsets");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[1]}})", four), "has no dtype, shape and data_offsets");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"Q4","shape":[1],"data_offsets":[0,4]}})", four), "element type Q4");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", four),
                   "length that is not a whole number");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", four),
                   "length that is not a whole number");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,-4]}})", four),
                   "offset that is not a whole number");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", four),
                   "ends at 0 before it begins at 4");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", four),
                   "is truncated: tensor \"a\" ends at byte 8");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", four),
                   "shape [2] does not fit its 4 bytes");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", ""),
                   "does not fit");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}})", four),
                   "9 axes");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                           R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                           four),
                   "overlaps");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", four + four),
                   "belong to no tensor");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", four + four),
                   "4 bytes at its end");
  EXPECT_COMPLAINT(file_of(R"({"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},)"
                           R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                           four),
                   "\"a\" twice");
  EXPECT_COMPLAINT(file_of(R"({"__metadata__":{"k":1}})", ""), "not text");
  EXPECT_COMPLAINT(file_of(R"({"__metadata__":[]})", ""), "__metadata__ is not an object");
}

TEST_F(SafetensorsTest, RefusesToWriteWhatItCouldNotRead) {
  const Tensor tensor(Shape{1}, {1.0F});
  EXPECT_THROW(write_safetensors(path("f"), std::vector{stored_view("a", tensor), stored_view("a", tensor)}), Error);
  EXPECT_THROW(write_safetensors(path("f"), std::vector{stored_view("__metadata__", tensor)}), Error);
  EXPECT_THROW(write_safetensors(path("f"), std::vector{stored_view("\xff", tensor)}), Error);
  EXPECT_THROW(write_safetensors("/dev/full", std::vector{stored_view("a", tensor)}), Error);
  EXPECT_FALSE(std::filesystem::exists(path("f")));
}

// Any damage either is noticed or lies in the numbers themselves, which carry no redundancy.
TEST_F(SafetensorsTest, NoticesEveryTruncation) {
  Sample().write(path("f"));
  const std::string content = read_file(path("f"));
  for (std::size_t size = 0; size < content.size(); ++size) EXPECT_NE(complaint(content.substr(0, size)), "") << size;
  EXPECT_NE(complaint(content + '\0'), "");
}

TEST_F(SafetensorsTest, SurvivesEveryFlippedBit) {
  Sample().write(path("f"));
  const std::string content = read_file(path("f"));
  for (std::size_t bit = 0; bit < content.size() * 8; ++bit) {
    std::string mutant = content;
    mutant[bit / 8] = static_cast<char>(mutant[bit / 8] ^ (1 << (bit % 8)));
    if (!complaint(mutant).empty()) continue;
    const Safetensors read = Safetensors::parse(mutant, "f");
    std::size_t total = 0;
    for (const auto& entry : read.entries()) total += read.data(entry).size();
    EXPECT_EQ(total, 24U + 8U + 16U + 0U + 4U + 3U) << "bit " << bit;
  }
}

}  // namespace
}  // namespace fathom
