#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/chart/contour.hpp"
#include "fathom/chart/marks.hpp"
#include "fathom/chart/palette.hpp"
#include "fathom/chart/text.hpp"

namespace fathom::chart {

namespace {

constexpr double bar_width = 14, bar_gap = 16;

std::string level_path(const Grid& grid, const Frame& frame, double level) {
  std::string path;
  const double width = (frame.box.right - frame.box.left) / static_cast<double>(grid.columns - 1),
               height = (frame.box.bottom - frame.box.top) / static_cast<double>(grid.rows - 1);
  for (const Points& line : contour(grid, level)) {
    Points corners;
    for (const Point point : line)
      corners.push_back({frame.box.left + point.x * width, frame.box.bottom - point.y * height});
    path += area_path(corners, frame.box);
  }
  return path;
}

std::string filled(const Grid& grid, const Frame& frame, const std::vector<double>& levels) {
  const auto color = [&](std::size_t i) {
    return heat_color(static_cast<double>(i) / static_cast<double>(std::max<std::size_t>(1, levels.size())));
  };
  const auto area = [&](const std::string& path, std::size_t i) {
    return path.empty() ? std::string() : fmt::format("<path fill=\"{}\" d=\"{}\"/>\n", color(i), path);
  };
  std::string text = area(level_path(grid, frame, -std::numeric_limits<double>::infinity()), 0);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const std::string path = level_path(grid, frame, levels[i]);
    text += area(path, i + 1) + path_element("level", path);
  }
  return text;
}

std::string color_bar(const Box& box, const std::vector<double>& levels) {
  std::string text;
  const std::size_t bands = levels.size() + 1;
  const double height = (box.bottom - box.top) / static_cast<double>(bands);
  double free_below = box.bottom + 100;
  for (std::size_t i = 0; i < bands; ++i) {
    const double bottom = box.bottom - static_cast<double>(i) * height;
    text +=
        fmt::format("<path fill=\"{}\" d=\"M{} {}h{}v{}h-{}Z\"/>",
                    heat_color(static_cast<double>(i) / static_cast<double>(std::max<std::size_t>(1, levels.size()))),
                    pixels(box.left), pixels(bottom), pixels(bar_width), pixels(-height), pixels(bar_width));
    if (i == 0 || bottom > free_below) continue;
    text += text_at(box.left + bar_width + 6, bottom + 4, number(levels[i - 1]));
    free_below = bottom - 15;
  }
  return text + "\n";
}

// A path with a pale line under it, a ring where it begins and a dot where it ends.
std::string walked(const Series& series, const Frame& frame, int color) {
  if (series.mark != Mark::line) return draw(series, frame, color, false, {});
  Points points;
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i)
    points.push_back(frame.at(series.x[i], series.y[i]));
  const std::string line = line_path(thinned(points), frame.box);
  std::string text = path_element("under", line) + draw(series, frame, color, false, {});
  const auto on = [&](Point point) { return has_place(point) && frame.box.holds(point); };
  if (!points.empty() && on(points.front()))
    text += fmt::format(
        R"(<g class="{}"><circle class="back" stroke="currentColor" stroke-width="2" cx="{}" cy="{}" r="4"/></g>)",
        color_class(color), pixels(points.front().x), pixels(points.front().y));
  if (!points.empty() && on(points.back()))
    text += fmt::format(
        R"(<g class="{}"><circle class="fill" stroke="#fff" stroke-width="1.5" cx="{}" cy="{}" r="5"/></g>)",
        color_class(color), pixels(points.back().x), pixels(points.back().y));
  return text + "\n";
}

}  // namespace

std::string svg(const ContourChart& chart) {
  const Grid& grid = chart.grid;
  const std::vector<double> levels = chart.levels.empty() ? even_levels(grid) : chart.levels;
  const Scale x = make_scale(std::vector<double>{grid.x_low, grid.x_high}, {.exact = true, .ticks = 7}),
              y = make_scale(std::vector<double>{grid.y_low, grid.y_high}, {.exact = true});
  double bar_labels = text_width(chart.value_label, font) - bar_width;
  for (const double level : levels) bar_labels = std::max(bar_labels, text_width(number(level), font) + 6);
  double top = 0, height = 0;
  std::string body;
  if (!chart.title.empty()) {
    body += text_at(0, 16, shortened(chart.title, title_font, chart.width), Anchor::start, "title") + "\n";
    top = 28;
  }
  const double left_room = label_width(y, chart.width / 4), left = std::ceil(left_room + 12),
               bar_left = chart.width - std::ceil(std::min(bar_labels, chart.width / 4)) - bar_width - 2;
  body += legend(chart.y_label, chart.paths, bar_left - bar_gap, top, height);
  if (!chart.value_label.empty()) {
    body += text_at(bar_left, top + 13, shortened(chart.value_label, font, chart.width - bar_left));
    height = std::max(height, 26.0);
  }
  top += std::max(height, 6.0);
  const Frame frame{{left, top, std::max(left + 20, bar_left - bar_gap), top + chart.height}, x, y};
  body += y_axis(frame, false, left_room);
  if (grid.rows > 1 && grid.columns > 1) body += filled(grid, frame, levels);
  for (std::size_t i = 0; i < chart.paths.size(); ++i) body += walked(chart.paths[i], frame, color_of(chart.paths, i));
  body += color_bar({bar_left, top, bar_left + bar_width, top + chart.height}, levels);
  body += x_axis(frame, chart.x_label, false);
  top += chart.height + 24 + (chart.x_label.empty() ? 0 : line_height);
  return opened(chart.title, chart.description, chart.width, top, chart.standalone) + body + "</svg>\n";
}

}  // namespace fathom::chart
