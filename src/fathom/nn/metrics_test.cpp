#include "fathom/nn/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>

#include "fathom/base/rng.hpp"
#include "fathom/nn/intervals.hpp"

namespace fathom::metrics {
namespace {

using Labels = std::vector<std::int32_t>;
using Reals = std::vector<double>;

// A problem of three classes with scores that lean towards the class, many ties, and whole weights.
struct Sample {
  Labels actual, predicted, binary;
  Reals scores, score, target, prediction, weights;
};

Sample sample(std::uint64_t seed, std::size_t rows) {
  Random random(seed, "metrics");
  Sample s;
  for (std::size_t i = 0; i < rows; ++i) {
    const auto actual = static_cast<std::int32_t>(random.below(3));
    s.actual.push_back(actual);
    s.predicted.push_back(random.uniform() < 0.6 ? actual : static_cast<std::int32_t>(random.below(3)));
    s.binary.push_back(actual == 0 ? 1 : 0);
    for (std::int32_t c = 0; c < 3; ++c)
      s.scores.push_back(std::round(4 * random.normal()) / 4 + (c == actual ? 1 : 0));
    s.score.push_back(std::round(4 * (random.normal() + (actual == 0 ? 1 : 0))) / 4);
    s.target.push_back(random.normal() + 2);
    s.prediction.push_back(s.target.back() + 0.5 * random.normal());
    s.weights.push_back(static_cast<double>(random.below(4)));
  }
  return s;
}

// The same rows, each as often as its weight says.
Sample repeated(const Sample& s) {
  Sample r;
  for (std::size_t i = 0; i < s.actual.size(); ++i)
    for (int k = 0; k < s.weights[i]; ++k) {
      r.actual.push_back(s.actual[i]);
      r.predicted.push_back(s.predicted[i]);
      r.binary.push_back(s.binary[i]);
      for (std::size_t c = 0; c < 3; ++c) r.scores.push_back(s.scores[3 * i + c]);
      r.score.push_back(s.score[i]);
      r.target.push_back(s.target[i]);
      r.prediction.push_back(s.prediction[i]);
    }
  return r;
}

Reals probabilities(const Reals& scores) {
  Reals result;
  for (double s : scores) result.push_back(1 / (1 + std::exp(-s)));
  return result;
}

// Every metric, by name, on a sample with or without its weights.
std::vector<std::pair<std::string, Estimate>> all_metrics(const Sample& s, Numbers weights) {
  const ConfusionMatrix three = confusion_matrix(s.predicted, s.actual, 3, weights);
  return {{"accuracy", accuracy(s.predicted, s.actual, weights)},
          {"top_1", top_k(s.scores, 3, 1, s.actual, weights)},
          {"top_2", top_k(s.scores, 3, 2, s.actual, weights)},
          {"precision", precision(three, 2)},
          {"recall", recall(three, 2)},
          {"f1", f1(three, 2)},
          {"macro_precision", macro_precision(three)},
          {"macro_recall", macro_recall(three)},
          {"macro_f1", macro_f1(three)},
          {"auc", auc(s.score, s.binary, weights)},
          {"log_loss", log_loss(probabilities(s.score), s.binary, weights)},
          {"log_loss_3", log_loss(probabilities(s.scores), 3, s.actual, weights)},
          {"mae", mae(s.prediction, s.target, weights)},
          {"rmse", rmse(s.prediction, s.target, weights)},
          {"r2", r2(s.prediction, s.target, weights)}};
}

// Naive counts over rows, one class against the others.
struct Counts {
  double hit = 0, miss = 0, alarm = 0;
};
Counts count(const Sample& s, std::int32_t positive) {
  Counts c;
  for (std::size_t i = 0; i < s.actual.size(); ++i) {
    if (s.actual[i] == positive && s.predicted[i] == positive) ++c.hit;
    if (s.actual[i] == positive && s.predicted[i] != positive) ++c.miss;
    if (s.actual[i] != positive && s.predicted[i] == positive) ++c.alarm;
  }
  return c;
}

double naive_auc(const Sample& s) {
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < s.binary.size(); ++i)
    for (std::size_t j = 0; j < s.binary.size(); ++j)
      if (s.binary[i] == 1 && s.binary[j] == 0) {
        ++pairs;
        right += s.score[i] > s.score[j] ? 1 : s.score[i] == s.score[j] ? 0.5 : 0;
      }
  return right / pairs;
}

TEST(Metrics, EqualNaiveCounts) {
  const Sample s = sample(1, 300);
  const ConfusionMatrix three = confusion_matrix(s.predicted, s.actual, 3);
  double correct = 0, top_two = 0, macro[3] = {0, 0, 0};
  for (std::size_t i = 0; i < 300; ++i) {
    correct += s.actual[i] == s.predicted[i] ? 1 : 0;
    int higher = 0;
    for (std::size_t c = 0; c < 3; ++c)
      higher += s.scores[3 * i + c] > s.scores[3 * i + static_cast<std::size_t>(s.actual[i])] ? 1 : 0;
    top_two += higher < 2 ? 1 : 0;
  }
  for (std::int32_t k = 0; k < 3; ++k) {
    const Counts c = count(s, k);
    EXPECT_NEAR(precision(three, k).value, c.hit / (c.hit + c.alarm), 1e-14);
    EXPECT_NEAR(recall(three, k).value, c.hit / (c.hit + c.miss), 1e-14);
    EXPECT_NEAR(f1(three, k).value, 2 * c.hit / (2 * c.hit + c.miss + c.alarm), 1e-14);
    macro[0] += c.hit / (c.hit + c.alarm) / 3;
    macro[1] += c.hit / (c.hit + c.miss) / 3;
    macro[2] += 2 * c.hit / (2 * c.hit + c.miss + c.alarm) / 3;
  }
  EXPECT_NEAR(accuracy(s.predicted, s.actual).value, correct / 300, 1e-14);
  EXPECT_NEAR(top_k(s.scores, 3, 2, s.actual).value, top_two / 300, 1e-14);
  EXPECT_EQ(top_k(s.scores, 3, 3, s.actual).value, 1);
  EXPECT_NEAR(macro_precision(three).value, macro[0], 1e-14);
  EXPECT_NEAR(macro_recall(three).value, macro[1], 1e-14);
  EXPECT_NEAR(macro_f1(three).value, macro[2], 1e-14);
  EXPECT_NEAR(auc(s.score, s.binary).value, naive_auc(s), 1e-14);

  double loss = 0, size = 0, square = 0, mean = 0, spread = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    const double p = 1 / (1 + std::exp(-s.score[i]));
    loss -= std::log(s.binary[i] == 1 ? p : 1 - p) / 300;
    size += std::abs(s.prediction[i] - s.target[i]) / 300;
    square += std::pow(s.prediction[i] - s.target[i], 2) / 300;
    mean += s.target[i] / 300;
  }
  for (double t : s.target) spread += (t - mean) * (t - mean) / 300;
  EXPECT_NEAR(log_loss(probabilities(s.score), s.binary).value, loss, 1e-13);
  EXPECT_NEAR(mae(s.prediction, s.target).value, size, 1e-13);
  EXPECT_NEAR(rmse(s.prediction, s.target).value, std::sqrt(square), 1e-13);
  EXPECT_NEAR(r2(s.prediction, s.target).value, 1 - square / spread, 1e-13);
}

