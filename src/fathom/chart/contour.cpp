#include "fathom/chart/contour.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace fathom::chart {

namespace {

// A grid with a ring of holes around it, whose points lie on the edge.
class Squares {
 public:
  Squares(const Grid& grid, double level)
      : grid_(grid),
        level_(level),
        rows_(grid.rows + 2),
        columns_(grid.columns + 2),
        next_(2 * rows_ * columns_, none) {
    for (std::size_t row = 0; row + 1 < rows_; ++row)
      for (std::size_t column = 0; column + 1 < columns_; ++column) connect(row, column);
  }

  std::vector<Points> lines() {
    std::vector<Points> all;
    for (std::size_t edge = 0; edge < next_.size(); ++edge) {
      if (next_[edge] == none) continue;
      Points line;
      for (std::size_t at = edge; next_[at] != none;) {
        const Point point = crossing(at);
        if (line.empty() || point.x != line.back().x || point.y != line.back().y) line.push_back(point);
        const std::size_t to = next_[at];
        next_[at] = none;
        at = to;
      }
      if (line.size() > 2) all.push_back(std::move(line));
    }
    return all;
  }

 private:
  static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

  bool is_ring(std::size_t row, std::size_t column) const {
    return row == 0 || column == 0 || row == rows_ - 1 || column == columns_ - 1;
  }
  double value(std::size_t row, std::size_t column) const {
    return is_ring(row, column) ? std::numeric_limits<double>::quiet_NaN() : grid_.at(row - 1, column - 1);
  }
  bool is_in(std::size_t row, std::size_t column) const { return value(row, column) >= level_; }
  Point place(std::size_t row, std::size_t column) const {
    const auto clamped = [](std::size_t at, std::size_t count) {
      return static_cast<double>(std::clamp<std::size_t>(at, 1, count) - 1);
    };
    return {clamped(column, grid_.columns), clamped(row, grid_.rows)};
  }

  // The edge from a point to its right neighbour, or to the one above.
  std::size_t edge(std::size_t row, std::size_t column, bool up) const {
    return 2 * (row * columns_ + column) + (up ? 1 : 0);
  }

  // Joins the crossings of one square: from each edge that leaves the higher side, counterclockwise, to one that
  // enters.
  void connect(std::size_t row, std::size_t column) {
    const bool corner[4] = {is_in(row, column), is_in(row, column + 1), is_in(row + 1, column + 1),
                            is_in(row + 1, column)};
    const std::size_t edges[4] = {edge(row, column, false), edge(row, column + 1, true), edge(row + 1, column, false),
                                  edge(row, column, true)};
    // Only at a saddle does it matter which way round the entering edge is looked for.
    const double middle =
        (value(row, column) + value(row, column + 1) + value(row + 1, column + 1) + value(row + 1, column)) / 4;
    const int way = middle >= level_ ? 1 : 3;
    for (int i = 0; i < 4; ++i) {
      if (!corner[i] || corner[(i + 1) % 4]) continue;
      int to = (i + way) % 4;
      while (corner[to] || !corner[(to + 1) % 4]) to = (to + way) % 4;
      next_[edges[i]] = edges[to];
    }
  }

  Point crossing(std::size_t number) const {
    const std::size_t at = number / 2, row = at / columns_, column = at % columns_;
    const std::size_t other_row = row + number % 2, other_column = column + 1 - number % 2;
    const double a = value(row, column), b = value(other_row, other_column);
    const Point from = place(row, column), to = place(other_row, other_column);
    if (std::isnan(a)) return to;  // to the last value before a hole
    if (std::isnan(b)) return from;
    double share = (level_ - a) / (b - a);
    if (!std::isfinite(share)) share = std::isfinite(a) ? 0 : 1;
    share = std::clamp(share, 0.0, 1.0);
    return {from.x + share * (to.x - from.x), from.y + share * (to.y - from.y)};
  }

  const Grid& grid_;
  double level_;
  std::size_t rows_, columns_;
  std::vector<std::size_t> next_;
};

}  // namespace

std::vector<Points> contour(const Grid& grid, double level) { return Squares(grid, level).lines(); }

std::vector<double> even_levels(const Grid& grid, int count) {
  std::vector<double> values = grid.values;
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  std::sort(values.begin(), values.end());
  std::vector<double> levels;
  if (values.empty()) return levels;
  for (int i = 1; i <= count; ++i) {
    const std::size_t place = values.size() * static_cast<std::size_t>(i) / static_cast<std::size_t>(count + 1);
    const double level = values[std::min(place, values.size() - 1)];
    // To two digits, or to as many as keep it apart from its neighbour.
    for (double unit = std::pow(10.0, std::floor(std::log10(std::max(std::abs(level), 1e-300))) - 1); unit > 0;
         unit /= 10) {
      const double rounded = std::round(level / unit) * unit;
      if (!std::isfinite(rounded) || std::abs(level) < unit * 1e-6) break;
      if (rounded > values.front() && rounded < values.back() && (levels.empty() || rounded > levels.back())) {
        levels.push_back(rounded);
        break;
      }
      if (unit < std::abs(level) * 1e-4) break;
    }
  }
  return levels;
}

}  // namespace fathom::chart
