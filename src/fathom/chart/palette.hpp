// Colours that people with any kind of colour vision tell apart, and the style sheet of all charts.
#pragma once

#include <string>
#include <string_view>

namespace fathom::chart {

// Series colours: Okabe and Ito 2008, the ones that a light page shows best first; brighter forms of them on dark
// pages.
inline constexpr int palette_size = 7;
// The class of a series' colour in the style sheet: "c0" to "c6", then again from the first.
std::string color_class(int index);

// A colour for a value from 0 (dark) to 1 (bright) whose lightness rises evenly: "#rrggbb". After cividis (Nunez,
// Anderton and Renslow 2018).
std::string heat_color(double share);

// For a page's <style>, or for one inside of an SVG file. Light, and dark where the reader prefers it.
std::string_view chart_style();

}  // namespace fathom::chart
