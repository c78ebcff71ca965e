#include "fathom/nn/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "fathom/nn/intervals.hpp"

namespace fathom::metrics {

namespace {

void need_rows(std::size_t given, std::size_t rows, std::string_view what) {
  if (given != rows) fail(Code::usage, "{} rows have {} {}", rows, given, what);
}

void need_class(std::int32_t number, Index classes, std::size_t row) {
  if (number < 0 || number >= classes)
    fail(Code::usage, "row {} has the class {}, which is not one of the {}", row, number, classes);
}

// The share of the weight for which hit(row) holds.
template <class Hit>
Estimate share(std::size_t rows, Numbers given, Hit&& hit) {
  const Weights weights(given, rows);
  Mass mass;
  double hits = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    mass.add(weights[i]);
    if (weights[i] > 0 && hit(i)) hits += weights[i];
  }
  return mass.weight > 0 ? proportion(hits / mass.weight, mass.rows()) : undefined();
}

// The cells of one row or column of a confusion matrix.
struct Line {
  Mass mass;
  double hits = 0;
};

Line line_of(const ConfusionMatrix& matrix, Index fixed, bool column) {
  Line line;
  for (Index other = 0; other < matrix.classes; ++other) {
    const auto cell =
        static_cast<std::size_t>(column ? other * matrix.classes + fixed : fixed * matrix.classes + other);
    line.mass.weight += matrix.weight[cell];
    line.mass.squared += matrix.squared_weight[cell];
  }
  line.hits = matrix.at(fixed, fixed);
  return line;
}

Estimate share_of(const Line& line) {
  return line.mass.weight > 0 ? proportion(line.hits / line.mass.weight, line.mass.rows()) : undefined();
}

void need_positive_class(const ConfusionMatrix& matrix, Index positive) {
  if (positive < 0 || positive >= matrix.classes)
    fail(Code::usage, "the positive class {} is not one of the {}", positive, matrix.classes);
}

// The mean over classes of a score hits / size(class), where size is linear in the cells: row, column, or half of their
// sum. Delta method over the multinomial cells: the score does not change when all cells are scaled, so the gradient is
// the influence.
Estimate macro(const ConfusionMatrix& matrix, double row_share, double column_share) {
  const Index n = matrix.classes;
  std::vector<double> size(static_cast<std::size_t>(n)), score(size);
  Mass all;
  double present = 0, total = 0;
  for (Index k = 0; k < n; ++k) {
    const Line row = line_of(matrix, k, false), column = line_of(matrix, k, true);
    const auto at = static_cast<std::size_t>(k);
    size[at] = row_share * row.mass.weight + column_share * column.mass.weight;
    score[at] = size[at] > 0 ? row.hits / size[at] : 0;
    if (row.mass.weight + column.mass.weight > 0) present += 1;
    total += score[at];
    all.weight += row.mass.weight;
    all.squared += row.mass.squared;
  }
  if (present == 0) return undefined();
  // d score_k / d cell, for the cell [i, j]: (hit - score_k d size_k / d cell) / size_k
  const auto slope = [&](Index k, double hit, double part) {
    const auto at = static_cast<std::size_t>(k);
    return size[at] > 0 ? (hit - score[at] * part) / size[at] : 0;
  };
  double variance = 0;
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < n; ++j) {
      const double influence =
          i == j ? slope(i, 1, row_share + column_share) : slope(i, 0, row_share) + slope(j, 0, column_share);
      variance += matrix.squared_weight[static_cast<std::size_t>(i * n + j)] * influence * influence;
    }
  const double value = total / present;
  return share_with_variance(value, variance / (present * present), all.rows(), all.rows());
}

}  // namespace

Estimate accuracy(Classes predicted, Classes actual, Numbers weights) {
  need_rows(predicted.size(), actual.size(), "predictions");
  return share(actual.size(), weights, [&](std::size_t i) { return predicted[i] == actual[i]; });
}