TEST(Metrics, CountAWeightedRowAsOftenAsItsWeight) {
  const Sample s = sample(2, 200);
  const auto weighted = all_metrics(s, s.weights);
  const auto plain = all_metrics(repeated(s), {});
  for (std::size_t i = 0; i < weighted.size(); ++i) {
    EXPECT_NEAR(weighted[i].second.value, plain[i].second.value, 1e-12) << weighted[i].first;
    EXPECT_LE(weighted[i].second.low, weighted[i].second.value) << weighted[i].first;
    EXPECT_GE(weighted[i].second.high, weighted[i].second.value) << weighted[i].first;
  }
}

TEST(Metrics, DependOnTheRatiosOfWeightsAlone) {
  const Sample s = sample(3, 150);
  Reals tripled = s.weights;
  for (double& w : tripled) w *= 3;
  const auto a = all_metrics(s, s.weights), b = all_metrics(s, tripled);
  const auto ones = all_metrics(s, Reals(150, 7.0)), none = all_metrics(s, {});
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_NEAR(a[i].second.low, b[i].second.low, 1e-12) << a[i].first;
    EXPECT_NEAR(a[i].second.high, b[i].second.high, 1e-12) << a[i].first;
    EXPECT_NEAR(ones[i].second.low, none[i].second.low, 1e-12) << a[i].first;
    EXPECT_NEAR(ones[i].second.high, none[i].second.high, 1e-12) << a[i].first;
  }
}

TEST(Metrics, ReadSinglesAsTheyReadDoubles) {
  const std::vector<float> singles{0.5f, 0.25f, 0.75f, 0.5f};
  const Reals doubles{0.5, 0.25, 0.75, 0.5};
  const Labels actual{1, 0, 1, 0};
  EXPECT_EQ(auc(singles, actual).low, auc(doubles, actual).low);
  EXPECT_EQ(log_loss(singles, actual).value, log_loss(doubles, actual).value);
}

