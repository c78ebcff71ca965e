#include "fathom/chart/surface.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/chart/marks.hpp"
#include "fathom/chart/palette.hpp"
#include "fathom/chart/text.hpp"

namespace fathom::chart {

namespace {

constexpr double turn = 0.61, tilt = 0.66;  // of the view, in radians: around the upright axis, and from above
constexpr double tallest = 0.55;            // of the surface, where the sides of the plane are 1

// The plane's sides run from -0.5 to 0.5, heights from 0 to 1.
class View {
 public:
  View(double left, double right, double top) {
    Box seen{1e9, 1e9, -1e9, -1e9};
    for (const double x : {-0.5, 0.5})
      for (const double y : {-0.5, 0.5})
        for (const double z : {0.0, 1.0}) {
          const Point point = flat(x, y, z);
          seen = {std::min(seen.left, point.x), std::min(seen.top, point.y), std::max(seen.right, point.x),
                  std::max(seen.bottom, point.y)};
        }
    size_ = (right - left) / (seen.right - seen.left);
    origin_ = {left - size_ * seen.left, top - size_ * seen.top};
    bottom_ = origin_.y + size_ * seen.bottom;
  }

  Point at(double x, double y, double z) const {
    const Point point = flat(x, y, z);
    return {origin_.x + size_ * point.x, origin_.y + size_ * point.y};
  }
  // How far behind the middle a place lies.
  static double depth(double x, double y) { return y * std::cos(turn) - x * std::sin(turn); }
  double bottom() const { return bottom_; }

 private:
  static Point flat(double x, double y, double z) {
    return {x * std::cos(turn) + y * std::sin(turn), -tallest * z * std::cos(tilt) - depth(x, y) * std::sin(tilt)};
  }

  double size_ = 1, bottom_ = 0;
  Point origin_;
};

// Heights from 0 to 1; NaN for a hole.
struct Heights {
  std::size_t columns, rows;
  std::vector<double> values;

