#include "fathom/chart/marks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/chart/palette.hpp"
#include "fathom/chart/text.hpp"

namespace fathom::chart {

namespace {

std::string css(const Series& series, const char* name) {
  return fmt::format("{}{}{}", name, series.dashed ? " dash" : "", series.faint ? " faint" : "");
}

Points places(const Frame& frame, const std::vector<double>& x, const std::vector<double>& y) {
  Points points;
  const std::size_t count = std::min(x.size(), y.size());
  points.reserve(count);
  for (std::size_t i = 0; i < count; ++i) points.push_back(frame.at(x[i], y[i]));
  return points;
}

// Both edges, from gap to gap.
std::string band(const Series& series, const Frame& frame) {
  std::string path;
  Points upper, lower;
  const auto close = [&] {
    if (!upper.empty()) {
      const Points top = thinned(upper, 500), bottom = thinned(lower, 500);
      Points corners = top;
      corners.insert(corners.end(), bottom.rbegin(), bottom.rend());
      path += area_path(corners, frame.box);
    }
    upper.clear();
    lower.clear();
  };
  for (std::size_t i = 0; i < std::min({series.x.size(), series.low.size(), series.high.size()}); ++i) {
    const Point top = frame.at(series.x[i], series.high[i]), bottom = frame.at(series.x[i], series.low[i]);
    if (!has_place(top) || !has_place(bottom)) {
      close();
      continue;
    }
    upper.push_back(top);
    lower.push_back(bottom);
  }
  close();
  return path_element("band", path);
}

std::string intervals(const Series& series, const Frame& frame, bool sideways) {
  std::string path;
  const std::size_t count = std::min({series.x.size(), series.y.size(), series.low.size(), series.high.size()});
  for (std::size_t i = 0; i < count; ++i) {
    const Point from = sideways ? frame.at(series.low[i], series.y[i]) : frame.at(series.x[i], series.low[i]);
    const Point to = sideways ? frame.at(series.high[i], series.y[i]) : frame.at(series.x[i], series.high[i]);
    path += line_path({from, to}, frame.box);
  }
  return path_element("error", path);
}

std::string points(const Series& series, const Frame& frame) {
  const Points kept = sparse(places(frame, series.x, series.y));
  const double size = kept.size() <= 50 ? 8 : kept.size() <= 300 ? 5 : 3.5;
  const std::string path = dots_path(kept, frame.box);
  if (path.empty()) return {};
  return fmt::format(R"(<path class="{}" stroke-width="{}" d="{}"/>)", css(series, "dots"), pixels(size), path);
}

// The distance between neighbours, for the width of bars.
double spacing(std::vector<double> places) {
  std::erase_if(places, [](double place) { return !std::isfinite(place); });
  std::sort(places.begin(), places.end());
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < places.size(); ++i)
    if (places[i] > places[i - 1]) least = std::min(least, places[i] - places[i - 1]);
  return std::isfinite(least) ? least : 1;
}

std::string bars(const Series& series, const Frame& frame, bool sideways, const BarPlace& place) {
  const std::vector<double>&along = sideways ? series.y : series.x, &values = sideways ? series.x : series.y;
  const Scale& scale = sideways ? frame.x : frame.y;
  const double zero = scale.log ? scale.low : std::clamp(0.0, scale.low, scale.high);
  const double room = series.width > 0 ? series.width : 0.8 * spacing(along);
  const double width = room / static_cast<double>(place.count);
  const double shift = -room / 2 + width * static_cast<double>(place.number);
  std::string path;
  for (std::size_t i = 0; i < std::min(along.size(), values.size()); ++i) {
    if (!can_be_drawn(values[i], scale.log) || values[i] == zero) continue;
    const double from = along[i] + shift, to = from + width;
    const Point a = sideways ? frame.at(zero, from) : frame.at(from, zero),
                b = sideways ? frame.at(values[i], to) : frame.at(to, values[i]);
    path += area_path({a, {b.x, a.y}, b, {a.x, b.y}}, frame.box);
  }
  return path_element(css(series, "fill"), path);
}

// 18 pixels wide, around the height y.
std::string sample(const Series& series, double x, double y, int color) {
  std::string mark;
  if (series.mark == Mark::line)
    mark = path_element(css(series, "line"), fmt::format("M{} {}h16", pixels(x + 1), pixels(y)));
  else if (series.mark == Mark::points)
    mark = fmt::format(R"(<path class="{}" stroke-width="8" d="M{} {}h0"/>)", css(series, "dots"), pixels(x + 9),
                       pixels(y));
  else
    mark = path_element(series.mark == Mark::band ? "band" : css(series, "fill"),
                        fmt::format("M{} {}h14v10h-14Z", pixels(x + 2), pixels(y - 5)));
  return fmt::format(R"(<g class="{}">{}</g>)", color_class(color), mark);
}

}  // namespace

std::string draw(const Series& series, const Frame& frame, int color, bool sideways, const BarPlace& place) {
  std::string marks;
  switch (series.mark) {
    case Mark::line:
      marks = path_element(css(series, "line"), line_path(thinned(places(frame, series.x, series.y)), frame.box));
      break;
    case Mark::band:
      marks = band(series, frame);
      break;
    case Mark::points:
      marks = intervals(series, frame, sideways) + points(series, frame);
      break;
    case Mark::bars:
      marks = bars(series, frame, sideways, place) + intervals(series, frame, sideways);
      break;
  }
  return marks.empty() ? marks : fmt::format("<g class=\"{}\">{}</g>\n", color_class(color), marks);
}

int color_of(const std::vector<Series>& series, std::size_t place) {
  return series[place].color >= 0 ? series[place].color : static_cast<int>(place);
}

std::string legend(const std::string& label, const std::vector<Series>& series, double width, double top,
                   double& height) {
  std::string text;
  double x = 0, y = top + 13;
  bool any = !label.empty();
  if (any) {
    const std::string words = shortened(label, font, width);
    text += text_at(0, y, words);
    x = text_width(words, font) + 22;
  }
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (series[i].name.empty()) continue;
    any = true;
    const std::string name = shortened(series[i].name, font, width - 24);
    const double needed = 23 + text_width(name, font);
    if (x > 0 && x + needed > width) {
      x = 0;
      y += line_height;
    }
    text += sample(series[i], x, y - 4, color_of(series, i)) + text_at(x + 23, y, name, Anchor::start, "name");
    x += needed + 18;
  }
  height = any ? y - top + 13 : 0;
  return text + "\n";
}

}  // namespace fathom::chart
