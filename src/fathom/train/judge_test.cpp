#include "fathom/train/judge.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace fathom {
namespace {

// Rows that all train and are all judged.
struct Rows {
  Pipeline pipeline;
  Dataset data;
  std::vector<Index> all;

  Rows(Task task, std::vector<float> targets, std::vector<float> weights) {
    pipeline.target.name = "y";
    pipeline.target.task = task;
    data.rows = static_cast<Index>(targets.size());
    if (task == Task::multiclass)
      data.target_classes.assign(targets.begin(), targets.end());
    else
      data.target_numbers = std::move(targets);
    data.weights = std::move(weights);
    all.resize(static_cast<std::size_t>(data.rows));
    std::iota(all.begin(), all.end(), Index{0});
  }
  std::vector<ResultMetric> constant() const {
    const DatasetSource source(data, pipeline, all, {}, all);
    return judge(source, {.part = Part::test, .loss = 0, .outputs = constant_outputs(source, data.rows)});
  }
};

double metric(const std::vector<ResultMetric>& metrics, const std::string& name) {
  for (const ResultMetric& each : metrics)
    if (each.name == "test/" + name) return each.value;
  return NAN;
}

TEST(Judge, TheMeanIsThatOfTheTargetsOwnUnit) {
  Rows rows(Task::regression, {1, 2, 3, 1000}, {});
  rows.pipeline.target.log = true;
  rows.pipeline.target.center = 2;
  rows.pipeline.target.scale = 3;
  EXPECT_NEAR(metric(rows.constant(), "r2"), 0, 1e-5) << "which is what a mean has";
}

TEST(Judge, WeightsCountInTheMeanToo) {
  const Rows rows(Task::regression, {1, 2, 9}, {3, 1, 0});
  const auto metrics = rows.constant();
  EXPECT_NEAR(metric(metrics, "r2"), 0, 1e-6);
  EXPECT_NEAR(metric(metrics, "rmse"), std::sqrt(0.75 * 0.25 * 0.25 + 0.25 * 0.75 * 0.75), 1e-6);
}

TEST(Judge, NoClassIsImpossible) {
  Rows one(Task::binary, {1, 1, 1}, {});
  one.pipeline.target.classes = {"no", "yes"};
  EXPECT_NEAR(metric(one.constant(), "log_loss"), -std::log(3.5 / 4), 1e-6);
  Rows many(Task::multiclass, {0, 0, 1}, {1, 1, 2});
  many.pipeline.target.classes = {"a", "b", "c"};
  EXPECT_NEAR(metric(many.constant(), "log_loss"), -std::log(2.5 / 5.5), 1e-6);
}

}  // namespace
}  // namespace fathom
