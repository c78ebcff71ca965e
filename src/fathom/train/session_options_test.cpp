#include "fathom/train/session_options.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/test_files.hpp"

namespace fathom {
namespace {

class SessionOptionsTest : public testing::Test {
 protected:
  SessionOptionsTest() {
    settings_.data.path = test_folder_.path() + "/rows.csv";
    settings_.output.name = "y";
    std::ofstream file(settings_.data.path);
    file << "x,y\n";
    for (int row = 0; row < 100; ++row) file << row % 10 << "," << row * 0.5 + 0.25 << "\n";
  }

  const TestFolder test_folder_;
  Settings settings_;
};

TEST_F(SessionOptionsTest, MomentumIsOfTheRulesThatHaveIt) {
  const auto prepared = prepare(settings_);
  const auto momentum = [&](const std::string& optimizer, double given) {
    settings_.trainer.optimizer = optimizer;
    settings_.trainer.momentum = given;
    const Optimizer made = trainer_options(settings_, *prepared).optimizer;
    const auto* rmsprop = std::get_if<RmsProp>(&made);
    return rmsprop != nullptr ? rmsprop->momentum : std::get<Momentum>(made).momentum;
  };
  EXPECT_EQ(momentum("momentum", -1), 0.9);
  EXPECT_EQ(momentum("nesterov", -1), 0.9);
  EXPECT_EQ(momentum("rmsprop", -1), 0);
  for (const char* name : {"momentum", "nesterov", "rmsprop"}) EXPECT_EQ(momentum(name, 0.5), 0.5) << name;
}

TEST_F(SessionOptionsTest, TheTargetIsWhatItsTaskMakesIt) {
  const auto prepared = prepare(settings_);
  EXPECT_NO_THROW(check_fit(settings_, *prepared));
  settings_.inputs["y"].kind = ColumnKind::number;
  EXPECT_NO_THROW(check_fit(settings_, *prepared));
  settings_.inputs["y"].kind = ColumnKind::text;
  EXPECT_THROW(check_fit(settings_, *prepared), Error);
}

// Levels that mostly come once share one, unless the user says that each counts.
TEST_F(SessionOptionsTest, RareLevelsAreKeptWhenAskedFor) {
  std::ofstream file(settings_.data.path);
  file << "c,x,y\n";
  for (int row = 0; row < 100; ++row)
    file << "c" << (row < 60 ? row : 99) << "," << row % 10 << "," << row * 0.5 << "\n";
  file.close();
  settings_.inputs["c"].kind = ColumnKind::category;
  const auto levels = [&](Index min_count) {
    settings_.inputs["c"].min_count = min_count;
    return prepare(settings_)->pipeline.categories.at(0).vocabulary.size();
  };
  EXPECT_EQ(levels(0), 1u);
  EXPECT_GT(levels(1), 30u);
  EXPECT_EQ(levels(2), 1u);
}

}  // namespace
}  // namespace fathom
