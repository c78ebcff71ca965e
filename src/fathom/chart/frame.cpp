#include "fathom/chart/frame.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "fathom/chart/palette.hpp"
#include "fathom/chart/text.hpp"

namespace fathom::chart {

std::string opened(const std::string& title, const std::string& description, double width, double height,
                   bool standalone) {
  const std::string w = pixels(width), h = pixels(height);
  std::string text = fmt::format(
      R"(<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" width="{}" height="{}" role="img">)",
      w, h, w, h);
  text += fmt::format("<title>{}</title>", escaped(title));
  if (!description.empty()) text += fmt::format("<desc>{}</desc>", escaped(description));
  if (standalone)
    text +=
        fmt::format(R"(<style>{}</style><rect class="back" width="{}" height="{}"/>)", escaped(chart_style()), w, h);
  return text + "\n";
}

std::string text_at(double x, double y, const std::string& text, Anchor anchor, const std::string& css_class) {
  return fmt::format(R"(<text{} x="{}" y="{}"{}>{}</text>)",
                     css_class.empty() ? "" : fmt::format(R"( class="{}")", css_class), pixels(x), pixels(y),
                     anchor == Anchor::start    ? ""
                     : anchor == Anchor::middle ? R"( text-anchor="middle")"
                                                : R"( text-anchor="end")",
                     escaped(text));
}

std::string path_element(const std::string& css_class, const std::string& path) {
  return path.empty() ? std::string() : fmt::format(R"(<path class="{}" d="{}"/>)", css_class, path);
}

std::string x_axis(const Frame& frame, const std::string& label, bool named) {
  const Box& box = frame.box;
  std::string text =
      path_element("axis", fmt::format("M{} {}H{}", pixels(box.left), pixels(box.bottom), pixels(box.right)));
  const double slot = (box.right - box.left) / std::max<double>(1, static_cast<double>(frame.x.ticks.size()));
  double free_from = -1e9;
  for (std::size_t i = 0; i < frame.x.ticks.size(); ++i) {
    const double x = frame.at(frame.x.ticks[i], 0).x;
    const std::string words = named ? shortened(frame.x.labels[i], font, slot - 4) : frame.x.labels[i];
    const double half = text_width(words, font) / 2;
    if (!named) text += path_element("axis", fmt::format("M{} {}v4", pixels(x), pixels(box.bottom)));
    if (x - half < free_from) continue;
    free_from = x + half + 6;
    text += text_at(x, box.bottom + 17, words, Anchor::middle);
  }
  if (!label.empty())
    text += text_at((box.left + box.right) / 2, box.bottom + 17 + line_height,
                    shortened(label, font, box.right - box.left), Anchor::middle);
  return text + "\n";
}

std::string y_axis(const Frame& frame, bool named, double room) {
  const Box& box = frame.box;
  std::string text;
  for (std::size_t i = 0; i < frame.y.ticks.size(); ++i) {
    const double y = box.bottom - frame.y.at(frame.y.ticks[i]) * (box.bottom - box.top);
    if (!named) text += path_element("grid", fmt::format("M{} {}H{}", pixels(box.left), pixels(y), pixels(box.right)));
    text += text_at(box.left - 8, y + 4, shortened(frame.y.labels[i], font, room), Anchor::end, named ? "name" : "");
  }
  return text + "\n";
}

double label_width(const Scale& scale, double most) {
  double width = 0;
  for (const std::string& label : scale.labels) width = std::max(width, text_width(label, font));
  return std::min(width, most);
}

}  // namespace fathom::chart