// Examples of Newcombe 1998, table I, method 3.
TEST(Intervals, AreWilsonsForProportions) {
  const auto near = [](double hits, double rows, double low, double high) {
    const Estimate e = proportion(hits / rows, rows);
    EXPECT_NEAR(e.low, low, 5e-5);
    EXPECT_NEAR(e.high, high, 5e-5);
  };
  near(81, 263, 0.2553, 0.3662);
  near(15, 148, 0.0624, 0.1605);
  near(0, 20, 0, 0.1611);
  near(1, 29, 0.0061, 0.1718);
  near(29, 29, 0.8830, 1);
}

TEST(Intervals, UseStudentsQuantile) {
  const std::pair<double, double> table[] = {{1, 12.706}, {2, 4.3027},  {3, 3.1824},  {4, 2.7764},
                                             {5, 2.5706}, {10, 2.2281}, {30, 2.0423}, {1e9, 1.9600}};
  for (const auto& [degrees, quantile] : table)
    EXPECT_NEAR(student_quantile(degrees), quantile, 0.003 * quantile) << degrees;
}

// DeLong's variance by its definition: all pairs, then the covariances of the placements.
TEST(Intervals, HaveDeLongsVariance) {
  const Sample s = sample(4, 120);
  const double area = naive_auc(s);
  double variance = 0;
  for (int side : {0, 1}) {
    Reals placements;
    for (std::size_t i = 0; i < s.binary.size(); ++i) {
      if (s.binary[i] != side) continue;
      double right = 0, others = 0;
      for (std::size_t j = 0; j < s.binary.size(); ++j) {
        if (s.binary[j] == side) continue;
        const double difference = side == 1 ? s.score[i] - s.score[j] : s.score[j] - s.score[i];
        right += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        ++others;
      }
      placements.push_back(right / others);
    }
    double squares = 0;
    for (double p : placements) squares += (p - area) * (p - area);
    const auto n = static_cast<double>(placements.size());
    variance += squares / (n - 1) / n;
  }
  const Estimate expected = proportion(area, area * (1 - area) / variance);
  const Estimate actual = auc(s.score, s.binary);
  EXPECT_NEAR(actual.low, expected.low, 1e-12);
  EXPECT_NEAR(actual.high, expected.high, 1e-12);
  // Near the middle the score interval is close to the normal one.
  EXPECT_NEAR(actual.high - actual.low, 2 * 1.96 * std::sqrt(variance), 0.01);
}

// Draws samples until the share of intervals that hold the truth is known to about a hundredth. The truth is the metric
// of a sample so large that its own error does not matter.
void expect_coverage(const std::string& name, double truth, const std::function<Estimate(std::uint64_t)>& draw,
                     double low = 0.925, double high = 0.975) {
  constexpr int repeats = 1500;
  int held = 0;
  for (int i = 0; i < repeats; ++i) {
    const Estimate e = draw(static_cast<std::uint64_t>(i) + 1000);
    held += e.low <= truth && truth <= e.high ? 1 : 0;
  }
  EXPECT_GE(held / static_cast<double>(repeats), low) << name;
  EXPECT_LE(held / static_cast<double>(repeats), high) << name;
}

