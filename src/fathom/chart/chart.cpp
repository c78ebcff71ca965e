#include "fathom/chart/chart.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fathom/chart/marks.hpp"
#include "fathom/chart/text.hpp"

namespace fathom::chart {

namespace {

constexpr double small_font = 11, gap_between_panels = 14, longest_name = 180, longest_rule_label = 150;

void add(std::vector<double>& to, const std::vector<double>& values) {
  to.insert(to.end(), values.begin(), values.end());
}
void add(std::vector<double>& to, const Axis& axis) {
  if (axis.low) to.push_back(*axis.low);
  if (axis.high) to.push_back(*axis.high);
}

bool is_sideways(const Panel& panel) { return !panel.y.names.empty(); }

Scale scale_of(const std::vector<double>& values, const Axis& axis, bool from_zero, int ticks) {
  return make_scale(
      values, {.log = axis.log, .exact = axis.exact, .whole = axis.whole, .from_zero = from_zero, .ticks = ticks});
}

Scale x_scale(const Chart& chart) {
  if (!chart.x.names.empty()) return named_scale(chart.x.names);
  std::vector<double> values;
  bool from_zero = false;
  for (const Panel& panel : chart.panels) {
    for (const Series& series : panel.series) {
      add(values, series.x);
      if (is_sideways(panel)) {
        add(values, series.low);
        add(values, series.high);
        from_zero = from_zero || series.mark == Mark::bars;
      }
      if (series.mark == Mark::bars && !is_sideways(panel) && series.width > 0)
        for (const double x : series.x) add(values, {x - series.width / 2, x + series.width / 2});
    }
    for (const Rule& rule : panel.rules)
      if (rule.along == Rule::Along::x) values.push_back(rule.at);
  }
  add(values, chart.x);
  return scale_of(values, chart.x, from_zero, chart.width < 400 ? 3 : 8);
}

Scale y_scale(const Panel& panel) {
  if (is_sideways(panel)) {
    Scale scale = named_scale(panel.y.names);
    std::swap(scale.low, scale.high);  // the first name is on top
    return scale;
  }
  std::vector<double> values;
  bool from_zero = false;
  for (const Series& series : panel.series) {
    if (series.mark != Mark::band) add(values, series.y);
    add(values, series.low);
    add(values, series.high);
    from_zero = from_zero || series.mark == Mark::bars;
  }
  for (const Rule& rule : panel.rules)
    if (rule.along == Rule::Along::y) values.push_back(rule.at);
  add(values, panel.y);
  return scale_of(values, panel.y, from_zero, panel.height < 120 ? 2 : 5);
}

std::string line_across(const Frame& frame, const Rule& rule) {
  const Box& box = frame.box;
  if (rule.along == Rule::Along::x) {
    const double x = box.left + frame.x.at(rule.at) * (box.right - box.left);
    return path_element("rule", fmt::format("M{} {}V{}", pixels(x), pixels(box.top), pixels(box.bottom)));
  }
  const double y = box.bottom - frame.y.at(rule.at) * (box.bottom - box.top);
  return path_element("rule", fmt::format("M{} {}H{}", pixels(box.left), pixels(y), pixels(box.right)));
}

bool is_on(const Frame& frame, const Rule& rule) {
  return rule.along == Rule::Along::x ? frame.x.holds(rule.at) : frame.y.holds(rule.at);
}

// Labels beside the frame, moved apart where they would touch; or at the top, on the side that has room.
std::string rule_labels(const Frame& frame, const std::vector<Rule>& rules, double room) {
  const Box& box = frame.box;
  std::vector<std::pair<double, std::string>> beside;
  std::string text;
  for (const Rule& rule : rules) {
    if (rule.label.empty() || !is_on(frame, rule)) continue;
    if (rule.along == Rule::Along::y) {
      beside.emplace_back(box.bottom - frame.y.at(rule.at) * (box.bottom - box.top), rule.label);
      continue;
    }
    const double x = box.left + frame.x.at(rule.at) * (box.right - box.left);
    const bool left = x > (box.left + box.right) / 2;
    const double space = left ? x - box.left - 10 : box.right - x - 10;
    text += text_at(left ? x - 5 : x + 5, box.top + 12, shortened(rule.label, font, space),
                    left ? Anchor::end : Anchor::start, "halo");
  }
  std::sort(beside.begin(), beside.end());
  // From the bottom up, so that the lowest keeps its place, then down again where the top would be left.
  for (std::size_t i = beside.size(); i-- > 1;)
    beside[i - 1].first = std::min(beside[i - 1].first, beside[i].first - small_font - 3);
  for (std::size_t i = 0; i < beside.size(); ++i) {
    const double least = i == 0 ? box.top - 4 : beside[i - 1].first + small_font + 3;
    beside[i].first = std::max(beside[i].first, least);
  }
  for (const auto& [y, label] : beside) text += text_at(box.right + 7, y + 4, shortened(label, font, room));
  return text;
}

std::string draw_panel(const Panel& panel, const Frame& frame, double left_room, double right_room) {
  const bool sideways = is_sideways(panel);
  std::string text = y_axis(frame, sideways, left_room);
  if (sideways)
    for (const double tick : frame.x.ticks)
      text += path_element("grid", fmt::format("M{} {}V{}", pixels(frame.at(tick, 0).x), pixels(frame.box.top),
                                               pixels(frame.box.bottom)));
  BarPlace place{.number = 0, .count = 0};
  for (const Series& series : panel.series) place.count += series.mark == Mark::bars ? 1 : 0;
  for (std::size_t i = 0; i < panel.series.size(); ++i) {
    text += draw(panel.series[i], frame, color_of(panel.series, i), sideways, place);
    place.number += panel.series[i].mark == Mark::bars ? 1 : 0;
  }
  for (const Rule& rule : panel.rules)
    if (is_on(frame, rule)) text += line_across(frame, rule);
  if (panel.diagonal) {
    const double low = std::max(frame.x.low, frame.y.low), high = std::min(frame.x.high, frame.y.high);
    text += path_element("guide", line_path({frame.at(low, low), frame.at(high, high)}, frame.box));
  }
  return text + rule_labels(frame, panel.rules, right_room);
}

}  // namespace

std::string svg(const Chart& chart) {
  const Scale x = x_scale(chart);
  std::vector<Scale> scales;
  double left = 0, right_room = 0;
  for (const Panel& panel : chart.panels) {
    scales.push_back(y_scale(panel));
    left = std::max(left, label_width(scales.back(),
                                      is_sideways(panel) ? std::min(longest_name, chart.width / 3) : chart.width / 4));
    for (const Rule& rule : panel.rules)
      if (rule.along == Rule::Along::y)
        right_room =
            std::max(right_room, std::min({longest_rule_label, chart.width / 4, text_width(rule.label, font)}));
  }
  const double left_room = left;
  left = std::ceil(left + 12);
  // The last label of the x axis is centred at the frame's end.
  const double half_label = x.labels.empty() || !chart.x.names.empty() ? 0 : text_width(x.labels.back(), font) / 2;
  const double right = chart.width - std::ceil(std::max(half_label + 2, right_room > 0 ? right_room + 10 : 6));
  double top = 0;
  std::string body;
  if (!chart.title.empty()) {
    body += text_at(0, 16, shortened(chart.title, title_font, chart.width), Anchor::start, "title") + "\n";
    top = 28;
  }
  for (std::size_t i = 0; i < chart.panels.size(); ++i) {
    const Panel& panel = chart.panels[i];
    if (i > 0) top += gap_between_panels;
    double height = 0;
    body += legend(panel.y.label, panel.series, chart.width, top, height);
    top += std::max(height, 6.0);
    const Frame frame{{left, top, std::max(right, left + 20), top + panel.height}, x, scales[i]};
    body += draw_panel(panel, frame, left_room, right_room);
    top += panel.height;
    if (i + 1 == chart.panels.size())
      body += x_axis(frame, chart.x.label, !chart.x.names.empty());
    else
      body += path_element("axis", fmt::format("M{} {}H{}", pixels(left), pixels(top), pixels(frame.box.right)));
  }
  top += 24 + (chart.x.label.empty() ? 0 : line_height);
  return opened(chart.title, chart.description, chart.width, top, chart.standalone) + body + "</svg>\n";
}

}  // namespace fathom::chart