Estimate top_k(Numbers scores, Index classes, Index k, Classes actual, Numbers weights) {
  if (classes < 1 || k < 1)
    fail(Code::usage, "top_k needs at least one class and k of at least 1, not {} and {}", classes, k);
  need_rows(scores.size(), actual.size() * static_cast<std::size_t>(classes), "scores");
  return share(actual.size(), weights, [&](std::size_t i) {
    need_class(actual[i], classes, i);
    const std::size_t first = i * static_cast<std::size_t>(classes);
    const double own = scores[first + static_cast<std::size_t>(actual[i])];
    Index higher = 0;
    for (Index c = 0; c < classes; ++c) higher += scores[first + static_cast<std::size_t>(c)] > own ? 1 : 0;
    return higher < k && !std::isnan(own);
  });
}

ConfusionMatrix confusion_matrix(Classes predicted, Classes actual, Index classes, Numbers given) {
  need_rows(predicted.size(), actual.size(), "predictions");
  const Weights weights(given, actual.size());
  const auto cells = static_cast<std::size_t>(classes * classes);
  ConfusionMatrix matrix{
      .classes = classes, .weight = std::vector<double>(cells), .squared_weight = std::vector<double>(cells)};
  for (std::size_t i = 0; i < actual.size(); ++i) {
    need_class(predicted[i], classes, i);
    need_class(actual[i], classes, i);
    const auto cell = static_cast<std::size_t>(actual[i] * classes + predicted[i]);
    matrix.weight[cell] += weights[i];
    matrix.squared_weight[cell] += weights[i] * weights[i];
  }
  return matrix;
}

Estimate precision(const ConfusionMatrix& matrix, Index positive) {
  need_positive_class(matrix, positive);
  return share_of(line_of(matrix, positive, true));
}

Estimate recall(const ConfusionMatrix& matrix, Index positive) {
  need_positive_class(matrix, positive);
  return share_of(line_of(matrix, positive, false));
}

// F1 = 2 j / (1 + j) for the proportion j = hits / (hits + misses + false alarms), and it rises with j: so do the ends
// of its interval.
Estimate f1(const ConfusionMatrix& matrix, Index positive) {
  need_positive_class(matrix, positive);
  Line either = line_of(matrix, positive, false);
  const Line column = line_of(matrix, positive, true);
  const auto corner = static_cast<std::size_t>(positive * matrix.classes + positive);
  either.mass.weight += column.mass.weight - matrix.weight[corner];
  either.mass.squared += column.mass.squared - matrix.squared_weight[corner];
  const Estimate j = share_of(either);
  const auto to_f1 = [](double x) { return 2 * x / (1 + x); };
  return {to_f1(j.value), to_f1(j.low), to_f1(j.high)};
}

Estimate macro_precision(const ConfusionMatrix& matrix) { return macro(matrix, 0, 1); }
Estimate macro_recall(const ConfusionMatrix& matrix) { return macro(matrix, 1, 0); }
Estimate macro_f1(const ConfusionMatrix& matrix) { return macro(matrix, 0.5, 0.5); }

Estimate auc(Numbers scores, Classes actual, Numbers given) {
  need_rows(scores.size(), actual.size(), "scores");
  const Weights weights(given, actual.size());
  Mass mass[2];
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < actual.size(); ++i) {
    need_class(actual[i], 2, i);
    if (weights[i] == 0) continue;
    if (std::isnan(scores[i])) return undefined();
    mass[actual[i]].add(weights[i]);
    order.push_back(i);
  }
  if (!(mass[0].weight > 0 && mass[1].weight > 0)) return undefined();
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return scores[a] < scores[b] || (scores[a] == scores[b] && a < b); });

  // placement[i]: the share of the other class that row i stands on the right side of.
  std::vector<double> placement(actual.size());
  double below[2] = {0, 0};
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    double tied[2] = {0, 0};
    for (; last < order.size() && scores[order[last]] == scores[order[first]]; ++last)
      tied[actual[order[last]]] += weights[order[last]];
    for (std::size_t at = first; at < last; ++at) {
      const std::size_t i = order[at];
      placement[i] =
          actual[i] == 1 ? (below[0] + tied[0] / 2) / mass[0].weight : 1 - (below[1] + tied[1] / 2) / mass[1].weight;
    }
    below[0] += tied[0];
    below[1] += tied[1];
    first = last;
  }
  double area = 0;
  for (std::size_t i : order)
    if (actual[i] == 1) area += weights[i] * placement[i];
  area /= mass[1].weight;  // once, so that a perfect order gives 1
  double squares[2] = {0, 0};
  for (std::size_t i : order)
    squares[actual[i]] += weights[i] * weights[i] * (placement[i] - area) * (placement[i] - area);
  double variance = 0;
  for (int c = 0; c < 2; ++c) {
    const double rows = mass[c].rows();
    if (rows > 1) variance += squares[c] / (mass[c].weight * mass[c].weight) * rows / (rows - 1);
  }
  return share_with_variance(std::clamp(area, 0.0, 1.0), variance, mass[0].rows() + mass[1].rows(),
                             std::min(mass[0].rows(), mass[1].rows()));
}

