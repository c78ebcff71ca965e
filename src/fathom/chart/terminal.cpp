#include "fathom/chart/terminal.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "fathom/chart/path.hpp"
#include "fathom/chart/scale.hpp"

namespace fathom::chart {

namespace {

std::string utf8(int character) {
  utf8proc_uint8_t bytes[4];
  const auto count = utf8proc_encode_char(character, bytes);
  return {reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count)};
}

// Dots on a raster that is finer than the characters: two by four dots each in braille, one by one else.
class Raster {
 public:
  Raster(int columns, int rows, bool braille) : columns_(columns), rows_(rows), braille_(braille) {
    cells_.resize(static_cast<std::size_t>(columns * rows));
  }
  double width() const { return columns_ * (braille_ ? 2 : 1) - 1; }
  double height() const { return rows_ * (braille_ ? 4 : 1) - 1; }

  // From the bottom left.
  void dot(double x, double y, char letter) {
    const int column = static_cast<int>(std::lround(x)), row = static_cast<int>(std::lround(height() - y));
    if (!braille_) {
      cells_[static_cast<std::size_t>(row * columns_ + column)] = letter;
      return;
    }
    // The numbers of the dots in a braille character, row by row.
    static constexpr int bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    cells_[static_cast<std::size_t>(row / 4 * columns_ + column / 2)] |= bits[row % 4][column % 2];
  }
  void line(Point from, Point to, char letter) {
    const double steps = std::max(1.0, std::ceil(std::max(std::abs(to.x - from.x), std::abs(to.y - from.y))));
    for (double i = 0; i <= steps; ++i)
      dot(from.x + (to.x - from.x) * i / steps, from.y + (to.y - from.y) * i / steps, letter);
  }
  std::string row(int number) const {
    std::string text;
    for (int column = 0; column < columns_; ++column) {
      const int cell = cells_[static_cast<std::size_t>(number * columns_ + column)];
      text += cell == 0 ? " " : braille_ ? utf8(0x2800 + cell) : std::string(1, static_cast<char>(cell));
    }
    return text;
  }

 private:
  int columns_, rows_;
  bool braille_;
  std::vector<int> cells_;
};

Scale scale_of(const std::vector<Series>& series, bool is_x, const Axis& axis) {
  std::vector<double> values;
  for (const Series& each : series)
    for (std::size_t i = 0; i < std::min(each.x.size(), each.y.size()); ++i)
      values.push_back(is_x ? each.x[i] : each.y[i]);
  if (axis.low) values.push_back(*axis.low);
  if (axis.high) values.push_back(*axis.high);
  return make_scale(values, {.log = axis.log, .exact = true});
}

void draw_into(Raster& raster, const Series& series, const Scale& x, const Scale& y, char letter) {
  Point last{NAN, NAN};
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i) {
    const Point point{x.at(series.x[i]) * raster.width(), y.at(series.y[i]) * raster.height()};
    if (has_place(point)) raster.line(series.mark == Mark::line && has_place(last) ? last : point, point, letter);
    last = point;
  }
}

std::string right_aligned(const std::string& text, std::size_t width) {
  std::size_t characters = 0;
  for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xC0) == 0x80 ? 0 : 1;
  return std::string(width - std::min(width, characters), ' ') + text;
}

// As scale labels, or in plain digits where only those can be shown.
std::string value_text(double value, Characters characters) {
  return characters == Characters::unicode ? number(value) : fmt::format("{:.3g}", value);
}

}  // namespace

