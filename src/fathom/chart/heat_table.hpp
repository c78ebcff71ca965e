// A table of numbers whose cells are shaded by their size: a confusion matrix, a grid of results.
#pragma once

#include <string>
#include <vector>

namespace fathom::chart {

struct HeatTable {
  std::string title = {}, description = {};
  std::string row_label = {}, column_label = {};
  std::vector<std::string> rows = {}, columns = {};
  std::vector<double> values = {};  // [rows, columns]
  std::vector<double> shades = {};  // [rows, columns], 0 to 1
  double width = 640;               // at most
  bool standalone = false;
};

// Cells that are too small for their number show it when they are pointed at.
std::string svg(const HeatTable& table);

}  // namespace fathom::chart
