// fathom export: what it writes, what it will not overwrite, and what it refuses.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "english_words.hpp"
#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

class Export : public ::testing::Test {
 protected:
  void SetUp() override {
    place_.write("kinds.csv", kind_table(200));
    const Outcome outcome = place_.run({"train", "kinds.csv", "--target", "kind", "--epochs", "1"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }

  Workplace place_;
};

TEST_F(Export, WritesOnnxUnlessSomethingIsThere) {
  const Outcome first = place_.run({"export", "latest"});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.out, "model.onnx\n");
  EXPECT_TRUE(contains(first.err, "numbers  f32 [batch, 2]")) << first.err;
  EXPECT_TRUE(contains(first.err, "probabilities  f32 [batch, 3]")) << first.err;
  const std::string file = place_.read("model.onnx");
  for (const char* part : {"hidden1.weight", "output.bias", "fathom.pipeline", R"(["flat","long","round"])"})
    EXPECT_TRUE(contains(file, part)) << part;

  place_.write("model.onnx", "mine");
  const Outcome again = place_.run({"export", "latest"});
  EXPECT_EQ(again.code, 2);
  EXPECT_TRUE(contains(again.err, "model.onnx is already there") && contains(again.err, "--force")) << again.err;
  EXPECT_EQ(place_.read("model.onnx"), "mine");
  EXPECT_EQ(place_.run({"export", "latest", "-f", "--opset", "17"}).code, 0);
  EXPECT_EQ(place_.read("model.onnx"), file);
  EXPECT_EQ(place_.run({"export", "runs/latest/model", "--output", "copy.onnx"}).code, 0);
  EXPECT_EQ(place_.read("copy.onnx"), file);
}

TEST_F(Export, SaysInJsonWhatItWrote) {
  const auto told = nlohmann::json::parse(place_.run({"export", "1", "--json"}).out, nullptr, false);
  ASSERT_FALSE(told.is_discarded());
  EXPECT_EQ(told["path"], "model.onnx");
  EXPECT_EQ(told["opset"], 17);
  EXPECT_EQ(told["inputs"], nlohmann::json({"numbers  f32 [batch, 2]"}));
}

TEST_F(Export, WritesTheWeightsAlone) {
  EXPECT_EQ(place_.run({"export", "1", "--format", "safetensors", "-o", "w.safetensors"}).out, "w.safetensors\n");
  const std::string file = place_.read("w.safetensors");
  ASSERT_GT(file.size(), 8u);
  std::uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  const auto header = nlohmann::json::parse(file.substr(8, length), nullptr, false);
  ASSERT_FALSE(header.is_discarded());
  EXPECT_EQ(header["output.weight"]["dtype"], "F32");
  EXPECT_EQ(header["__metadata__"]["fathom.target"], "kind");
}

TEST_F(Export, RefusesInBothLanguages) {
  const auto refused = [&](std::vector<std::string> words, int code) {
    words.insert(words.begin(), "export");
    const Outcome english = place_.run(words);
    EXPECT_EQ(english.code, code) << english.err;
    EXPECT_EQ(english.out, "");
    words.insert(words.begin(), {"--lang", "zh"});
    const Outcome chinese = place_.run(words);
    EXPECT_EQ(english_words(chinese.err), "") << chinese.err;
    return english.err;
  };
  EXPECT_TRUE(contains(refused({"1", "--format", "xml"}, 2), "onnx or safetensors"));
  EXPECT_TRUE(contains(refused({"1", "--opset", "11"}, 2), "must be 17"));
  refused({"7"}, 4);
  refused({"1", "-o", "nowhere/model.onnx"}, 4);
  refused({"1", "-o", "/dev/full"}, 7);
  refused({}, 2);
  place_.write("taken.onnx", "");
  refused({"1", "-o", "taken.onnx"}, 2);
}

}  // namespace
}  // namespace fathom