std::string sparkline(std::span<const double> values, int width, Characters characters) {
  static constexpr const char* blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr char marks[] = "_.-=+*#@";
  const std::size_t columns = std::min(values.size(), static_cast<std::size_t>(std::max(0, width)));
  std::vector<double> means;
  for (std::size_t column = 0; column < columns; ++column) {
    const std::size_t begin = values.size() * column / columns, end = values.size() * (column + 1) / columns;
    double sum = 0, count = 0;
    for (std::size_t i = begin; i < end; ++i)
      if (can_be_drawn(values[i], false)) {
        ++count;
        sum += (values[i] - sum) / count;
      }
    means.push_back(count > 0 ? sum : NAN);
  }
  double low = INFINITY, high = -INFINITY;
  for (const double mean : means) {
    if (std::isnan(mean)) continue;
    low = std::min(low, mean);
    high = std::max(high, mean);
  }
  std::string text;
  for (const double mean : means) {
    if (std::isnan(mean)) {
      text += ' ';
      continue;
    }
    const double share = high > low ? (mean - low) / (high - low) : 0.5;
    const int level = std::clamp(static_cast<int>(share * 8), 0, 7);
    text += characters == Characters::unicode ? std::string(blocks[level]) : std::string(1, marks[level]);
  }
  return text;
}

std::vector<std::string> wrapped(std::string_view text, int columns) {
  std::vector<std::string> lines;
  std::string line, word;
  int line_width = 0, word_width = 0;
  const auto end_word = [&] {
    if (line_width + word_width > columns && line_width > 0) {
      while (!line.empty() && line.back() == ' ') line.pop_back();
      lines.push_back(std::exchange(line, {}));
      line_width = 0;
    }
    line += std::exchange(word, {});
    line_width += std::exchange(word_width, 0);
  };
  for (std::size_t at = 0; at < text.size();) {
    utf8proc_int32_t character = -1;
    const utf8proc_ssize_t step =
        std::max<utf8proc_ssize_t>(1, utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()) + at,
                                                       static_cast<utf8proc_ssize_t>(text.size() - at), &character));
    const int width = character < 0 ? 1 : utf8proc_charwidth(character);
    const std::string_view bytes = text.substr(at, static_cast<std::size_t>(step));
    at += static_cast<std::size_t>(step);
    if (bytes == " ") {
      end_word();
      if (line_width < columns && line_width > 0) {
        line += ' ';
        ++line_width;
      }
      continue;
    }
    if (width == 2) end_word();
    word += bytes;
    word_width += width;
    if (width == 2) end_word();
  }
  end_word();
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (!line.empty()) lines.push_back(line);
  return lines;
}

std::vector<std::string> terminal_chart(const std::vector<Series>& series, const Axis& x_axis, const Axis& y_axis,
                                        int width, int height, Characters characters) {
  const Scale x = scale_of(series, true, x_axis), y = scale_of(series, false, y_axis);
  bool any = false;
  for (const Series& each : series)
    for (std::size_t i = 0; i < std::min(each.x.size(), each.y.size()); ++i)
      any = any || (x.holds(each.x[i]) && y.holds(each.y[i]));
  if (!any || height < 1) return {};
  const std::string top = value_text(y.high, characters), bottom = value_text(y.low, characters);
  const std::size_t label = std::max(right_aligned(top, 0).size(), right_aligned(bottom, 0).size());
  const int columns = std::max(8, width - static_cast<int>(label) - 2);
  Raster raster(columns, height, characters == Characters::unicode && series.size() == 1);
  for (std::size_t i = 0; i < series.size(); ++i) draw_into(raster, series[i], x, y, static_cast<char>('a' + i % 26));
  std::vector<std::string> lines;
  for (int row = 0; row < height; ++row) {
    const std::string left = row == 0 ? top : row == height - 1 ? bottom : "";
    lines.push_back(right_aligned(left, label) + (characters == Characters::unicode ? " │" : " |") + raster.row(row));
  }
  const std::string first = value_text(x.low, characters), last = value_text(x.high, characters);
  const auto room = static_cast<std::size_t>(std::max(1, columns - static_cast<int>(first.size())));
  lines.push_back(std::string(label + 2, ' ') + first + right_aligned(last, room));
  if (!x_axis.label.empty()) lines.back() += "  " + x_axis.label;
  for (std::size_t i = 0; series.size() > 1 && i < series.size(); ++i)
    lines.push_back(
        fmt::format("{}{}  {}", std::string(label + 2, ' '), static_cast<char>('a' + i % 26), series[i].name));
  return lines;
}

}  // namespace fathom::chart
