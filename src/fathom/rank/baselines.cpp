#include "fathom/rank/baselines.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "fathom/base/error.hpp"

namespace fathom::rank {

namespace {

void need_rows(std::size_t labels, std::size_t values) {
  if (labels == 0 || labels != values)
    fail(Code::usage, "a score needs as many probabilities as rows and at least one, not {} and {}", values, labels);
}

}  // namespace

double log_loss(std::span<const std::uint8_t> clicked, std::span<const double> probability) {
  need_rows(clicked.size(), probability.size());
  double sum = 0;
  for (std::size_t i = 0; i < clicked.size(); ++i) {
    const double p = std::clamp(probability[i], 1e-15, 1.0 - 1e-15);
    sum -= clicked[i] ? std::log(p) : std::log1p(-p);
  }
  return sum / static_cast<double>(clicked.size());
}

// Mann and Whitney 1947: the sum of the clicked rows' ranks, where equal scores share the middle of their ranks.
double auc(std::span<const std::uint8_t> clicked, std::span<const double> score) {
  need_rows(clicked.size(), score.size());
  std::vector<std::size_t> order(score.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score[a] < score[b]; });
  double rank_sum = 0, positives = 0;
  for (std::size_t from = 0, to = 0; from < order.size(); from = to) {
    double tied = 0;
    for (to = from; to < order.size() && score[order[to]] == score[order[from]]; ++to)
      tied += clicked[order[to]] ? 1 : 0;
    rank_sum += tied * (static_cast<double>(from + to + 1) / 2.0);
    positives += tied;
  }
  const double negatives = static_cast<double>(order.size()) - positives;
  if (positives == 0 || negatives == 0) return 0.5;
  return (rank_sum - positives * (positives + 1) / 2.0) / (positives * negatives);
}

Score score(std::span<const std::uint8_t> clicked, std::span<const double> probability) {
  return {.log_loss = log_loss(clicked, probability), .auc = auc(clicked, probability)};
}

Score base_rate(std::span<const std::uint8_t> train_clicked, std::span<const std::uint8_t> test_clicked) {
  need_rows(train_clicked.size(), train_clicked.size());
  const auto clicks = std::count_if(train_clicked.begin(), train_clicked.end(), [](std::uint8_t c) { return c != 0; });
  const double rate = static_cast<double>(clicks) / static_cast<double>(train_clicked.size());
  return score(test_clicked, std::vector<double>(test_clicked.size(), rate));
}

double share_of_gap(double log_loss, double base_log_loss, double best_log_loss) {
  return (base_log_loss - log_loss) / (base_log_loss - best_log_loss);
}

}  // namespace fathom::rank
