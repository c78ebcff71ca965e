#include "fathom/chart/heat_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "fathom/chart/frame.hpp"
#include "fathom/chart/text.hpp"

namespace fathom::chart {

namespace {

constexpr double least_cell = 6, largest_cell = 76, longest_row_name = 150, longest_column_name = 110;

// Names above columns that are too narrow for them stand upright.
std::string column_names(const HeatTable& table, double left, double cell, double bottom, bool upright, double room) {
  std::string text;
  const std::size_t every = upright ? static_cast<std::size_t>(std::ceil(font / cell)) : 1;
  for (std::size_t i = 0; i < table.columns.size(); i += every) {
    const double x = left + (static_cast<double>(i) + 0.5) * cell;
    const std::string name = shortened(table.columns[i], font, upright ? room : cell - 6);
    if (upright)
      text += fmt::format("<text class='name' transform='translate({} {})rotate(-90)'>{}</text>", pixels(x + 4),
                          pixels(bottom - 6), escaped(name));
    else
      text += text_at(x, bottom - 7, name, Anchor::middle, "name");
  }
  return text + "\n";
}

}  // namespace

std::string svg(const HeatTable& table) {
  const auto longest = [](const std::vector<std::string>& names, double most) {
    double width = 0;
    for (const std::string& name : names) width = std::max(width, text_width(name, font));
    return std::min(width, most);
  };
  const auto columns = static_cast<double>(std::max<std::size_t>(1, table.columns.size()));
  const double left = std::ceil(longest(table.rows, longest_row_name)) + 10;
  const double cell = std::clamp(std::floor((table.width - left - 2) / columns), least_cell, largest_cell);
  const double row_height = std::min(cell, 34.0);
  const double name_width = longest(table.columns, longest_column_name);
  const bool upright = name_width + 6 > cell && cell < 60;
  double top = 0;
  std::string body;
  if (!table.title.empty()) {
    body += text_at(0, 16, shortened(table.title, title_font, table.width), Anchor::start, "title") + "\n";
    top = 28;
  }
  if (!table.row_label.empty()) body += text_at(0, top + 13, table.row_label);
  if (!table.column_label.empty()) {
    const double x = std::max(left, text_width(table.row_label, font) + 24);
    body += text_at(x, top + 13, table.column_label);
  }
  top += 20 + (upright ? name_width + 8 : 22);
  body += column_names(table, left, cell, top, upright, name_width + 1);
  const std::size_t every = static_cast<std::size_t>(std::ceil(font / row_height));
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const double y = top + static_cast<double>(row) * row_height;
    if (row % every == 0)
      body += text_at(left - 8, y + row_height / 2 + 4, shortened(table.rows[row], font, longest_row_name), Anchor::end,
                      "name");
    for (std::size_t column = 0; column < table.columns.size(); ++column) {
      const std::size_t i = row * table.columns.size() + column;
      const double shade = std::isnan(table.shades[i]) ? 0 : std::clamp(table.shades[i], 0.0, 1.0);
      const double x = left + static_cast<double>(column) * cell;
      const std::string words = number(table.values[i], 6);
      const bool fits = text_width(words, font) + 4 <= cell && row_height >= 16;
      body += fmt::format(R"(<g class="heat{}"><path class="fill" fill-opacity="{:.2f}" d="M{} {}h{}v{}h-{}Z")",
                          shade > 0.55 ? " strong" : "", 0.04 + 0.96 * shade, pixels(x), pixels(y), pixels(cell - 1),
                          pixels(row_height - 1), pixels(cell - 1));
      if (fits)
        body += "/>" + text_at(x + (cell - 1) / 2, y + row_height / 2 + 4, words, Anchor::middle);
      else
        body += fmt::format("><title>{} / {}: {}</title></path>", escaped(table.rows[row]),
                            escaped(table.columns[column]), words);
      body += "</g>";
    }
    body += "\n";
  }
  const double height = top + static_cast<double>(table.rows.size()) * row_height + 4;
  const double width = std::max(left + columns * cell + 2, std::min(table.width, 320.0));
  return opened(table.title, table.description, width, height, table.standalone) + body + "</svg>\n";
}

}  // namespace fathom::chart
