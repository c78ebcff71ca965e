#include "fathom/lab/laboratory.hpp"

#include <gtest/gtest.h>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/pool.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

class LaboratoryTest : public testing::Test {
 protected:
  LaboratoryTest() {
    std::string table = "x,kind,y\n";
    for (int row = 0; row < 120; ++row)
      table += fmt::format("{},{},{}\n", row % 17, row % 3 == 0 ? "a" : "b", row % 17 * 2 + row % 3);
    settings_.data.path = folder_.write("small.csv", table);
    settings_.output.name = "y";
    settings_.model.hidden = {8};
    settings_.trainer.epochs = 3;
    settings_.trainer.batch_size = 16;
  }
  ~LaboratoryTest() override { Pool::resize_shared(threads_); }

  std::unique_ptr<Laboratory> lab(const std::string& labs, const Settings& settings) const {
    ReportWords words{.say = [](const Message& sentence) { return sentence.text; },
                      .metric = [](const std::string& name) { return name; },
                      .figure = [](double value) { return fmt::format("{}", value); }};
    return std::make_unique<Laboratory>(folder_.path() + "/" + labs, "test", settings, Laboratory::Options{.seeds = 2},
                                        words);
  }
  std::unique_ptr<Laboratory> lab(const std::string& labs) const { return lab(labs, settings_); }
  static int runs_in(const Laboratory& lab) {
    int runs = 0;
    for (const auto& entry : std::filesystem::directory_iterator(lab.path() + "/runs"))
      runs += !entry.is_symlink() && std::filesystem::exists(entry.path() / "run.json") ? 1 : 0;
    return runs;
  }
  static std::vector<Trial> trials(const Laboratory& lab) {
    std::vector<Trial> trials;
    for (const std::uint64_t seed : lab.seeds())
      for (const double rate : {0.001, 0.01, 0.1})
        trials.push_back(lab.trial(fmt::format("rate {}, seed {}", rate, seed), seed,
                                   [rate](Settings& settings) { settings.trainer.learning_rate = rate; }));
    return trials;
  }

  const TestFolder folder_;
  const int threads_ = Pool::shared().threads();
  Settings settings_;
};

TEST_F(LaboratoryTest, TrainingsSideBySideHaveTheBitsOfTrainingsAlone) {
  Pool::resize_shared(3);
  const auto together = lab("together");
  const std::vector<TrialResult> results = together->train(trials(*together));
  EXPECT_EQ(Pool::shared().threads(), 3);
  Pool::resize_shared(1);
  const auto alone = lab("alone");
  const std::vector<TrialResult> expected = alone->train(trials(*alone));
  ASSERT_EQ(results.size(), 6u);
  for (std::size_t i = 0; i < results.size(); ++i) {
    EXPECT_EQ(results[i].status, RunStatus::finished);
    EXPECT_EQ(results[i].name, expected[i].name);
    EXPECT_EQ(results[i].epochs.rows, expected[i].epochs.rows);
    EXPECT_EQ(results[i].column("valid/loss").size(), 3u);
    EXPECT_EQ(results[i].result("train/rmse"), expected[i].result("train/rmse"));
    EXPECT_EQ(read_file(together->run_path(results[i]) + "/model/model.safetensors"),
              read_file(alone->run_path(expected[i]) + "/model/model.safetensors"));
    // The parts are those of the configuration's seed, whatever the seed of the training.
    EXPECT_EQ(read_file(together->run_path(results[i]) + "/split.u8"),
              read_file(together->run_path(results[0]) + "/split.u8"));
    EXPECT_FALSE(std::filesystem::exists(together->run_path(results[i]) + "/eval/test.json"));
  }
}

TEST_F(LaboratoryTest, WhatIsDoneIsReadBack) {
  int measured = 0;
  const auto measure = [&](Laboratory& in) {
    return in.measure("time", [&] { return Json{{"seconds", ++measured}}; }).at("seconds").get<int>();
  };
  std::vector<std::vector<double>> epochs;
  {
    const auto first = lab("labs");
    std::vector<Trial> twice = trials(*first);
    twice.push_back(twice.front());
    const std::vector<TrialResult> results = first->train(twice);
    EXPECT_EQ(results.back().number, results.front().number) << "trials of one name are one training";
    EXPECT_EQ(runs_in(*first), 6);
    epochs = results[1].epochs.rows;
    EXPECT_EQ(measure(*first), 1);
    EXPECT_THROW(lab("labs"), Error) << "two cannot work in one folder";
  }
  const auto second = lab("labs");
  EXPECT_EQ(second->train(trials(*second))[1].epochs.rows, epochs);
  EXPECT_EQ(runs_in(*second), 6);
  EXPECT_EQ(measure(*second), 1);
  Settings other = settings_;
  other.trainer.epochs = 4;
  EXPECT_NE(lab("labs", other)->path(), second->path());
}

}  // namespace
}  // namespace fathom
