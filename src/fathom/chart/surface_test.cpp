#include "fathom/chart/surface.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

#include "support/xml.hpp"

namespace fathom::chart {
namespace {

Grid bowl(std::size_t size, double scale = 1) {
  Grid grid{-2, 2, -1, 1, size, size, {}};
  for (std::size_t row = 0; row < size; ++row)
    for (std::size_t column = 0; column < size; ++column) {
      const double x = static_cast<double>(column) / static_cast<double>(size - 1) - 0.5,
                   y = static_cast<double>(row) / static_cast<double>(size - 1) - 0.5;
      grid.values.push_back(scale * (x * x + y * y) + 0.01);
    }
  return grid;
}

std::size_t cells_of(const std::string& svg) {
  const XmlElement root = XmlReader::read(svg);
  std::size_t count = 0;
  for (const XmlElement* path : root.all("path")) count += path->attributes.count("fill");
  return count;
}

TEST(Surface, HasACellBetweenFourValues) {
  const SurfaceChart chart{.title = "loss & <plane>", .x_label = "x", .y_label = "y", .grid = bowl(21)};
  const std::string text = svg(chart);
  EXPECT_EQ(text, svg(chart));
  EXPECT_EQ(cells_of(text), 400u);
  EXPECT_EQ(XmlReader::read(text).all("title").at(0)->text, "loss & <plane>");
  // A value that is none takes its four cells with it.
  for (const double none : {std::nan(""), std::numeric_limits<double>::infinity(), -1.0}) {
    SurfaceChart gap = chart;
    gap.log = true;
    gap.grid.values[10 * 21 + 10] = none;
    EXPECT_EQ(cells_of(svg(gap)), 396u);
    EXPECT_EQ(svg(gap).find("nan"), std::string::npos);
  }
}

// Nearer cells come later: on a plain floor, lower in the picture.
TEST(Surface, PaintsFromBackToFront) {
  Grid flat = bowl(9, 0);
  const XmlElement root = XmlReader::read(svg(SurfaceChart{.grid = flat}));
  double before = -1;
  for (const XmlElement* path : root.all("path")) {
    if (!path->attributes.count("fill")) continue;
    std::istringstream numbers(path->attributes.at("d").substr(1));
    double x = 0, y = 0;
    numbers >> x >> y;
    EXPECT_GE(y, before - 0.11);
    before = y;
  }
}

TEST(Surface, StaysInItsPictureWithPathsOnIt) {
  SurfaceChart chart{.x_label = "across", .y_label = "up", .value_label = "loss", .grid = bowl(15, 1e6), .log = true};
  chart.paths = {{.name = "path", .x = {-1.9, 0, 1.5, std::nan(""), 1}, .y = {0.9, 0.2, -0.9, 0, 0}},
                 {.name = "far", .x = {1e300, 5}, .y = {0, 5}},
                 {.mark = Mark::points, .x = {0.5}, .y = {0.5}}};
  const XmlElement root = XmlReader::read(svg(chart));
  const double width = std::stod(root.attributes.at("width")), height = std::stod(root.attributes.at("height"));
  for (const XmlElement* path : root.all("path")) {
    std::string d = path->attributes.at("d");
    if (d.find_first_of("hvHV") != std::string::npos) continue;  // samples of the legend
    for (char& c : d)
      if (c == 'M' || c == 'L' || c == 'Z') c = ' ';
    std::istringstream numbers(d);
    for (double x = 0, y = 0; numbers >> x >> y;) {
      EXPECT_TRUE(x >= 0 && x <= width && y >= 0 && y <= height) << x << " " << y;
    }
  }
  EXPECT_EQ(root.all("circle").size(), 3u);  // where the path begins and ends, and the point
  for (const Grid& grid : {Grid{}, Grid{0, 1, 0, 1, 1, 1, {3}}, Grid{0, 1, 0, 1, 2, 2, {1, 1, 1, 1}},
                           Grid{0, 1, 0, 1, 2, 2, {NAN, NAN, NAN, NAN}}})
    XmlReader::read(svg(SurfaceChart{.title = "t", .grid = grid}));
}

}  // namespace
}  // namespace fathom::chart
