// Data that other programs wrote, and models that were carried elsewhere: read for what they are, or refused in one
// sentence.
#include <gtest/gtest.h>

#include <filesystem>

#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

std::string big_endian(std::uint32_t number) {
  std::string text;
  for (int shift = 24; shift >= 0; shift -= 8) text.push_back(static_cast<char>(number >> shift));
  return text;
}

// 60 images of 4 x 4 in three classes, each of its own brightness.
std::string some_images() {
  std::string text = big_endian(2051) + big_endian(60) + big_endian(4) + big_endian(4);
  for (int image = 0; image < 60; ++image) text += std::string(16, static_cast<char>(image % 3 * 60 + image));
  return text;
}
std::string some_labels() {
  std::string text = big_endian(2049) + big_endian(60);
  for (int image = 0; image < 60; ++image) text.push_back(static_cast<char>(image % 3));
  return text;
}

TEST(ForeignData, ASplitColumnWithoutTrainingRows) {
  Workplace place;
  std::string text = "part,a,price\n";
  for (int row = 0; row < 40; ++row)
    text += (row % 2 == 0 ? "valid," : "test,") + std::to_string(row) + ",1." + std::to_string(row) + "\n";
  place.write("parts.csv", text);
  const Outcome outcome =
      place.run({"train", "parts.csv", "--target", "price", "--set", "split.by=column", "--set", "split.key=part"});
  EXPECT_EQ(outcome.code, 4) << outcome.err << outcome.signal;
  EXPECT_TRUE(contains(outcome.err, "column \"part\" says \"train\" in no row")) << outcome.err;
}

TEST(ForeignData, ImagesArePredictedWithoutLabels) {
  Workplace place;
  place.write("d/train-images-idx3-ubyte", some_images());
  place.write("d/train-labels-idx1-ubyte", some_labels());
  place.write("table.csv", price_table(20));
  ASSERT_EQ(place.run({"train", "d", "--epochs", "2"}).code, 0);
  const Outcome predict = place.run({"predict", "1", "d/train-images-idx3-ubyte"});
  EXPECT_EQ(predict.code, 0) << predict.err;
  EXPECT_EQ(lines_of(predict.out).size(), 61u);
  EXPECT_EQ(place.run({"predict", "1", "d"}).out, predict.out);
  EXPECT_EQ(place.run({"eval", "1", "d"}).code, 0);
  const Outcome foreign = place.run({"predict", "1", "table.csv"});
  EXPECT_EQ(foreign.code, 4) << foreign.err;
  EXPECT_TRUE(contains(foreign.err, "table.csv has no column that names image files")) << foreign.err;
  std::filesystem::copy(place.path("d/train-images-idx3-ubyte"), place.path("alone.idx"));
  EXPECT_EQ(place.run({"eval", "1", "alone.idx"}).code, 3);
}

TEST(ForeignData, LibsvmRowsLackWhatIsZero) {
  Workplace place;
  std::string text;
  for (int row = 0; row < 200; ++row)
    text += std::to_string(row % 2) + " 1:" + std::to_string(row % 7 + row % 2 * 3) +
            ".5 2:" + std::to_string(row % 5) + ".25 3:1." + std::to_string(row % 9) + "\n";
  place.write("train.svm", text);
  ASSERT_EQ(place.run({"train", "train.svm", "--epochs", "1"}).code, 0);
  place.write("new.svm", "0 1:2.5 7:3\n1 1:4.5\n");
  const Outcome predict = place.run({"predict", "1", "new.svm"});
  EXPECT_EQ(predict.code, 0) << predict.err;
  EXPECT_EQ(lines_of(predict.out).size(), 3u);
  EXPECT_TRUE(contains(predict.err, "1 indices that training never saw are passed over (7)")) << predict.err;
}

TEST(ForeignData, ACopiedModelReadsAsItWasTrained) {
  Workplace place;
  std::string train = "a;b;y\n", fresh = "a;b\n";
  for (int row = 0; row < 200; ++row)
    train += (row % 10 == 3 ? "-" : std::to_string(row % 40) + ",5") + ";" + std::to_string(row % 13) + ",25;" +
             std::to_string(row % 40 + row % 13) + ",5\n";
  for (int row = 0; row < 12; ++row) fresh += std::string(row == 5 ? "-" : "7,125") + ";3,250\n";
  place.write("train.csv", train);
  place.write("new.csv", fresh);
  const Outcome trained = place.run({"train", "train.csv", "--target", "y", "--epochs", "2", "--set",
                                     "data.missing=[\"-\"]", "--set", "data.delimiter=;"});
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_TRUE(contains(trained.err, "3,141 is read as 3.141")) << trained.err;
  std::filesystem::copy(place.path("runs/0001-train/model"), place.path("carried"));
  const Outcome run = place.run({"predict", "1", "new.csv"}), copy = place.run({"predict", "carried", "new.csv"});
  EXPECT_EQ(copy.code, 0) << copy.err;
  EXPECT_EQ(copy.out, run.out);
  EXPECT_FALSE(contains(copy.err, "missing")) << copy.err;
}

