// Contours: values over a plane as filled levels, with what walked over it.
#pragma once

#include <string>
#include <vector>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/path.hpp"

namespace fathom::chart {

// Values at the crossings of evenly spaced lines. A value that is NaN is a hole.
struct Grid {
  double x_low = 0, x_high = 1, y_low = 0, y_high = 1;
  std::size_t columns = 0, rows = 0;
  std::vector<double> values = {};  // [rows, columns], the first row at y_low

  double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

struct ContourChart {
  std::string title = {}, description = {};
  std::string x_label = {}, y_label = {}, value_label = {};
  Grid grid = {};
  std::vector<double> levels = {};   // rising; empty: even_levels(grid)
  std::vector<Series> paths = {};    // lines begin with a ring and end with a dot; points are dots
  double width = 640, height = 420;  // in all; of the plot
  bool standalone = false;
};

std::string svg(const ContourChart& chart);

// Round levels, about `count`, between which lie about equal shares of the finite values. Fewer where the values are.
std::vector<double> even_levels(const Grid& grid, int count = 10);

// The closed lines around the places where the value is at least `level`, in columns and rows of the grid, by linear
// interpolation (marching squares, Lorensen and Cline 1987; a saddle goes by the mean of its corners). The edge of the
// grid closes them. The higher side is to the left.
std::vector<Points> contour(const Grid& grid, double level);

}  // namespace fathom::chart
