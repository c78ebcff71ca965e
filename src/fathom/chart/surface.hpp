// Surfaces: values over a plane as heights, seen from above one corner, with what walked over them.
#pragma once

#include <string>
#include <vector>

#include "fathom/chart/contour.hpp"

namespace fathom::chart {

struct SurfaceChart {
  std::string title = {}, description = {};
  std::string x_label = {}, y_label = {}, value_label = {};
  Grid grid = {};  // a value that is not finite is a hole
  bool log = false;
  std::vector<Series> paths = {};  // lie on the surface; points are dots
  double width = 640;              // in all; the height follows
  bool standalone = false;
};

// In orthographic projection, which keeps equal lengths along an axis equal; what is nearer is painted over what is
// farther. Where nothing can be drawn there are the axes alone.
std::string svg(const SurfaceChart& chart);

}  // namespace fathom::chart
