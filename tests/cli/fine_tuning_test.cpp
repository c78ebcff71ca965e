// Runs that begin with the weights of another, some of them frozen.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>

#include "program.hpp"
#include "tables.hpp"

namespace fathom {
namespace {

class FineTuning : public ::testing::Test {
 protected:
  FineTuning() {
    place_.write("images.idx", band_images(120, 12, 3));
    place_.write("labels.idx", band_labels(120, 3));
    place_.write("more.idx", band_images(120, 12, 4));
    place_.write("more_labels.idx", band_labels(120, 4));
    const Outcome first = place_.run(words("images.idx", "labels.idx", {"--name", "first"}));
    EXPECT_EQ(first.code, 0) << first.err;
  }

  static std::vector<std::string> words(const std::string& images, const std::string& labels,
                                        const std::vector<std::string>& more) {
    std::vector<std::string> all{"train",    images,
                                 "--set",    "data.labels=" + labels,
                                 "--epochs", "2",
                                 "--set",    "trainer.batch_size=16",
                                 "--set",    "trainer.schedule=constant",
                                 "--set",    "model.encoder.norm=batch",
                                 "--set",    "model.encoder.channels=[4]"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Outcome tune(const std::vector<std::string>& more) const {
    return place_.run(words("more.idx", "more_labels.idx", more));
  }
  // Where a tensor lies in a file, as its bytes.
  std::string tensor(const std::string& file, const std::string& name) const {
    const std::string bytes = place_.read(file);
    std::uint64_t head = 0;
    std::memcpy(&head, bytes.data(), sizeof head);
    const std::string header = bytes.substr(8, head);
    const std::size_t at = header.find("\"" + name + "\"");
    EXPECT_NE(at, std::string::npos) << name << " in " << header;
    std::size_t first = 0, last = 0;
    EXPECT_EQ(std::sscanf(header.c_str() + header.find("data_offsets", at), "data_offsets\":[%zu,%zu]", &first, &last),
              2);
    return bytes.substr(8 + head + first, last - first);
  }

  Workplace place_;
  static constexpr const char* before = "runs/0001-first/model/model.safetensors";
};

TEST_F(FineTuning, LoadsWhatMatchesAndSaysSo) {
  for (const char* run : {"1", "first", "latest", "runs/0001-first", "runs/0001-first/model"}) {
    const Outcome outcome = tune({"--init-from", run, "-n"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    for (const char* part :
         {"Loaded", "7 weights (", "1 new, of the shape [128, 3] in the run, [128, 4] here: output.weight",
          "2 left there: output.weight, output.bias"})
      EXPECT_TRUE(contains(outcome.err, part)) << part << "\n" << outcome.err;
  }
  ASSERT_EQ(tune({"--init-from", "1", "--set", "trainer.freeze=[\"*\"]"}).code, 3);
  // What is frozen stays to the bit, running statistics too; what is not moves.
  const Outcome frozen = tune({"--init-from", "1", "--set", "trainer.freeze=[\"encoder.*\"]", "--name", "frozen"});
  ASSERT_EQ(frozen.code, 0) << frozen.err;
  EXPECT_TRUE(contains(frozen.err, "of them are frozen")) << frozen.err;
  const std::string after = "runs/0002-frozen/model/model.safetensors";
  for (const char* name : {"encoder.stage1.conv1.weight", "encoder.stage1.norm1.weight",
                           "encoder.stage1.norm1.running_mean", "encoder.stage1.norm1.running_variance"})
    EXPECT_EQ(tensor(after, name), tensor(before, name)) << name;
  EXPECT_NE(tensor(after, "hidden1.weight"), tensor(before, "hidden1.weight"));
  EXPECT_EQ(place_.run({"eval", "2"}).code, 0);
}

TEST_F(FineTuning, LoadedWeightsLearnAtARateOfTheirOwn) {
  const std::vector<std::string> sgd{
      "--init-from", "1", "--set", "trainer.optimizer=sgd",    "--set", "model.dropout=0.0",
      "--max-steps", "1", "--set", "trainer.schedule.warmup=0"};
  const auto with = [&](const std::string& factor, const std::string& name) {
    auto all = sgd;
    all.insert(all.end(), {"--set", "trainer.loaded_learning_rate_factor=" + factor, "--name", name});
    const Outcome outcome = tune(all);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
  };
  with("1.0", "usual");
  with("0.5", "half");
  const auto numbers = [&](const std::string& file) {
    const std::string bytes = tensor(file, "hidden1.weight");
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  };
  const auto from = numbers(before), usual = numbers("runs/0002-usual/model/model.safetensors"),
             half = numbers("runs/0003-half/model/model.safetensors");
  double moved = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    EXPECT_NEAR(half[i] - from[i], (usual[i] - from[i]) / 2, 1e-6);
    moved += std::abs(static_cast<double>(usual[i] - from[i]));
  }
  EXPECT_GT(moved, 1e-3);
  EXPECT_EQ(tensor("runs/0002-usual/model/model.safetensors", "output.weight"),
            tensor("runs/0003-half/model/model.safetensors", "output.weight"));
}

// The run it began with may be gone by then.
TEST_F(FineTuning, GoesOnToTheSameBits) {
  const std::vector<std::string> tuned{"--init-from", "runs/0001-first",
                                       "--set",       "trainer.loaded_learning_rate_factor=0.1",
                                       "--set",       "trainer.freeze=[\"encoder.stage1.conv1.*\"]"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), tuned.begin(), tuned.end());
    return tune(more);
  };
  ASSERT_EQ(with({"--runs-dir", "whole"}).code, 0);
  ASSERT_EQ(with({"--runs-dir", "cut", "--max-steps", "4"}).code, 0);
  ASSERT_EQ(with({"--runs-dir", "fresh", "--max-steps", "4"}).code, 0);
  std::filesystem::remove_all(place_.path("runs"));
  const auto resume = [&](const std::string& runs) {
    const Outcome outcome = place_.run({"resume", "1", "--runs-dir", runs, "--set", "trainer.max_steps=0"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(place_.read(runs + "/0001-more/model/model.safetensors"),
              place_.read("whole/0001-more/model/model.safetensors"));
  };
  resume("cut");
  std::filesystem::remove(place_.path("fresh/0001-more/checkpoints/last.safetensors"));  // killed before the first
  resume("fresh");
  for (const char* change : {"trainer.freeze=[]", "trainer.loaded_learning_rate_factor=1.0", "model.init_from=\"\""})
    EXPECT_EQ(place_.run({"resume", "1", "--runs-dir", "cut", "--set", change}).code, 3) << change;
}

TEST_F(FineTuning, RefusesWhatCannotBeLoadedOrFrozen) {
  place_.write("prices.csv", price_table(100));
  const auto refused = [&](const std::vector<std::string>& more, int code, const std::vector<std::string>& parts) {
    std::vector<std::string> all{"train", "prices.csv", "--target", "price", "--set", "model.hidden=[8]"};
    all.insert(all.end(), more.begin(), more.end());
    const Outcome outcome = place_.run(all);
    EXPECT_EQ(outcome.code, code) << outcome.err;
    for (const std::string& part : parts) EXPECT_TRUE(contains(outcome.err, part)) << part << "\n" << outcome.err;
    EXPECT_FALSE(place_.has("runs/0002-prices"));
  };
  refused({"--init-from", "1"}, 3, {"no weight of ", "0001-first fits this model", "hidden1.weight", "[144, 128]"});
  refused({"--init-from", "7"}, 4, {"there is no run \"7\""});
  refused({"--init-from", "nowhere/run"}, 4, {"is not a run"});
  refused({"--set", "trainer.loaded_learning_rate_factor=0.5"}, 3, {"model.init_from names no run"});
  refused({"--set", "trainer.freeze=[\"encoder.*\"]"}, 3,
          {"trainer.freeze has \"encoder.*\"", "the weights: category.color.weight, hidden1.weight"});
  refused({"--set", "trainer.freeze=[\"*\"]"}, 3, {"trainer.freeze leaves nothing to train"});
}

}  // namespace
}  // namespace fathom
