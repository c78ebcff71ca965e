// Lines and areas in pixels, cut to a frame and thinned to what can be seen, as the d attribute of an SVG path.
//
// 1. No coordinate lies outside of the frame.
// 2. A point without a place (NaN) is a gap, and lines end before it.
#pragma once

#include <cmath>
#include <string>
#include <vector>

namespace fathom::chart {

struct Point {
  double x = 0, y = 0;
};
using Points = std::vector<Point>;
inline bool has_place(Point point) { return std::isfinite(point.x) && std::isfinite(point.y); }

struct Box {
  double left = 0, top = 0, right = 0, bottom = 0;
  bool holds(Point point) const { return point.x >= left && point.x <= right && point.y >= top && point.y <= bottom; }
};

// At most about `most` of the points, in their order: of each bucket of neighbours the first, the last, the extremes in
// x and y, and one gap.
Points thinned(const Points& points, std::size_t most = 1000);
// At most about `most` points without gaps: of those that would lie on top of each other, one.
Points sparse(const Points& points, std::size_t most = 2000);

// A line through the points; a point between two gaps is a dot. Empty where nothing is in the frame.
std::string line_path(const Points& points, const Box& box);
// Dots, for a stroke with round ends: points outside of the frame are left out.
std::string dots_path(const Points& points, const Box& box);
// A closed area.
std::string area_path(const Points& corners, const Box& box);

}  // namespace fathom::chart