TEST(ForeignData, TargetsAreNotReadForPredictions) {
  Workplace place;
  place.write("kinds.csv", kind_table(200));
  ASSERT_EQ(place.run({"train", "kinds.csv", "--target", "kind", "--epochs", "1"}).code, 0);
  place.write("new.csv", "length,width,kind\n1,2,never seen\n3,4,\n");
  const Outcome predict = place.run({"predict", "1", "new.csv"});
  EXPECT_EQ(predict.code, 0) << predict.err;
  EXPECT_EQ(lines_of(predict.out).size(), 3u);
}

TEST(ForeignData, NoNameSteersTheTerminal) {
  Workplace place;
  std::string text = price_table(100);
  text.replace(0, 1, "\"a\x1b[31m\nb\"");
  place.write("prices.csv", text);
  const Outcome outcome = place.run({"train", "prices.csv", "--target", "price", "--epochs", "1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_FALSE(contains(outcome.err, "\x1b")) << outcome.err;
  EXPECT_TRUE(contains(outcome.err, "a\\x1b[31m\\nb")) << outcome.err;
}

TEST(ForeignData, NumbersOfAnySizeAreShown) {
  Workplace place;
  for (const auto& [factor, name] : {std::pair<std::string, std::string>{"e30", "large"}, {"e-9", "small"}}) {
    std::string text = "a,y\n";
    for (int row = 0; row < 120; ++row)
      text +=
          std::to_string(row) + "." + std::to_string(row % 7) + "," + std::to_string(row * 37 % 97 + 1) + factor + "\n";
    place.write(name + ".csv", text);
    const Outcome outcome = place.run({"train", name + ".csv", "--target", "y", "--epochs", "1"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_TRUE(contains(outcome.err, name == "large" ? "e+3" : "e-0")) << outcome.err;
    EXPECT_FALSE(contains(outcome.err, "--") || contains(outcome.err, "RMSE 0.0000")) << outcome.err;
  }
}

TEST(ForeignData, TheTruthIsWrittenAsItWasRead) {
  Workplace place;
  std::string text = "a,y\n";
  for (int row = 0; row < 200; ++row)
    text += std::to_string(row) + ".5,111." + std::to_string(10 + row * 7 % 89) + "\n";
  place.write("prices.csv", text);
  ASSERT_EQ(place.run({"train", "prices.csv", "--target", "y", "--epochs", "1"}).code, 0);
  const auto lines = lines_of(place.read("runs/0001-prices/eval/predictions.csv"));
  ASSERT_EQ(lines.size(), 21u);
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::size_t start = lines[i].find(',') + 1;
    EXPECT_LE(lines[i].find(',', start) - start, 6u) << lines[i];
  }
}

// Flags that say how to speak hold for errors in the command line itself.
TEST(ForeignData, TheMannerOfSpeakingIsHeededFirst) {
  Workplace place;
  const Outcome json = place.run({"train", "--nonsense", "--json"});
  EXPECT_EQ(json.code, 2);
  EXPECT_TRUE(json.out.starts_with("{\"schema\":\"fathom/1\",\"event\":\"error\"")) << json.out;
  EXPECT_TRUE(place.run({"trian", "--json"}).out.starts_with("{")) << "an unknown command";
  EXPECT_TRUE(place.run({"train", "--nonsense", "--lang", "zh"}).err.starts_with("错误："));
  EXPECT_TRUE(place.run({"trian", "--lang=zh"}).err.starts_with("错误："));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"help", "--json"},
                                                                                     {"--json", "-h"},
                                                                                     {"-h", "--json"},
                                                                                     {"train", "-h", "--json"},
                                                                                     {"config", "keys", "--json"}}) {
    const Outcome outcome = place.run(words);
    EXPECT_EQ(outcome.code, 0) << words[0];
    EXPECT_TRUE(outcome.out.starts_with("{\"schema\":\"fathom/1\"")) << words[0] << outcome.out;
    EXPECT_EQ(lines_of(outcome.out).size(), 1u);
  }
}

}  // namespace
}  // namespace fathom