namespace {

template <class Probability>
Estimate mean_log_loss(std::size_t rows, Numbers weights, Probability&& probability) {
  std::vector<double> losses(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const double p = probability(i);
    losses[i] = std::isnan(p) ? p : -std::log(std::clamp(p, 1e-15, 1 - 1e-15));
  }
  Estimate result = mean_of(losses, weights);
  result.low = std::max(result.low, 0.0);
  return result;
}

std::vector<double> errors(Numbers predicted, Numbers actual) {
  need_rows(predicted.size(), actual.size(), "predictions");
  std::vector<double> result(actual.size());
  for (std::size_t i = 0; i < result.size(); ++i) result[i] = predicted[i] - actual[i];
  return result;
}

}  // namespace

Estimate log_loss(Numbers probabilities, Classes actual, Numbers weights) {
  need_rows(probabilities.size(), actual.size(), "probabilities");
  return mean_log_loss(actual.size(), weights, [&](std::size_t i) {
    need_class(actual[i], 2, i);
    return actual[i] == 1 ? probabilities[i] : 1 - probabilities[i];
  });
}

Estimate log_loss(Numbers probabilities, Index classes, Classes actual, Numbers weights) {
  need_rows(probabilities.size(), actual.size() * static_cast<std::size_t>(classes), "probabilities");
  return mean_log_loss(actual.size(), weights, [&](std::size_t i) {
    need_class(actual[i], classes, i);
    return probabilities[i * static_cast<std::size_t>(classes) + static_cast<std::size_t>(actual[i])];
  });
}

Estimate mae(Numbers predicted, Numbers actual, Numbers weights) {
  std::vector<double> sizes = errors(predicted, actual);
  for (double& error : sizes) error = std::abs(error);
  Estimate result = mean_of(sizes, weights);
  result.low = std::max(result.low, 0.0);
  return result;
}

// The interval is of log(mean square), whose distribution is nearer to the normal one.
Estimate rmse(Numbers predicted, Numbers actual, Numbers weights) {
  std::vector<double> squares = errors(predicted, actual);
  for (double& error : squares) error *= error;
  const Estimate mean = mean_of(squares, weights);
  const double value = std::sqrt(mean.value);
  if (!(mean.value > 0) || std::isinf(mean.high)) return {value, value > 0 ? 0 : value, value > 0 ? mean.high : value};
  const double spread = std::exp((mean.high - mean.value) / mean.value / 2);
  return {value, value / spread, value * spread};
}

// 1 - residual / spread, with the influence of a row on it: ((1 - r2) spread_i - residual_i) / mean spread.
Estimate r2(Numbers predicted, Numbers actual, Numbers weights) {
  const std::vector<double> residuals = errors(predicted, actual);
  const double centre = mean_of(actual, weights).value;
  std::vector<double> squares(residuals.size()), spread(residuals.size());
  for (std::size_t i = 0; i < residuals.size(); ++i) {
    squares[i] = residuals[i] * residuals[i];
    spread[i] = (actual[i] - centre) * (actual[i] - centre);
  }
  const double mean_square = mean_of(squares, weights).value;
  const double mean_spread = mean_of(spread, weights).value;
  if (!(mean_spread > 0)) return undefined();
  const double ratio = mean_square / mean_spread;
  std::vector<double> influence(residuals.size());
  for (std::size_t i = 0; i < influence.size(); ++i) influence[i] = (ratio * spread[i] - squares[i]) / mean_spread;
  const Estimate around_zero = mean_of(influence, weights);
  return {1 - ratio, 1 - ratio + around_zero.low, std::min(1.0, 1 - ratio + around_zero.high)};
}

}  // namespace fathom::metrics
