// Small charts for a terminal, in characters.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/chart/chart.hpp"

namespace fathom::chart {

// Which characters a terminal shows.
enum class Characters { unicode, ascii };

// The values in at most `width` columns of bars from the lowest to the highest: ▇▅▃▂▁▂. Where there are more values
// than columns, a column is the mean of its share. A value that cannot be drawn is a space.
std::string sparkline(std::span<const double> values, int width, Characters characters = Characters::unicode);

// The text in lines of at most `columns` columns, broken at spaces and between characters that are two columns wide. A
// word that is longer has a line of its own.
std::vector<std::string> wrapped(std::string_view text, int columns);

// Lines of at most `width` columns: `height` of the plot, with the highest and the lowest value to the left, then the
// x axis. Every series is drawn as a line or as points; one alone in braille dots, several with a letter each, which
// the last lines name. `x` and `y` say what is logarithmic. Without anything to draw: empty.
std::vector<std::string> terminal_chart(const std::vector<Series>& series, const Axis& x, const Axis& y, int width,
                                        int height, Characters characters = Characters::unicode);

}  // namespace fathom::chart