TEST(Intervals, HoldTheTruthNineteenTimesInTwenty) {
  const Sample population = sample(5, 400'000);
  const auto truth = all_metrics(population, {});
  for (std::size_t metric = 0; metric < truth.size(); ++metric)
    expect_coverage(truth[metric].first, truth[metric].second.value,
                    [&](std::uint64_t seed) { return all_metrics(sample(seed, 150), {})[metric].second; });
}

TEST(Intervals, HoldTheTruthForWeightedRows) {
  const Sample population = sample(6, 400'000);
  const auto truth = all_metrics(population, population.weights);
  for (std::size_t metric : {0u, 5u, 8u, 9u, 10u, 14u})
    expect_coverage(truth[metric].first, truth[metric].second.value, [&](std::uint64_t seed) {
      const Sample s = sample(seed, 250);
      return all_metrics(s, s.weights)[metric].second;
    });
}

// A classifier that hardly errs, judged on few rows: where normal intervals collapse.
// Weights and sums that are no binary fractions leave a variance of rounding alone, about 1e-32.
TEST(Intervals, NeverLoseAValueAtTheEdge) {
  Reals scores;
  Labels actual;
  for (int i = 0; i < 77; ++i) {
    scores.push_back(i < 49 ? i * 0.01 : 10 + i);
    actual.push_back(i < 49 ? 0 : 1);
  }
  const Estimate perfect = auc(scores, actual);
  EXPECT_EQ(perfect.value, 1);
  EXPECT_GT(perfect.low, 0.8);
  EXPECT_LT(perfect.low, 1);
  for (const double value : {0.0, 1.0})
    for (const double variance : {0.0, 1e-40, 1e-32, 1e-20}) {
      const Estimate estimate = share_with_variance(value, variance, 100, 40);
      EXPECT_EQ(estimate.value, value) << variance;
      EXPECT_GE(estimate.high - estimate.low, 0.05) << variance;
    }
  EXPECT_EQ(share_with_variance(0.5, 1e-33, 100, 40).low, proportion(0.5, 40).low);
}

TEST(Intervals, HoldTheTruthAtTheEdge) {
  const auto draw = [](std::uint64_t seed, std::size_t rows) {
    Random random(seed, "edge");
    std::pair<Reals, Labels> data;
    for (std::size_t i = 0; i < rows; ++i) {
      data.second.push_back(i % 4 == 0 ? 1 : 0);
      data.first.push_back(random.normal() + 3 * data.second.back());
    }
    return data;
  };
  const auto [scores, actual] = draw(1, 400'000);
  expect_coverage(
      "auc", auc(scores, actual).value,
      [&](std::uint64_t seed) {
        const auto [few_scores, few_actual] = draw(seed, 60);
        return auc(few_scores, few_actual);
      },
      0.92, 0.995);
}

TEST(Metrics, AreNanWhereTheyAreNotDefined) {
  const Labels ones{1, 1, 1};
  const Reals scores{0.2, 0.3, 0.4};
  EXPECT_TRUE(std::isnan(auc(scores, ones).value));
  EXPECT_TRUE(std::isnan(auc(Reals{0.2, std::nan(""), 0.4}, Labels{0, 1, 1}).value));
  EXPECT_TRUE(std::isnan(r2(scores, Reals{2, 2, 2}).value));
  EXPECT_TRUE(std::isnan(accuracy(Labels{}, Labels{}).value));
  EXPECT_TRUE(std::isnan(accuracy(ones, ones, Reals{0, 0, 0}).value));
  EXPECT_TRUE(std::isnan(precision(confusion_matrix(Labels{0, 0}, Labels{0, 1}, 2)).value));
  EXPECT_TRUE(std::isnan(log_loss(Reals{std::nan("")}, Labels{1}).value));
}

TEST(Metrics, AreExactAtTheEnds) {
  const Labels actual{0, 1, 0, 1};
  EXPECT_EQ(accuracy(actual, actual).value, 1);
  EXPECT_LT(accuracy(actual, actual).low, 0.6);
  EXPECT_EQ(auc(Reals{1, 2, 1, 2}, actual).value, 1);
  EXPECT_EQ(auc(Reals{1, 1, 1, 1}, actual).value, 0.5);
  EXPECT_LT(auc(Reals{1, 2, 1, 2}, actual).low, 0.7);
  EXPECT_EQ(macro_f1(confusion_matrix(actual, actual, 2)).value, 1);
  EXPECT_EQ(r2(Reals{1, 2, 3}, Reals{1, 2, 3}).value, 1);
  EXPECT_EQ(rmse(Reals{1, 2, 3}, Reals{1, 2, 3}).high, 0);
  EXPECT_TRUE(std::isfinite(log_loss(Reals{0, 1, 0, 1}, actual).value));
  EXPECT_NEAR(log_loss(Reals{1, 0, 1, 0}, actual).value, -std::log(1e-15), 1e-9);
}

TEST(Metrics, RefuseWhatDoesNotFit) {
  EXPECT_THROW(accuracy(Labels{1}, Labels{1, 0}), Error);
  EXPECT_THROW(accuracy(Labels{1}, Labels{1}, Reals{1, 2}), Error);
  EXPECT_THROW(accuracy(Labels{1}, Labels{1}, Reals{-1}), Error);
  EXPECT_THROW(confusion_matrix(Labels{3}, Labels{1}, 3), Error);
  EXPECT_THROW(auc(Reals{1}, Labels{2}), Error);
  EXPECT_THROW(top_k(Reals{1, 2}, 3, 1, Labels{0}), Error);
  EXPECT_THROW(mae(Reals{1, 2}, Reals{1}), Error);
}

}  // namespace
}  // namespace fathom::metrics
