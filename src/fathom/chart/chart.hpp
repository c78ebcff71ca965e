// Charts as SVG: lines, bands, points and bars over common axes, in one or several panels.
//
// 1. The same chart gives the same text, on every machine.
// 2. Nothing is drawn outside of its panel, and no label outside of the chart.
// 3. What cannot be drawn (NaN, infinite; on a logarithmic axis not above 0) is a gap.
// 4. Colour is never the only thing that tells two series apart where they are dashed or of different marks, and the
//    palette is for people with any colour vision.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fathom::chart {

enum class Mark { line, band, points, bars };

struct Series {
  std::string name = {};  // in the legend; empty: not there
  Mark mark = Mark::line;
  std::vector<double> x = {}, y = {};
  // band: its edges, in place of y. points and bars: an interval around y, or around x where the y axis has names.
  std::vector<double> low = {}, high = {};
  int color = -1;  // of the palette; -1: by its place in the panel
  bool dashed = false;
  bool faint = false;
  double width = 0;  // of a bar, in units of its axis; 0: most of the space there is
};

struct Axis {
  std::string label = {};
  bool log = false;
  bool exact = false;                         // from the lowest value to the highest, not to round numbers
  bool whole = false;                         // ticks are whole numbers
  std::optional<double> low = {}, high = {};  // values that are on it in any case
  std::vector<std::string> names = {};        // of the positions 0, 1, ...
};

// A line across a panel at one value.
struct Rule {
  enum class Along { x, y };
  Along along = Along::y;  // the axis that the value is of
  double at = 0;
  std::string label = {};
};

struct Panel {
  Axis y = {};
  std::vector<Series> series = {};
  std::vector<Rule> rules = {};
  bool diagonal = false;  // the line y = x
  double height = 220;    // of the plot, in pixels
};

struct Chart {
  std::string title = {};
  std::string description = {};  // for those who cannot see it
  Axis x = {};                   // of all panels
  std::vector<Panel> panels = {};
  double width = 640;       // in all, in pixels
  bool standalone = false;  // a file of its own, with the style sheet inside
};

std::string svg(const Chart& chart);

}  // namespace fathom::chart
