// Series drawn into a frame.
#pragma once

#include <string>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/frame.hpp"

namespace fathom::chart {

struct BarPlace {
  std::size_t number = 0, count = 1;  // among the series of bars in a panel, which stand side by side
};

// `color`: of the palette. `sideways`: the y axis has names, so that bars and intervals lie along x.
std::string draw(const Series& series, const Frame& frame, int color, bool sideways, const BarPlace& bars);
// The label of a y axis, and behind it the names of the series, in as many lines as they need from `top` on; gives the
// height of them all.
std::string legend(const std::string& label, const std::vector<Series>& series, double width, double top,
                   double& height);
// The colour of a series, by its place among the others unless it has one.
int color_of(const std::vector<Series>& series, std::size_t place);

}  // namespace fathom::chart
