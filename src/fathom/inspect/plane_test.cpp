#include "fathom/inspect/plane.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/nn/layers.hpp"
#include "support/test_files.hpp"

namespace fathom {
namespace {

struct TwoInputs : Module {
  Linear layer{*this, "layer", {.in = 2, .out = 1}};
  Weight statistic{*this, "statistic", {.shape = {1}, .init = Init::constant(1), .learned = false}};
};

class PlaneTest : public testing::Test {
 protected:
  Flat weights(float first, float second, float bias = 0) {
    Flat flat(model_.parameters());
    flat.view("layer.weight").span<float>()[0] = first;
    flat.view("layer.weight").span<float>()[1] = second;
    flat.view("layer.bias").span<float>()[0] = bias;
    return flat;
  }

  TwoInputs model_;
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
  EXPECT_NEAR(place_on(plane, weights(1, 0, 2)).off, 2, 1e-5);
  EXPECT_FALSE(plane_through(start, start, third));
  EXPECT_FALSE(plane_through(start, weights(std::numeric_limits<float>::infinity(), 0), third));
  EXPECT_FALSE(plane_through(start, end, weights(std::numeric_limits<float>::quiet_NaN(), 0)));
  // A third point on the line gives a plane all the same.
  const Plane drawn = *plane_through(start, end, weights(6, 8));
  EXPECT_NEAR(dot(drawn.across, drawn.up), 0, 1e-6);
  EXPECT_NEAR(norm(drawn.up), 1, 1e-6);
}

TEST_F(PlaneTest, RandomDirectionsHaveTheSizeOfTheWeights) {
  const Flat centre = weights(3, 4);
  const Plane plane = random_plane(centre, 7);
  EXPECT_NEAR(norm(plane.across), 5, 1e-4);
  EXPECT_NEAR(norm(plane.up), 5, 1e-4);
  EXPECT_EQ(plane.across.view("layer.bias").span<float>()[0], 0);
  EXPECT_EQ(plane.across.view("statistic").span<float>()[0], 0);
  EXPECT_NE(dot(plane.across, plane.up), dot(plane.across, plane.across));
  EXPECT_EQ(dot(plane.across, plane.across), dot(random_plane(centre, 7).across, plane.across));
  EXPECT_EQ(norm(random_plane(centre, 7, {"layer.weight"}).across), 0);
}

// The columns of a layer and the channels of a kernel, each by its own length: none is drawn in another's size.
TEST(FilterNormalisation, IsOfEachUnitAlone) {
  struct Filters : Module {
    Weight dense{*this, "dense", {.shape = {2, 2}}};
    Weight kernel{*this, "kernel", {.shape = {3, 2, 2, 4}}};
  };
  const Filters model;
  Flat centre(model.parameters());
  const auto fill = [&](const char* name, std::initializer_list<float> sizes) {
    const auto numbers = centre.view(name).span<float>();
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = sizes.begin()[i % sizes.size()] * (i / sizes.size() % 2 == 0 ? 1.f : -1.f);
  };
  fill("dense", {1, 100});
  fill("kernel", {0.5f, 1, 0, 20});
  const Plane plane = random_plane(centre, 3);
  const auto length = [](const Flat& of, const std::string& name, std::size_t unit, std::size_t units) {
    const auto numbers = of.view(name).span<float>();
    double squares = 0;
    for (std::size_t i = unit; i < numbers.size(); i += units)
      squares += static_cast<double>(numbers[i]) * static_cast<double>(numbers[i]);
    return std::sqrt(squares);
  };
  for (const Flat* direction : {&plane.across, &plane.up})
    for (const auto& [name, units] : {std::pair{"dense", std::size_t{2}}, std::pair{"kernel", std::size_t{4}}})
      for (std::size_t unit = 0; unit < units; ++unit) {
        const double own = length(centre, name, unit, units);
        EXPECT_NEAR(length(*direction, name, unit, units), own, 1e-5 * own) << name << " " << unit;
      }
}

// A walk that turns once lies in a plane: all of it is explained, and the distances are kept.
TEST_F(PlaneTest, TheWalkInAPlaneIsExplained) {
  const std::vector<Flat> walk{weights(4, 3, 6), weights(4, 3, 3), weights(2, 1.5f, 1), weights(0, 0)};
  const PrincipalPlane found = *principal_plane(walk);
  EXPECT_NEAR(found.first + found.second, 1, 1e-6);
  EXPECT_GT(found.first, found.second);
  EXPECT_GT(found.second, 0.01);
  for (const Flat& point : walk) {
    const PlanePoint at = place_on(found.plane, point);
    EXPECT_NEAR(at.off, 0, 1e-4);
    EXPECT_NEAR(std::hypot(at.a, at.b), norm(point), 1e-4);
  }
  const PlanePoint start = place_on(found.plane, walk.front());
  EXPECT_GE(start.a, 0);
  EXPECT_GE(start.b, 0);
  EXPECT_NEAR(place_on(found.plane, walk.back()).a, 0, 1e-6);
}

// Steps along three axes with lengths 4, 2 and 1: the shares are those of their squares.
TEST_F(PlaneTest, TheSharesAreThoseOfTheLongestDirections) {
  const PrincipalPlane found = *principal_plane({weights(4, 0, 0), weights(0, 2, 0), weights(0, 0, 1), weights(0, 0)});
  EXPECT_NEAR(found.first, 16.0 / 21, 1e-6);
  EXPECT_NEAR(found.second, 4.0 / 21, 1e-6);
  EXPECT_NEAR(std::abs(found.plane.across.view("layer.weight").span<float>()[0]), 1, 1e-6);
}

TEST_F(PlaneTest, AStraightWalkHasAPlaneToo) {
  const PrincipalPlane found = *principal_plane({weights(4, 4), weights(1, 1), weights(0, 0)});
  EXPECT_NEAR(found.first, 1, 1e-6);
  EXPECT_NEAR(norm(found.plane.up), 1, 1e-5);
  EXPECT_FALSE(principal_plane({weights(1, 1), weights(1, 1), weights(1, 1)}));
  EXPECT_FALSE(principal_plane({weights(NAN, 1), weights(1, 1), weights(0, 1)}));
  EXPECT_EQ(error_from([&] { principal_plane({weights(1, 1), weights(1, 2)}); }).code(), Code::usage);
}

TEST_F(PlaneTest, WhatIsNotLearnedIsTakenOver) {
  Flat from = weights(1, 2), to = weights(3, 4);
  from.view("statistic").span<float>()[0] = 5;
  take_unlearned(from, to);
  EXPECT_EQ(to.view("statistic").span<float>()[0], 5);
  EXPECT_EQ(to.view("layer.weight").span<float>()[0], 3);
}

}  // namespace
}  // namespace fathom
