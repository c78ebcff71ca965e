#include "fathom/inspect/landscape.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/pool.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/inspect/eigen_plane.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"
#include "support/test_files.hpp"

namespace fathom::landscape {
namespace {

struct Plain : Module {
  Linear layer{*this, "layer", {.in = 2, .out = 1, .bias = false}};
};

// y = 2 x0 - x1 without noise: the mean squared error is a quadratic of the weights, known in closed form, with
// curvature 1 along both of them in the training part and 8 and 2 in the validation part.
class Landscape : public testing::Test {
 protected:
  Landscape() {
    const Tensor x({6, 2}, {1.0f, 0.0f, 0.0f, 1.0f, -1.0f, 0.0f, 0.0f, -1.0f, 2.0f, 0.0f, 0.0f, 1.0f}),
        y({6}, {2.0f, -1.0f, -2.0f, 1.0f, 4.0f, -1.0f});
    source_ = std::make_unique<TensorSource>(std::map<std::string, Tensor>{{"x", x}, {"y", y}},
                                             TensorSource::Parts{.train = 4, .valid = 2});
    objective_.outputs = [this](const Batch& batch) { return model_.layer(batch["x"]); };
    objective_.row_losses = [this](const Batch& batch) {
      return square(reshape(model_.layer(batch["x"]), {batch["x"].rows()}) - batch["y"]);
    };
  }
  Flat weights(float first, float second) {
    Flat flat(model_.parameters());
    flat.view("layer.weight").span<float>()[0] = first;
    flat.view("layer.weight").span<float>()[1] = second;
    return flat;
  }
  static double train_loss(double a, double b) { return ((a - 2) * (a - 2) + (b + 1) * (b + 1)) / 2; }
  static double valid_loss(double a, double b) { return (4 * (a - 2) * (a - 2) + (b + 1) * (b + 1)) / 2; }

