#include "fathom/train/ensemble.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/train/judge.hpp"

namespace fathom {
namespace {

Pipeline pipeline_of(Task task, std::vector<std::string> classes = {}) {
  Pipeline pipeline;
  pipeline.target.name = "y";
  pipeline.target.task = task;
  pipeline.target.classes = std::move(classes);
  return pipeline;
}

TEST(Ensemble, AveragesProbabilities) {
  const Pipeline three = pipeline_of(Task::multiclass, {"a", "b", "c"});
  const Member sure{"1", &three, Tensor({1, 3}, std::vector<float>{50, 0, 0})};
  const Member other{"2", &three, Tensor({1, 3}, std::vector<float>{0, 0, 0})};
  const auto p = probabilities(three, mean_outputs({sure, other}));
  EXPECT_NEAR(p[0], (1 + 1.0 / 3) / 2, 1e-6);
  EXPECT_NEAR(p[1], 1.0 / 6, 1e-6);
  const Pipeline two = pipeline_of(Task::binary, {"no", "yes"});
  const auto q = probabilities(two, mean_outputs({{"1", &two, Tensor({2}, std::vector<float>{200, -200})},
                                                  {"2", &two, Tensor({2}, std::vector<float>{0, -200})}}));
  EXPECT_NEAR(q[0], 0.75, 1e-6);
  EXPECT_LT(q[1], 1e-30);  // the mean of two that are sure is sure
}

// Each member's own scale is taken away before the mean.
TEST(Ensemble, AveragesNumbersInTheirUnit) {
  Pipeline plain = pipeline_of(Task::regression), log = plain;
  plain.target.center = 100;
  plain.target.scale = 10;
  log.target.log = true;
  const Member a{"1", &plain, Tensor({1}, std::vector<float>{2})};                                   // 120
  const Member b{"2", &log, Tensor({1}, std::vector<float>{static_cast<float>(std::log1p(40.0))})};  // 40
  EXPECT_NEAR(predicted_numbers(plain, mean_outputs({a, b}))[0], 80, 1e-4);
  EXPECT_NEAR(predicted_numbers(log, mean_outputs({b, a}))[0], 80, 1e-3);
}

TEST(Ensemble, RefusesRunsThatAnswerOtherQuestions) {
  const Pipeline three = pipeline_of(Task::multiclass, {"a", "b", "c"});
  const Tensor outputs({1, 3}, std::vector<float>{1, 2, 3});
  const auto refusal = [&](const Pipeline& other, const Tensor& others) -> std::string {
    try {
      check_same_question({{"1", &three, outputs}, {"7", &other, others}});
    } catch (const Error& error) {
      return error.what();
    }
    return "none";
  };
  EXPECT_EQ(refusal(three, outputs), "none");
  Pipeline other = three;
  other.target.name = "z";
  EXPECT_EQ(refusal(other, outputs), "run 1 predicts \"y\", but run 7 \"z\"");
  EXPECT_EQ(refusal(pipeline_of(Task::multiclass, {"a", "c", "b"}), outputs),
            "run 1 knows the classes a, b, c, but run 7 a, c, b");
  EXPECT_EQ(refusal(pipeline_of(Task::regression), outputs),
            "of \"y\", run 1 makes a classification, but run 7 a regression");
  EXPECT_EQ(refusal(three, Tensor({2, 3}, std::vector<float>(6))), "run 1 reads 1 rows of the data, but run 7 2");
}

}  // namespace
}  // namespace fathom
