// What is common to all charts: the element around them, the frame of a panel, and text at a place.
#pragma once

#include <string>
#include <vector>

#include "fathom/chart/path.hpp"
#include "fathom/chart/scale.hpp"

namespace fathom::chart {

inline constexpr double font = 12, title_font = 15, line_height = 18;

// A panel's place in the picture, and its two scales.
struct Frame {
  Box box;
  Scale x, y;

  Point at(double x_value, double y_value) const {
    return {box.left + x.at(x_value) * (box.right - box.left), box.bottom - y.at(y_value) * (box.bottom - box.top)};
  }
};

// <svg> with its title, its description and, for a file of its own, the style sheet and a background.
std::string opened(const std::string& title, const std::string& description, double width, double height,
                   bool standalone);

enum class Anchor { start, middle, end };
std::string text_at(double x, double y, const std::string& text, Anchor anchor = Anchor::start,
                    const std::string& css_class = {});
// <path class="..." d="..."/>, or nothing for an empty path.
std::string path_element(const std::string& css_class, const std::string& path);

// Ticks, their labels and the label of the x axis below a frame. Labels that would touch their neighbour are left out,
// and those of names are shortened.
std::string x_axis(const Frame& frame, const std::string& label, bool named);
// Labels of the y axis to the left of a frame, with lines across it.
std::string y_axis(const Frame& frame, bool named, double room);
// The width that the labels of a scale need, at most `most`.
double label_width(const Scale& scale, double most);

}  // namespace fathom::chart
