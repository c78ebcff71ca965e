// Image networks from flags and configurations: trained, saved, gone on with, and refused where they do not fit.
#include <gtest/gtest.h>

#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

class Networks : public ::testing::Test {
 protected:
  Networks() { write(12); }

  void write(int size) {
    place_.write("images.idx", band_images(120, size, 3));
    place_.write("labels.idx", band_labels(120, 3));
  }
  Outcome train(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"train", "images.idx", "--set", "data.labels=labels.idx", "--epochs", "2",
                                   "--lr",  "0.01",       "--set", "trainer.batch_size=16"};
    words.insert(words.end(), more.begin(), more.end());
    return place_.run(words);
  }
  void expect_refused(const std::vector<std::string>& more, const std::vector<std::string>& parts) const {
    const Outcome outcome = train(more);
    EXPECT_EQ(outcome.code, 3) << outcome.err;
    for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << part << "\n" << outcome.err;
    EXPECT_FALSE(place_.has("runs"));
  }

  Workplace place_;
};

// The weights alone tell which network they belong to.
TEST_F(Networks, AreTrainedJudgedAndAskedFromTheirFiles) {
  place_.write("small.toml",
               "[data]\npath = \"images.idx\"\nlabels = \"labels.idx\"\n[model]\nhidden = [8]\n"
               "encoder = { type = \"cnn\", channels = [4, 6], convolutions = 2, groups = 2, norm = \"batch\", pool = "
               "\"mean\", stride = 1 }\n[trainer]\nepochs = 4\nlearning_rate = 0.01\nbatch_size = 16\n");
  const std::vector<std::vector<std::string>> trainings{
      {"train", "small.toml"},
      {"train", "small.toml", "--set", "model.encoder.padding=none", "--set", "model.encoder.convolutions=1"}};
  for (const auto& words : trainings) {
    const Outcome outcome = place_.run(words);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  ASSERT_EQ(train({"--encoder", "lenet"}).code, 0);
  ASSERT_EQ(train({"--set", "model.encoder=resnet20", "--max-steps", "3"}).code, 0);
  ASSERT_EQ(train({"--encoder", "none"}).code, 0);
  for (const char* run : {"1", "2", "3", "4", "5"}) {
    SCOPED_TRACE(run);
    const Outcome eval = place_.run({"eval", run});
    EXPECT_EQ(eval.code, 0) << eval.err;
    EXPECT_EQ(place_.run({"eval", run, "--min", std::string(run) == "4" ? "accuracy=0" : "accuracy=0.9"}).code, 0);
    const Outcome predict = place_.run({"predict", run, "images.idx"});
    EXPECT_EQ(lines_of(predict.out).size(), 121u) << predict.err;
    // A run that is over has nothing to go on with, and is judged to the same numbers.
    EXPECT_EQ(place_.run({"resume", run}).code, 0);
    EXPECT_EQ(place_.run({"eval", run}).out, eval.out);
  }
  EXPECT_TRUE(contains(place_.read("runs/0004-images/log.txt"), "weights"));
}

TEST_F(Networks, GoOnToTheSameBits) {
  const std::vector<std::string> network{"--set", "model.encoder.norm=batch", "--set", "model.encoder.channels=[4]",
                                         "--set", "trainer.schedule=constant"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), network.begin(), network.end());
    return train(more);
  };
  ASSERT_EQ(with({"--runs-dir", "whole"}).code, 0);
  ASSERT_EQ(with({"--runs-dir", "cut", "--max-steps", "4"}).code, 0);  // of 6 an epoch
  const Outcome resume = place_.run({"resume", "1", "--runs-dir", "cut", "--set", "trainer.max_steps=0"});
  ASSERT_EQ(resume.code, 0) << resume.err;
  EXPECT_EQ(place_.read("whole/0001-images/model/model.safetensors"),
            place_.read("cut/0001-images/model/model.safetensors"));
  // Another network is no going on.
  EXPECT_EQ(place_.run({"resume", "1", "--runs-dir", "cut", "--set", "model.encoder=lenet"}).code, 3);
}

TEST_F(Networks, RefuseWhatDoesNotFitAndSayWhere) {
  expect_refused({"--set", "model.encoder.kernel=13"},
                 {"stage 1 of the cnn has a kernel of 13 x 13, but what it reads is only 12 x 12", "smaller kernel"});
  expect_refused({"--set", "model.encoder.channels=[4,4,4]", "--set", "model.encoder.kernel=5"},
                 {"stage 3 of the cnn has a kernel of 5 x 5, but what it reads is only 3 x 3"});
  expect_refused({"--set", "model.encoder.pool_size=13"}, {"stage 1 of the cnn pools 13 x 13"});
  expect_refused({"--set", "model.encoder.stride=0"}, {"model.encoder.stride must be a whole number from 1 to 255"});
  expect_refused({"--set", "model.encoder.groups=3"},
                 {"stage 2 of the cnn has 3 groups, which do not divide its 16 and 32 channels"});
  expect_refused({"--encoder", "resnet21"}, {"model.encoder.type must be one of", "did you mean \"resnet20\"?"});
  expect_refused({"--encoder", "lenet", "--set", "model.encoder.kernel=5"}, {"which reads no other key"});
  expect_refused({"--set", "model.encoder.channels=[]"}, {"a cnn has at least one stage"});
  place_.write("typo.toml",
               "[data]\npath = \"images.idx\"\nlabels = \"labels.idx\"\n[model]\n"
               "encoder = { type = \"cnn\", kernel_size = 5, pool = \"average\" }\n");
  const Outcome typo = place_.run({"train", "typo.toml"});
  EXPECT_EQ(typo.code, 3);
  for (const char* part : {"typo.toml:5:", "unknown key \"kernel_size\" in [model.encoder]", "model.encoder.kernel",
                           "model.encoder.pool must be one of max, mean, none", "2 errors in typo.toml"})
    EXPECT_TRUE(contains(typo.err, part)) << part << "\n" << typo.err;
  write(11);
  expect_refused({"--encoder", "lenet"}, {"lenet reads images of at least 12 x 12, and these are 11 x 11"});
  place_.write("prices.csv", price_table(60));
  const Outcome table = place_.run({"train", "prices.csv", "--target", "price", "--encoder", "cnn"});
  EXPECT_EQ(table.code, 3);
  EXPECT_TRUE(contains(table.err, "model.encoder is of images, and prices.csv has none")) << table.err;
  EXPECT_FALSE(place_.has("runs"));
}

}  // namespace
}  // namespace fathom
