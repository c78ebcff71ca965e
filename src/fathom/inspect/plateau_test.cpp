#include "fathom/inspect/plateau.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/rng.hpp"
#include "fathom/train/run_folder.hpp"
#include "fathom/train/session.hpp"
#include "support/test_files.hpp"

namespace fathom::curvature {
namespace {

// Two ridges and noise over a grid: units that are equal fit one ridge between both, and no gradient tells them apart.
struct PlateauTest : testing::Test {
  Settings settings(const std::string& init, const std::string& on_plateau) const {
    std::string rows = "a,b,y\n";
    Random noise(11);
    for (int i = -5; i <= 5; ++i)
      for (int j = -5; j <= 5; ++j) {
        const double a = 0.3 * i, b = 0.3 * j;
        rows += fmt::format("{:.2f},{:.2f},{:.6f}\n", a, b,
                            std::tanh(2 * a - b) - std::tanh(a + 2 * b) + 0.1 * noise.normal());
      }
    folder.write("rows.csv", rows);
    Settings settings;
    settings.data.path = folder.path() + "/rows.csv";
    settings.output.name = "y";
    settings.seed = 7;
    settings.model.hidden = std::vector<Index>{8};
    settings.model.activation = "tanh";
    settings.model.init = init;
    settings.model.dropout = 0;
    settings.model.bins = 0;
    settings.trainer.optimizer = "adam";
    settings.trainer.learning_rate = 0.01;
    settings.trainer.batch_size = 128;  // all rows: an update an epoch
    settings.trainer.epochs = 1000;
    settings.trainer.on_plateau = on_plateau;
    settings.trainer.plateau_patience = 50;
    settings.schedule.type = "constant";
    settings.early_stopping.enabled = false;
    return settings;
  }
  // The training loss of each epoch; how often it looked, and how often it left.
  struct Course {
    std::vector<double> losses;
    int looked = 0, left = 0;
  };
  Course train(const Settings& settings) const {
    const std::shared_ptr<const Prepared> prepared = prepare(settings);
    Session session(settings, prepared);
    RunFolder run = RunFolder::create(folder.path() + "/runs", settings.model.init);
    session.start(run, "", resolved_settings(settings, {}));
    Course course;
    SessionHooks hooks;
    hooks.is_trial = true;
    hooks.on_epoch = [&](const EpochReport& epoch, const std::vector<ResultMetric>&) {
      course.losses.push_back(epoch.train_loss);
    };
    hooks.on_plateau = [&](const EpochReport&, const Flat& weights, const std::function<void()>&) {
      PlateauLook look = look_for_way_out(settings, *prepared, weights);
      ++course.looked;
      course.left += look.weights ? 1 : 0;
      return std::move(look.weights);
    };
    session.run(run, hooks);
    return course;
  }
  const TestFolder folder;
};

TEST_F(PlateauTest, EqualUnitsAreLeftByTheSecondDerivative) {
  const Course stays = train(settings("constant", "none")), leaves = train(settings("constant", "curvature")),
               good = train(settings("glorot_normal", "none"));
  EXPECT_EQ(stays.looked, 0);
  EXPECT_NEAR(stays.losses[999], stays.losses[500], 0.01 * stays.losses[500]);
  EXPECT_GT(leaves.left, 0);
  EXPECT_GT(stays.losses.back(), 2 * good.losses.back());
  EXPECT_LT(leaves.losses.back(), 1.1 * good.losses.back());
}

// Of many rows and inputs a sample has a gradient of its own, which is no slope of the loss: the saddle is seen all the
// same.
TEST_F(PlateauTest, ASaddleOfManyRowsIsLeft) {
  constexpr int inputs = 50, count = 10'000;
  std::string rows;
  for (int i = 0; i < inputs; ++i) rows += fmt::format("x{},", i);
  rows += "y\n";
  Random draw(13);
  for (int row = 0; row < count; ++row) {
    double a = 0, b = 0;
    for (int i = 0; i < inputs; ++i) {
      const double x = draw.normal();
      rows += fmt::format("{:.3f},", x);
      (i % 2 == 0 ? a : b) += x / 3;
    }
    rows += fmt::format("{:.6f}\n", std::tanh(a) - std::tanh(b) + 0.3 * draw.normal());
  }
  Settings many = settings("constant", "curvature");
  folder.write("rows.csv", rows);
  many.trainer.batch_size = 1000;
  many.trainer.epochs = 60;
  many.trainer.plateau_patience = 10;
  many.trainer.learning_rate = 0.003;
  const Course leaves = train(many);
  EXPECT_GT(leaves.left, 0);
}

// A minimum has no way out, and is looked at less and less often: after 50, 100, 200, ... epochs.
TEST_F(PlateauTest, WhatHasNoWayOutIsLookedAtSeldom) {
  Settings linear = settings("glorot_normal", "curvature");
  linear.model.hidden = std::vector<Index>{};
  const Course course = train(linear);
  EXPECT_GE(course.looked, 2);
  EXPECT_LE(course.looked, 5);
  EXPECT_EQ(course.left, 0);
}

TEST_F(PlateauTest, ZeroesAreLeft) {
  const Course stays = train(settings("zeros", "none")), leaves = train(settings("zeros", "curvature")),
               good = train(settings("glorot_normal", "none"));
  EXPECT_NEAR(stays.losses[999], stays.losses[500], 0.01 * stays.losses[500]);
  EXPECT_GT(leaves.left, 0);
  EXPECT_GT(stays.losses.back(), 2 * good.losses.back());
  EXPECT_LT(leaves.losses.back(), 1.1 * good.losses.back());
}

}  // namespace
}  // namespace fathom::curvature