  double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
  // Bilinear, at a place of the plane.
  double between(double x, double y) const {
    const double column = (x + 0.5) * static_cast<double>(columns - 1), row = (y + 0.5) * static_cast<double>(rows - 1);
    if (!(column >= 0 && row >= 0 && column <= static_cast<double>(columns - 1) &&
          row <= static_cast<double>(rows - 1)))
      return std::numeric_limits<double>::quiet_NaN();
    const auto c = std::min(static_cast<std::size_t>(column), columns - 2),
               r = std::min(static_cast<std::size_t>(row), rows - 2);
    const double s = column - static_cast<double>(c), t = row - static_cast<double>(r);
    return (1 - t) * ((1 - s) * at(r, c) + s * at(r, c + 1)) + t * ((1 - s) * at(r + 1, c) + s * at(r + 1, c + 1));
  }
};

std::string line_through(const Points& points, bool closed = false) {
  std::string path;
  for (const Point point : points)
    path += fmt::format("{}{} {}", path.empty() ? "M" : "L", pixels(point.x), pixels(point.y));
  return path + (closed ? "Z" : "");
}

// What is painted, and how far behind the middle it lies.
struct Painted {
  double depth;
  std::string text;
};

void paint_cells(const Heights& heights, const View& view, std::vector<Painted>& all) {
  const auto x = [&](std::size_t column) {
    return static_cast<double>(column) / static_cast<double>(heights.columns - 1) - 0.5;
  };
  const auto y = [&](std::size_t row) {
    return static_cast<double>(row) / static_cast<double>(heights.rows - 1) - 0.5;
  };
  for (std::size_t r = 0; r + 1 < heights.rows; ++r)
    for (std::size_t c = 0; c + 1 < heights.columns; ++c) {
      const double z[4] = {heights.at(r, c), heights.at(r, c + 1), heights.at(r + 1, c + 1), heights.at(r + 1, c)};
      const double mean = (z[0] + z[1] + z[2] + z[3]) / 4;
      if (std::isnan(mean)) continue;
      all.push_back({View::depth((x(c) + x(c + 1)) / 2, (y(r) + y(r + 1)) / 2),
                     fmt::format(R"(<path fill="{}" d="{}"/>)", heat_color(mean),
                                 line_through({view.at(x(c), y(r), z[0]), view.at(x(c + 1), y(r), z[1]),
                                               view.at(x(c + 1), y(r + 1), z[2]), view.at(x(c), y(r + 1), z[3])},
                                              true))});
    }
}

std::string dot(Point at, int color, bool ring) {
  return ring
             ? fmt::format(
                   R"(<g class="{}"><circle class="back" stroke="currentColor" stroke-width="2" stroke-opacity="1" cx="{}" cy="{}" r="4"/></g>)",
                   color_class(color), pixels(at.x), pixels(at.y))
             : fmt::format(
                   R"(<g class="{}"><circle class="fill" stroke="#fff" stroke-width="1.5" stroke-opacity="1" cx="{}" cy="{}" r="5"/></g>)",
                   color_class(color), pixels(at.x), pixels(at.y));
}

// In pieces of half a cell, before the cells that they lie on; the line before the pale line under its neighbours.
void paint_path(const Series& series, int color, const Grid& grid, const Heights& heights, const View& view,
                std::vector<Painted>& all) {
  const double cell =
      std::hypot(1 / static_cast<double>(heights.columns - 1), 1 / static_cast<double>(heights.rows - 1));
  Points places;  // on the plane
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i)
    places.push_back({(series.x[i] - grid.x_low) / (grid.x_high - grid.x_low) - 0.5,
                      (series.y[i] - grid.y_low) / (grid.y_high - grid.y_low) - 0.5});
  const auto on_surface = [&](Point place) { return view.at(place.x, place.y, heights.between(place.x, place.y)); };
  const auto mark = [&](Point place, bool ring) {
    if (const Point at = on_surface(place); has_place(at))
      all.push_back({View::depth(place.x, place.y) - 2 * cell, dot(at, color, ring)});
  };
  if (series.mark != Mark::line) {
    for (const Point place : places) mark(place, false);
    return;
  }
  for (std::size_t i = 1; i < places.size(); ++i) {
    const Point from = places[i - 1], to = places[i];
    const double length = std::hypot(to.x - from.x, to.y - from.y);
    if (!(length <= 100)) continue;  // a gap, or far beyond the grid
    const int pieces = std::max(1, static_cast<int>(std::ceil(2 * length / cell)));
    for (int k = 0; k < pieces; ++k) {
      const auto part = [&](int of) {
        const double t = static_cast<double>(of) / pieces;
        return Point{from.x + t * (to.x - from.x), from.y + t * (to.y - from.y)};
      };
      const Point a = on_surface(part(k)), b = on_surface(part(k + 1));
      if (!has_place(a) || !has_place(b)) continue;
      const double depth = View::depth((part(k).x + part(k + 1).x) / 2, (part(k).y + part(k + 1).y) / 2);
      for (const auto& [css_class, nearer] : {std::pair{"under", 1.0}, {"line", 1.75}})
        all.push_back(
            {depth - nearer * cell, fmt::format(R"(<g class="{}" stroke-opacity="1">{}</g>)", color_class(color),
                                                path_element(css_class, line_through({a, b})))});
    }
  }
  if (places.empty()) return;
  mark(places.front(), true);
  mark(places.back(), false);
}

// The walls behind with a line for each height, and the floor's edges with their numbers.
std::string axes(const SurfaceChart& chart, const Scale& heights, const View& view) {
  std::string text;
  for (std::size_t i = 0; i < heights.ticks.size(); ++i) {
    const double z = heights.at(heights.ticks[i]);
    text += path_element("grid", line_through({view.at(-0.5, -0.5, z), view.at(-0.5, 0.5, z), view.at(0.5, 0.5, z)}));
    const Point at = view.at(-0.5, -0.5, z);
    text += text_at(at.x - 8, at.y + 4, heights.labels[i], Anchor::end);
  }
  for (const auto& [x, y] : {std::pair{-0.5, -0.5}, {-0.5, 0.5}, {0.5, 0.5}})
    text += path_element("grid", line_through({view.at(x, y, 0), view.at(x, y, 1)}));
  text += path_element("axis", line_through({view.at(-0.5, -0.5, 0), view.at(0.5, -0.5, 0), view.at(0.5, 0.5, 0)}));
  const Grid& grid = chart.grid;
  const Scale x = make_scale(std::vector<double>{grid.x_low, grid.x_high}, {.exact = true, .ticks = 4}),
              y = make_scale(std::vector<double>{grid.y_low, grid.y_high}, {.exact = true, .ticks = 4});
  const auto number_at = [&](Point at, const std::string& label, bool left) {
    text += path_element("axis", line_through({at, {at.x + (left ? -3.0 : 3.0), at.y + 3}}));
    text += text_at(at.x + (left ? -5 : 5), at.y + 14, label, left ? Anchor::end : Anchor::start);
  };
  for (std::size_t i = 0; i < x.ticks.size(); ++i)
    number_at(view.at(x.at(x.ticks[i]) - 0.5, -0.5, 0), x.labels[i], true);
  for (std::size_t i = 0; i < y.ticks.size(); ++i)
    number_at(view.at(0.5, y.at(y.ticks[i]) - 0.5, 0), y.labels[i], false);
  const Point along_x = view.at(0, -0.5, 0), along_y = view.at(0.5, 0, 0), corner = view.at(0.5, -0.5, 0);
  text += text_at(along_x.x - 34, along_x.y + 32, shortened(chart.x_label, font, along_x.x - 34), Anchor::end);
  text += text_at(along_y.x + 34, std::min(along_y.y + 32, corner.y + 14),
                  shortened(chart.y_label, font, chart.width - along_y.x - 34));
  return text + "\n";
}

}  // namespace

