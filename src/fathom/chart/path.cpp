#include "fathom/chart/path.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "fathom/chart/text.hpp"

namespace fathom::chart {

namespace {

// A coordinate never rounds out of the frame by more than the tenth it is written in.
std::string pair(Point point, const Box& box) {
  return pixels(std::clamp(point.x, box.left, box.right)) + " " + pixels(std::clamp(point.y, box.top, box.bottom));
}

// The part of a segment within the box (Liang and Barsky 1984); false where there is none.
bool cut(Point& from, Point& to, const Box& box) {
  const double dx = to.x - from.x, dy = to.y - from.y;
  double begin = 0, end = 1;
  const std::pair<double, double> edges[] = {
      {-dx, from.x - box.left}, {dx, box.right - from.x}, {-dy, from.y - box.top}, {dy, box.bottom - from.y}};
  for (const auto& [slope, room] : edges) {
    if (slope == 0) {
      if (room < 0) return false;
    } else if (slope < 0) {
      begin = std::max(begin, room / slope);
    } else {
      end = std::min(end, room / slope);
    }
  }
  if (begin > end) return false;
  const Point start = from;
  from = {start.x + begin * dx, start.y + begin * dy};
  to = {start.x + end * dx, start.y + end * dy};
  return true;
}

// Sutherland and Hodgman 1974, one edge: keeps where inside(point) >= 0.
template <class Inside>
Points cut_area(const Points& corners, Inside&& inside) {
  Points kept;
  for (std::size_t i = 0; i < corners.size(); ++i) {
    const Point from = corners[i], to = corners[(i + 1) % corners.size()];
    const double a = inside(from), b = inside(to);
    if (a >= 0) kept.push_back(from);
    if ((a < 0) != (b < 0))
      kept.push_back({from.x + (to.x - from.x) * a / (a - b), from.y + (to.y - from.y) * a / (a - b)});
  }
  return kept;
}

}  // namespace

Points thinned(const Points& points, std::size_t most) {
  if (points.size() <= most) return points;
  const std::size_t buckets = std::max<std::size_t>(1, most / 7);
  Points kept;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const std::size_t begin = points.size() * bucket / buckets, end = points.size() * (bucket + 1) / buckets;
    std::set<std::size_t> chosen;
    std::size_t extremes[4];  // left, right, highest, lowest
    bool any = false, gap = false;
    for (std::size_t i = begin; i < end; ++i) {
      if (!has_place(points[i])) {
        if (!gap) chosen.insert(i);
        gap = true;
        continue;
      }
      if (!any) std::fill(std::begin(extremes), std::end(extremes), i);
      if (!any) chosen.insert(i);
      any = true;
      if (points[i].x < points[extremes[0]].x) extremes[0] = i;
      if (points[i].x > points[extremes[1]].x) extremes[1] = i;
      if (points[i].y < points[extremes[2]].y) extremes[2] = i;
      if (points[i].y > points[extremes[3]].y) extremes[3] = i;
    }
    if (any) {
      chosen.insert(std::begin(extremes), std::end(extremes));
      std::size_t last = end - 1;
      while (!has_place(points[last])) --last;
      chosen.insert(last);
    }
    for (const std::size_t i : chosen) kept.push_back(points[i]);
  }
  return kept;
}

Points sparse(const Points& points, std::size_t most) {
  Points kept = points;
  std::erase_if(kept, [](Point point) { return !has_place(point); });
  for (double cell = 1.5; kept.size() > most && cell < 100; cell *= 1.5) {
    std::set<std::pair<long, long>> taken;
    std::erase_if(kept, [&](Point point) {
      return !taken.emplace(std::lround(point.x / cell), std::lround(point.y / cell)).second;
    });
  }
  return kept;
}

std::string line_path(const Points& points, const Box& box) {
  std::string path, last;
  const auto go = [&](const std::string& from, const std::string& to) {
    if (from != last) path += "M" + from;
    if (to != from) path += "L" + to;
    last = to;
  };
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!has_place(points[i])) {
      last.clear();
      continue;
    }
    const bool before = i > 0 && has_place(points[i - 1]), after = i + 1 < points.size() && has_place(points[i + 1]);
    if (!before && !after && box.holds(points[i])) path += "M" + pair(points[i], box) + "h0";
    if (!before) continue;
    Point from = points[i - 1], to = points[i];
    if (cut(from, to, box))
      go(pair(from, box), pair(to, box));
    else
      last.clear();
  }
  return path;
}

std::string dots_path(const Points& points, const Box& box) {
  std::string path;
  for (const Point point : points)
    if (has_place(point) && box.holds(point)) path += "M" + pair(point, box) + "h0";
  return path;
}

std::string area_path(const Points& corners, const Box& box) {
  Points area = cut_area(corners, [&](Point p) { return p.x - box.left; });
  area = cut_area(area, [&](Point p) { return box.right - p.x; });
  area = cut_area(area, [&](Point p) { return p.y - box.top; });
  area = cut_area(area, [&](Point p) { return box.bottom - p.y; });
  if (area.size() < 3) return {};
  std::string path, last;
  for (const Point point : area) {
    const std::string place = pair(point, box);
    if (place != last) path += (path.empty() ? "M" : "L") + place;
    last = place;
  }
  return path + "Z";
}

}  // namespace fathom::chart
