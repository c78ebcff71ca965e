#include "fathom/lab/plane.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/pool.hpp"
#include "fathom/nn/layers.hpp"
#include "fathom/nn/losses.hpp"

namespace fathom {
namespace {

struct Line : Module {
  Linear layer{*this, "layer", {.in = 2, .out = 1}};
};

// y = 2 x0 - x1 without noise: the mean squared error is a quadratic of the weights, known in closed form.
class PlaneTest : public testing::Test {
 protected:
  PlaneTest() {
    Tensor x({4, 2}, {1.0f, 0.0f, 0.0f, 1.0f, -1.0f, 0.0f, 0.0f, -1.0f}), y({4}, {2.0f, -1.0f, -2.0f, 1.0f});
    source_ = std::make_unique<TensorSource>(std::map<std::string, Tensor>{{"x", x}, {"y", y}},
                                             TensorSource::Parts{.train = 4});
    objective_.row_losses = [this](const Batch& batch) {
      return square(reshape(line_.layer(batch["x"]), {batch["x"].rows()}) - batch["y"]);
    };
    objective_.outputs = [this](const Batch& batch) { return line_.layer(batch["x"]); };
  }
  Flat weights(float first, float second) {
    Flat flat(line_.parameters());
    flat.view("layer.weight").span<float>()[0] = first;
    flat.view("layer.weight").span<float>()[1] = second;
    return flat;
  }

  Line line_;
  Objective objective_;
  std::unique_ptr<TensorSource> source_;
};

TEST_F(PlaneTest, GoesThroughItsThreePoints) {
  const Flat start = weights(0, 0), end = weights(3, 4), third = weights(1, 0);
  const Plane plane = *plane_through(start, end, third);
  EXPECT_NEAR(norm(plane.across), 1, 1e-6);
  EXPECT_NEAR(norm(plane.up), 1, 1e-6);
  EXPECT_NEAR(dot(plane.across, plane.up), 0, 1e-6);
  const PlanePoint at_end = place_on(plane, end), at_third = place_on(plane, third);
  EXPECT_NEAR(at_end.a, 5, 1e-5);
  EXPECT_NEAR(at_end.b, 0, 1e-5);
  EXPECT_NEAR(at_third.a, 0.6, 1e-5);
  EXPECT_NEAR(at_third.b, 0.8, 1e-5);
  EXPECT_NEAR(at_third.off, 0, 1e-5);
  Flat beside = third;
  beside.view("layer.bias").span<float>()[0] = 2;
  EXPECT_NEAR(place_on(plane, beside).off, 2, 1e-5);
  EXPECT_FALSE(plane_through(start, start, third));
  EXPECT_FALSE(plane_through(start, weights(std::numeric_limits<float>::infinity(), 0), third));
  EXPECT_FALSE(plane_through(start, end, weights(std::numeric_limits<float>::quiet_NaN(), 0)));
  // A third point on the line gives a plane all the same.
  const Plane drawn = *plane_through(start, end, weights(6, 8));
  EXPECT_NEAR(dot(drawn.across, drawn.up), 0, 1e-6);
  EXPECT_NEAR(norm(drawn.up), 1, 1e-6);
}

TEST_F(PlaneTest, HasTheLossOfTheWeightsAtEachPoint) {
  const Plane plane = *plane_through(weights(0, 0), weights(1, 0), weights(0, 1));
  chart::Grid grid{.x_low = -1, .x_high = 3, .y_low = -2, .y_high = 2, .columns = 5, .rows = 9};
  for (const int threads : {1, 3}) {
    Pool::resize_shared(threads);
    fill_losses(grid, plane, objective_, *source_);
    for (std::size_t r = 0; r < grid.rows; ++r)
      for (std::size_t c = 0; c < grid.columns; ++c) {
        const double w0 = -1 + static_cast<double>(c), w1 = -2 + 0.5 * static_cast<double>(r);
        EXPECT_NEAR(grid.at(r, c), ((w0 - 2) * (w0 - 2) + (w1 + 1) * (w1 + 1)) / 2, 1e-5);
      }
  }
  const std::vector<double> losses = losses_at({weights(2, -1), weights(0, 0)}, objective_, *source_);
  EXPECT_NEAR(losses[0], 0, 1e-9);
  EXPECT_NEAR(losses[1], 2.5, 1e-6);
}

TEST_F(PlaneTest, RandomDirectionsHaveTheSizeOfTheWeights) {
  const Flat centre = weights(3, 4);
  const Plane plane = random_plane(centre, 7);
  EXPECT_NEAR(norm(plane.across), 5, 1e-4);
  EXPECT_NEAR(norm(plane.up), 5, 1e-4);
  EXPECT_EQ(plane.across.view("layer.bias").span<float>()[0], 0);
  EXPECT_NE(dot(plane.across, plane.up), dot(plane.across, plane.across));
  EXPECT_EQ(dot(plane.across, plane.across), dot(random_plane(centre, 7).across, plane.across));
}

TEST_F(PlaneTest, SamplesAreSpreadOverTheRows) {
  const RowSample two(*source_, 2), all(*source_, 100);
  EXPECT_EQ(two.rows(Part::train), 2);
  EXPECT_EQ(all.rows(Part::train), 4);
  BatchTensors batch = tensors_of(two.inputs(2));
  two.fill(Part::train, std::vector<Index>{0, 1}, batch);
  EXPECT_EQ(batch.at("y").at(0), 2);
  EXPECT_EQ(batch.at("y").at(1), -2);  // rows 0 and 2
}

}  // namespace
}  // namespace fathom