  Plain model_;
  Objective objective_;
  std::unique_ptr<TensorSource> source_;
};

TEST_F(Landscape, APlaneHasTheLossOfTheWeightsAtEachPlace) {
  const Plane plane = *plane_through(weights(0, 0), weights(1, 0), weights(0, 1));
  const PlaneGrid grid{.a_low = -1, .a_high = 3, .b_low = -2, .b_high = 2, .columns = 5, .rows = 9};
  Surface first;
  for (const int threads : {1, 2, 3, 7}) {
    Pool::resize_shared(threads);
    double before = 0;
    const Surface surface = surface_on(plane, grid, {objective_, *source_, [&](double share) {
                                                       EXPECT_GT(share, before);
                                                       EXPECT_LE(share, 1);
                                                       before = share;
                                                     }});
    if (threads == 1) first = surface;
    EXPECT_EQ(surface.losses.train, first.losses.train);  // bit by bit
    EXPECT_EQ(surface.losses.valid, first.losses.valid);
  }
  for (std::size_t r = 0; r < grid.rows; ++r)
    for (std::size_t c = 0; c < grid.columns; ++c) {
      const double a = -1 + static_cast<double>(c), b = -2 + 0.5 * static_cast<double>(r);
      EXPECT_NEAR(first.losses.train[r * grid.columns + c], train_loss(a, b), 1e-5);
      EXPECT_NEAR(first.losses.valid[r * grid.columns + c], valid_loss(a, b), 1e-5);
    }
  EXPECT_EQ(losses_on({objective_, *source_}, plane, grid), first.losses.train);
  const std::vector<double> at = losses_at({objective_, *source_}, {weights(2, -1), weights(0, 0)});
  EXPECT_NEAR(at[0], 0, 1e-9);
  EXPECT_NEAR(at[1], 2.5, 1e-6);
}

TEST_F(Landscape, ALineOverAQuadraticIsAParabolaWithoutABarrier) {
  const Line line = line_between(weights(0, 0), weights(4, -1), {objective_, *source_}, {.steps = 8, .beyond = 0.5});
  ASSERT_EQ(line.t.size(), 17u);
  EXPECT_EQ(line.t.front(), -0.5);
  EXPECT_EQ(line.t.back(), 1.5);
  for (std::size_t i = 0; i < line.t.size(); ++i)
    EXPECT_NEAR(line.losses.train[i], train_loss(4 * line.t[i], -line.t[i]), 1e-5);
  const Barrier found = *barrier(line.t, line.losses.train);
  EXPECT_EQ(found.height, 0);
  EXPECT_GT(found.climb, 1);  // behind the minimum it rises to the second point again
  EXPECT_EQ(error_from([&] {
              line_between(weights(0, 0), weights(1, 1), {objective_, *source_}, {.steps = 0});
            }).code(),
            Code::usage);
}

TEST_F(Landscape, APartWithoutRowsHasNoLosses) {
  const TensorSource train_only({{"x", Tensor({1, 2}, {1.0f, 0.0f})}, {"y", Tensor({1}, {2.0f})}}, {.train = 1});
  const Terrain terrain{objective_, train_only};
  EXPECT_TRUE(line_between(weights(0, 0), weights(1, 1), terrain, {.steps = 2}).losses.valid.empty());
  EXPECT_EQ(error_from([&] { losses_at(terrain, {weights(0, 0)}, Part::valid); }).code(), Code::usage);
}

TEST_F(Landscape, WhatIsNotFiniteStays) {
  const std::vector<double> at =
      losses_at({objective_, *source_}, {weights(1e30f, 0), weights(std::nanf(""), 0), weights(2, -1)});
  EXPECT_TRUE(std::isinf(at[0]));
  EXPECT_TRUE(std::isnan(at[1]));
  EXPECT_NEAR(at[2], 0, 1e-9);
}

struct OneWeight : Module {
  Weight w{*this, "w", {.shape = {1}, .init = Init::constant(0)}};
};

// (w^2 - 1)^2 has its minima at -1 and 1, and between them a barrier of exactly 1 at 0.
TEST(Barrier, OfADoubleWell) {
  OneWeight model;
  const TensorSource source({{"x", Tensor({1}, {1.0f})}}, {.train = 1});
  Objective objective;
  objective.outputs = [&](const Batch& batch) { return batch["x"] * model.w(); };
  objective.row_losses = [&](const Batch& batch) { return square(square(batch["x"] * model.w()) - 1.0); };
  Flat left(model.parameters()), right(model.parameters());
  left.view("w").span<float>()[0] = -1;
  right.view("w").span<float>()[0] = 1;
  const Line line = line_between(left, right, {objective, source});
  const Barrier found = *barrier(line.t, line.losses.train);
  EXPECT_NEAR(found.height, 1, 1e-6);
  EXPECT_NEAR(found.t, 0.5, 1e-12);
  EXPECT_NEAR(found.climb, 1, 1e-6);
}

TEST(Barrier, IsWhatLiesAboveTheStraightLine) {
  const std::vector<double> t{-0.5, 0, 0.25, 0.5, 1, 1.5};
  // Falls all the way, but late: above the straight line without a climb. What lies beyond the ends does not count.
  const Barrier late = *barrier(t, {99, 4, 4, 3.5, 0, 99});
  EXPECT_EQ(late.height, 1.5);
  EXPECT_EQ(late.t, 0.5);
  EXPECT_EQ(late.climb, 0);
  // The way to the lower end may begin at either.
  EXPECT_EQ(barrier(t, {0, 0, 3.5, 4, 4, 0})->climb, 0);
  EXPECT_EQ(barrier(t, {0, 0, 5, 1, 4, 0})->climb, 4);
  const Barrier wall = *barrier(t, {0, 1, std::nan(""), 1, 1, 0});
  EXPECT_TRUE(std::isinf(wall.height) && std::isinf(wall.climb));
  EXPECT_EQ(wall.t, 0.25);
  EXPECT_FALSE(barrier(t, {0, 1, 1, 1, INFINITY, 0}));
}

struct Ellipse : Module {
  Weight w{*this, "w", {.shape = {3}, .init = Init::constant(0)}};
};

// w'Dw / 2 with D = diag(9, 4, -1): the axes of 9 and -1, and the loss on them.
TEST(EigenPlane, LiesAlongBothEndsOfTheSpectrum) {
  Ellipse model;
  const TensorSource source({{"d", Tensor({1, 3}, {9.0f, 4.0f, -1.0f})}}, {.train = 1});
  Objective objective;
  objective.outputs = [](const Batch& batch) { return batch["d"]; };
  objective.row_losses = [&](const Batch& batch) {
    return sum(batch["d"] * square(reshape(model.w(), {1, 3})), {1}) * 0.5;
  };
  const Flat centre(model.parameters());
  const curvature::LossRows rows{.objective = objective, .source = source, .rows = {0}};
  const curvature::EigenPlane found = curvature::eigen_plane(rows, centre);
  EXPECT_NEAR(found.top.value, 9, 1e-4);
  EXPECT_NEAR(found.bottom.value, -1, 1e-4);
  EXPECT_NEAR(found.plane.across.view("w").span<float>()[0], 1, 1e-3);
  EXPECT_NEAR(found.plane.up.view("w").span<float>()[2], 1, 1e-3);
  const Surface surface = surface_on(found.plane, {.columns = 3, .rows = 3}, {objective, source});
  EXPECT_NEAR(surface.losses.train[5], 4.5, 1e-2);   // one step across
  EXPECT_NEAR(surface.losses.train[7], -0.5, 1e-2);  // one step up
  EXPECT_TRUE(surface.losses.valid.empty());

  OneWeight alone;
  Objective of_one;
  of_one.outputs = [](const Batch& batch) { return batch["d"]; };
  of_one.row_losses = [&](const Batch& batch) { return sum(batch["d"] * square(alone.w()), {1}); };
  const curvature::LossRows row{.objective = of_one, .source = source, .rows = {0}};
  EXPECT_EQ(error_from([&] { curvature::eigen_plane(row, Flat(alone.parameters())); }).code(), Code::data);
}

}  // namespace
}  // namespace fathom::landscape
