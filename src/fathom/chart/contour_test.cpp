#include "fathom/chart/contour.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "fathom/base/rng.hpp"
#include "support/xml.hpp"

namespace fathom::chart {
namespace {

// Twice the area to the left of a closed line.
double area(const Points& line) {
  double sum = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const Point a = line[i], b = line[(i + 1) % line.size()];
    sum += a.x * b.y - b.x * a.y;
  }
  return sum / 2;
}

double total_area(const Grid& grid, double level) {
  double sum = 0;
  for (const Points& line : contour(grid, level)) sum += area(line);
  return sum;
}

Grid cone(std::size_t size, double sign) {
  Grid grid{-1, 1, -1, 1, size, size, {}};
  for (std::size_t row = 0; row < size; ++row)
    for (std::size_t column = 0; column < size; ++column) {
      const double x = -1 + 2.0 * static_cast<double>(column) / static_cast<double>(size - 1),
                   y = -1 + 2.0 * static_cast<double>(row) / static_cast<double>(size - 1);
      grid.values.push_back(sign * std::sqrt(x * x + y * y));
    }
  return grid;
}

TEST(Contour, ACircleHasItsArea) {
  const double unit = 60 * 60 / 4.0;  // of the area, in squares of the grid
  const double circle = std::acos(-1.0) * 0.25;
  EXPECT_EQ(contour(cone(61, -1), -0.5).size(), 1u);
  EXPECT_NEAR(total_area(cone(61, -1), -0.5) / unit, circle, 0.005);
  EXPECT_NEAR(total_area(cone(61, 1), 0.5) / unit, 4 - circle, 0.005);  // a square with a hole
  EXPECT_EQ(contour(cone(61, 1), 0.5).size(), 2u);
  EXPECT_TRUE(contour(cone(61, 1), 2).empty());
  EXPECT_NEAR(total_area(cone(61, 1), -1) / unit, 4, 1e-9);  // all of it
}

TEST(Contour, HigherLevelsHaveSmallerAreas) {
  Random random(4, "contours");
  for (int round = 0; round < 200; ++round) {
    Grid grid{0, 1, 0, 1, 2 + static_cast<std::size_t>(round % 9), 2 + static_cast<std::size_t>(round % 7), {}};
    for (std::size_t i = 0; i < grid.columns * grid.rows; ++i)
      grid.values.push_back(random.uniform() < 0.1 ? std::numeric_limits<double>::quiet_NaN() : random.normal());
    double last = static_cast<double>((grid.columns - 1) * (grid.rows - 1)) + 1e-9;
    for (const double level : {-1e9, -2.0, -1.0, 0.0, 0.5, 1.5, 4.0}) {
      const double now = total_area(grid, level);
      EXPECT_LE(now, last + 1e-9);
      EXPECT_GE(now, -1e-9);
      last = now;
    }
  }
}

TEST(Contour, LevelsRiseAndLieBetweenTheValues) {
  for (const std::size_t size : {2u, 5u, 41u}) {
    const Grid grid = cone(size, 3);
    const std::vector<double> levels = even_levels(grid, 10);
    for (std::size_t i = 0; i < levels.size(); ++i) {
      EXPECT_TRUE(levels[i] > 0 && levels[i] < 3 * std::sqrt(2.0));
      if (i > 0) {
        EXPECT_GT(levels[i], levels[i - 1]);
      }
    }
    if (size == 41) {
      EXPECT_GE(levels.size(), 8u);
    }
  }
  EXPECT_TRUE(even_levels({0, 1, 0, 1, 2, 2, {1, 1, 1, 1}}).empty());
}

TEST(Contour, TheChartIsWellFormed) {
  ContourChart chart{
      .title = "loss & <plane>", .x_label = "x", .y_label = "y", .value_label = "loss", .grid = cone(31, 1)};
  chart.paths = {{.name = "path", .x = {-0.9, 0, 5, 0.1}, .y = {0.8, 0.2, 0.1, std::nan("")}},
                 {.mark = Mark::points, .x = {0.5}, .y = {0.5}}};
  const std::string text = svg(chart);
  const XmlElement root = XmlReader::read(text);
  EXPECT_EQ(text, svg(chart));
  EXPECT_EQ(root.all("title").at(0)->text, "loss & <plane>");
  EXPECT_GE(root.all("path").size(), 20u);
  EXPECT_EQ(text.find("nan"), std::string::npos);
  for (const Grid& grid : {Grid{}, Grid{0, 1, 0, 1, 1, 1, {3}}, Grid{0, 1, 0, 1, 2, 2, {1, 1, 1, 1}}})
    XmlReader::read(svg(ContourChart{.title = "t", .grid = grid}));
}

}  // namespace
}  // namespace fathom::chart