std::string svg(const SurfaceChart& chart) {
  const Grid& grid = chart.grid;
  std::vector<double> values;
  for (const double value : grid.values)
    if (can_be_drawn(value, chart.log)) values.push_back(value);
  const Scale scale = make_scale(values, {.log = chart.log, .exact = true, .ticks = 5});
  double top = 0, height = 0;
  std::string body;
  if (!chart.title.empty()) {
    body += text_at(0, 16, shortened(chart.title, title_font, chart.width), Anchor::start, "title") + "\n";
    top = 28;
  }
  body += legend(chart.value_label, chart.paths, chart.width, top, height);
  top += std::max(height, 6.0) + 6;
  const View view(std::ceil(label_width(scale, chart.width / 4) + 12), chart.width - 30, top);
  body += axes(chart, scale, view);
  std::vector<Painted> all;
  if (grid.rows > 1 && grid.columns > 1 && grid.values.size() == grid.rows * grid.columns) {
    Heights heights{grid.columns, grid.rows, {}};
    for (const double value : grid.values)
      heights.values.push_back(can_be_drawn(value, chart.log) ? scale.at(value)
                                                              : std::numeric_limits<double>::quiet_NaN());
    paint_cells(heights, view, all);
    for (std::size_t i = 0; i < chart.paths.size(); ++i)
      paint_path(chart.paths[i], color_of(chart.paths, i), grid, heights, view, all);
  }
  std::stable_sort(all.begin(), all.end(), [](const Painted& a, const Painted& b) { return a.depth > b.depth; });
  body += R"(<g stroke="#fff" stroke-opacity=".4" stroke-width=".5" stroke-linejoin="round">)";
  for (const Painted& one : all) body += one.text + "\n";
  body += "</g>\n";
  const double bottom = view.bottom() + 24 + (chart.x_label.empty() && chart.y_label.empty() ? 0 : line_height);
  return opened(chart.title, chart.description, chart.width, bottom, chart.standalone) + body + "</svg>\n";
}

}  // namespace fathom::chart
