#include "fathom/lab/loss_course.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace fathom {
namespace {

std::vector<double> losses_of(const std::function<double(int)>& loss, int epochs = 20) {
  std::vector<double> losses;
  for (int epoch = 1; epoch <= epochs; ++epoch) losses.push_back(loss(epoch));
  return losses;
}

TEST(LossCourse, TellsTheFiveApart) {
  const auto course = [](const std::vector<double>& losses) { return loss_course(losses, {1, 1, 0.1}).course; };
  EXPECT_EQ(course(losses_of([](int t) { return 1 - 0.01 * t; })), Course::hardly_moves);
  EXPECT_EQ(course(losses_of([](int t) { return 1 - 0.03 * t; })), Course::still_falls);
  EXPECT_EQ(course(losses_of([](int t) { return 0.1 + 0.9 * std::exp(-0.5 * t); })), Course::converges);
  EXPECT_EQ(course(losses_of([](int t) { return t % 5 == 0 ? 0.6 : 0.15; })), Course::oscillates);
  EXPECT_EQ(course(losses_of([](int t) { return t < 3 ? 0.5 : 1.01; })), Course::diverges) << "lost again";
  EXPECT_EQ(course(losses_of([](int t) { return t == 1 ? 44 : 0.97; })), Course::diverges);
  EXPECT_EQ(course(losses_of([](int t) { return t == 1 ? 1.4 : 1 - 0.001 * t; })), Course::oscillates) << "comes back";
  EXPECT_EQ(course({0.5, 0.4, INFINITY}), Course::diverges);
  EXPECT_EQ(course({0.5, NAN, NAN}), Course::diverges);
  EXPECT_EQ(loss_course({}, {1, 1, 0.1}, false).course, Course::diverges) << "in the first epoch";
  EXPECT_EQ(loss_course(std::vector<double>{0.2, 0.1}, {1, 1, 0.1}, false).course, Course::diverges);
}

TEST(LossCourse, GivesTheSharesThatItGoesBy) {
  const LossCourse course = loss_course(std::vector<double>{0.6, 0.3, 0.4, 0.35, 0.25, 0.2, 0.2, 0.3}, {1.1, 1.1, 0.1});
  EXPECT_NEAR(course.fell, 0.85, 1e-12) << "the median of the last two is 0.25";
  EXPECT_NEAR(course.given_back, 0.1, 1e-12);
  EXPECT_EQ(course.course, Course::still_falls);
  EXPECT_EQ(loss_course(std::vector<double>{0.5}, {1, 1, 0.5}).fell, 1);
}

// A network that begins with large outputs falls at once to what needs no training: that is no rise, and no fall.
TEST(LossCourse, DoesNotCountTheWayToWhatNeedsNoTraining) {
  const LossCourse course = loss_course(std::vector<double>{1.5, 0.72, 0.69, 0.68}, {2, 0.7, 0.2});
  EXPECT_EQ(course.course, Course::hardly_moves);
  EXPECT_NEAR(course.fell, 0.04, 1e-12);
  EXPECT_EQ(course.given_back, 0);
}

TEST(LossCourse, HoldsWhereNothingFalls) {
  const LossCourse flat = loss_course(std::vector<double>{1, 1, 1}, {1, 1, 1});
  EXPECT_EQ(flat.course, Course::hardly_moves);
  EXPECT_EQ(flat.fell, 0);
  EXPECT_EQ(loss_course({}, {1, 1, 1}).course, Course::hardly_moves);
}

}  // namespace
}  // namespace fathom
