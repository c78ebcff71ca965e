#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "fathom/base/error.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/rank/baselines.hpp"
#include "fathom/rank/click_log.hpp"
#include "support/test_files.hpp"

namespace fathom::rank {
namespace {

constexpr Index many = 200'000;

const Shop& shop() {
  static const Shop shop(42);
  return shop;
}
const ClickLog& clicks() {
  static const ClickLog log = simulate_clicks(shop(), many);
  return log;
}

double sigmoid(double z) { return 1.0 / (1.0 + std::exp(-z)); }

TEST(ClickLog, ARowDependsOnSeedAndRowAlone) {
  const ClickLog few = simulate_clicks(Shop(42), 1000);
  for (std::size_t i = 0; i < few.shown.size(); ++i) {
    EXPECT_EQ(few.probability[i], clicks().probability[i]);
    EXPECT_EQ(few.clicked[i], clicks().clicked[i]);
  }
  const ClickLog other = simulate_clicks(Shop(43), 1000);
  EXPECT_NE(few.clicked, other.clicked);
  EXPECT_TRUE(simulate_clicks(Shop(42), 0).shown.empty());
  EXPECT_THROW(simulate_clicks(Shop(42), -1), Error);
}

TEST(ClickLog, ShowsEverythingInItsRange) {
  std::set<int> advertisers, categories, brands, positions, hours;
  for (const Impression& shown : clicks().shown) {
    advertisers.insert(shown.advertiser);
    categories.insert(shown.category);
    brands.insert(shown.brand);
    positions.insert(shown.position);
    hours.insert(shown.hour);
    ASSERT_LE(shown.match, 100);
    ASSERT_GE(shown.cents, 50U);
  }
  EXPECT_EQ(advertisers.size(), static_cast<std::size_t>(Shop::advertisers));
  EXPECT_EQ(categories.size(), static_cast<std::size_t>(Shop::categories));
  EXPECT_EQ(brands.size(), static_cast<std::size_t>(Shop::brands));
  EXPECT_EQ(positions.size(), static_cast<std::size_t>(Shop::positions));
  EXPECT_EQ(*positions.begin(), 1);
  EXPECT_EQ(hours.size(), static_cast<std::size_t>(Shop::hours));
}

TEST(ClickLog, NamesTellThingsApart) {
  std::set<std::string> names;
  for (int i = 0; i < Shop::advertisers; ++i) names.insert(advertiser_name(i));
  for (int i = 0; i < Shop::brands; ++i) names.insert(brand_name(i));
  for (int i = 0; i < Shop::categories; ++i) names.emplace(category_name(i));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Shop::advertisers + Shop::brands + Shop::categories));
}

// Clicks fall in bins of equal probability as often as the probabilities say: the sum of squared standard scores over
// 100 bins has mean 100 and standard deviation 14.
TEST(ClickLog, ClicksFollowTheirProbabilities) {
  for (std::uint64_t seed : {1U, 2U, 3U}) {
    const ClickLog log = simulate_clicks(Shop(seed), many);
    std::vector<std::size_t> order(log.shown.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return log.probability[a] < log.probability[b]; });
    constexpr std::size_t bins = 100;
    double chi_square = 0;
    for (std::size_t bin = 0; bin < bins; ++bin) {
      double excess = 0, variance = 0;
      for (std::size_t i = bin * order.size() / bins; i < (bin + 1) * order.size() / bins; ++i) {
        const double p = log.probability[order[i]];
        excess += log.clicked[order[i]] - p;
        variance += p * (1 - p);
      }
      chi_square += excess * excess / variance;
    }
    EXPECT_LT(chi_square, 100 + 5 * 14.2) << "seed " << seed;
    EXPECT_GT(chi_square, 100 - 5 * 14.2) << "seed " << seed;
  }
}

TEST(ClickLog, LeavesAWideGapBelowTheBaseRate) {
  for (std::uint64_t seed : {1U, 2U, 3U, 42U}) {
    const ClickLog log = simulate_clicks(Shop(seed), 50'000);
    double rate = 0;
    for (std::uint8_t clicked : log.clicked) rate += clicked / 50'000.0;
    EXPECT_GT(rate, 0.08) << seed;
    EXPECT_LT(rate, 0.15) << seed;
    const Score base = base_rate(log.clicked, log.clicked), best = score(log.clicked, log.probability);
    EXPECT_GT(base.log_loss - best.log_loss, 0.055) << seed;
    EXPECT_GT(best.auc, 0.8) << seed;
  }
}

// The shop without one of its crossed effects, or without all, is told apart by its log loss. The clicks decide: each
// difference is many times its standard error.
TEST(ClickLog, EveryCrossedEffectCounts) {
  const double best = log_loss(clicks().clicked, clicks().probability);
  const auto loss_without = [&](const std::array<bool, 4>& left_out) {
    std::vector<double> probability;
    for (const Impression& shown : clicks().shown) {
      double logit = shop().main_effects(shown);
      const auto parts = shop().crossed_parts(shown);
      for (std::size_t i = 0; i < parts.size(); ++i)
        if (!left_out[i]) logit += parts[i];
      probability.push_back(sigmoid(logit));
    }
    return log_loss(clicks().clicked, probability);
  };
  EXPECT_NEAR(loss_without({}), best, 1e-12);
  for (std::size_t part = 0; part < 4; ++part) {
    std::array<bool, 4> left_out{};
    left_out[part] = true;
    EXPECT_GT(loss_without(left_out), best + (part == 3 ? 0.0005 : 0.003)) << "crossed effect " << part;
  }
  EXPECT_GT(loss_without({true, true, true, true}), best + 0.015);
}

// The best sum of main effects, fitted to the probabilities themselves: no linear model can know more. It stays well
// short of the truth.
TEST(ClickLog, MainEffectsAloneAreMeasurablyWorse) {
  const Index rows = 40'000;
  const ClickLog log = simulate_clicks(shop(), rows);
  std::vector<std::array<int, 7>> features;
  std::array<int, 7> starts{};
  const std::array<int, 7> levels{
      Shop::advertisers, Shop::categories, Shop::brands, Shop::positions, Shop::hours, 21, 12};
  for (std::size_t i = 1; i < starts.size(); ++i) starts[i] = starts[i - 1] + levels[i - 1];
  for (const Impression& shown : log.shown) {
    const int price = std::clamp(static_cast<int>(2 * std::log(shown.cents / 100.0)), 0, 11);
    const std::array<int, 7> level{shown.advertiser, shown.category,  shown.brand, shown.position - 1,
                                   shown.hour,       shown.match / 5, price};
    std::array<int, 7> places{};
    for (std::size_t i = 0; i < level.size(); ++i) places[i] = starts[i] + level[i];
    features.push_back(places);
  }
  std::vector<double> weights(static_cast<std::size_t>(starts[6] + levels[6]), -2.0 / 7), probability(log.shown.size());
  const auto predict = [&] {
    for (std::size_t i = 0; i < features.size(); ++i) {
      double logit = 0;
      for (int place : features[i]) logit += weights[static_cast<std::size_t>(place)];
      probability[i] = sigmoid(logit);
    }
  };
  for (int round = 0; round < 10; ++round) {  // Newton steps on one feature at a time
    for (std::size_t feature = 0; feature < levels.size(); ++feature) {
      predict();
      std::vector<double> slope(weights.size(), 0), curvature(weights.size(), 1e-9);
      for (std::size_t i = 0; i < features.size(); ++i) {
        const auto place = static_cast<std::size_t>(features[i][feature]);
        slope[place] += log.probability[i] - probability[i];
        curvature[place] += probability[i] * (1 - probability[i]);
      }
      for (std::size_t place = 0; place < weights.size(); ++place)
        if (slope[place] != 0) weights[place] += slope[place] / curvature[place];
    }
  }
  predict();
  const auto expected_loss = [&](const std::vector<double>& p) {
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i)
      sum -= log.probability[i] * std::log(p[i]) + (1 - log.probability[i]) * std::log1p(-p[i]);
    return sum / static_cast<double>(p.size());
  };
  double rate = 0;
  for (double p : log.probability) rate += p / static_cast<double>(rows);
  const double base = expected_loss(std::vector<double>(log.shown.size(), rate)), best = expected_loss(log.probability);
  const double share = share_of_gap(expected_loss(probability), base, best);
  EXPECT_GT(share, 0.40);
  EXPECT_LT(share, 0.70);
}

class ClickFile : public testing::Test {
 protected:
  static std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const TestFolder test_folder_;
  const std::string folder_ = test_folder_.path();
};

TEST_F(ClickFile, HoldsWhatWasShown) {
  const ClickLog log = simulate_clicks(shop(), 500);
  write_click_csv(log, folder_ + "/clicks.csv");
  write_truth_csv(log, folder_ + "/truth.csv");
  std::ifstream rows(folder_ + "/clicks.csv"), truth(folder_ + "/truth.csv");
  std::string line, probability;
  std::getline(rows, line);
  EXPECT_EQ(line, "click,advertiser,category,brand,price,query_match,position,hour");
  std::getline(truth, probability);
  EXPECT_EQ(probability, "probability");
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_TRUE(std::getline(rows, line) && std::getline(truth, probability));
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
    ASSERT_EQ(fields.size(), 8U) << line;
    const Impression& shown = log.shown[i];
    EXPECT_EQ(fields[0], log.clicked[i] ? "1" : "0");
    EXPECT_EQ(fields[1], advertiser_name(shown.advertiser));
    EXPECT_EQ(fields[2], category_name(shown.category));
    EXPECT_EQ(fields[3], brand_name(shown.brand));
    EXPECT_EQ(std::lround(std::stod(fields[4]) * 100), static_cast<long>(shown.cents));
    EXPECT_EQ(std::lround(std::stod(fields[5]) * 100), static_cast<long>(shown.match));
    EXPECT_EQ(fields[6], std::to_string(shown.position));
    EXPECT_EQ(fields[7], std::to_string(shown.hour));
    EXPECT_EQ(std::stod(probability), log.probability[i]);
  }
  EXPECT_FALSE(std::getline(rows, line));
}

TEST_F(ClickFile, HasTheSameBytesEachTime) {
  for (const char* name : {"/a.csv", "/b.csv"}) write_click_csv(simulate_clicks(Shop(7), 2000), folder_ + name);
  EXPECT_EQ(content(folder_ + "/a.csv"), content(folder_ + "/b.csv"));
  EXPECT_GT(content(folder_ + "/a.csv").size(), 50'000U);
  EXPECT_THROW(write_click_csv(clicks(), folder_ + "/absent/a.csv"), Error);
  EXPECT_THROW(write_truth_csv(clicks(), "/dev/full"), Error);
}

// All pairs, one by one.
double naive_auc(const std::vector<std::uint8_t>& clicked, const std::vector<double>& score) {
  double wins = 0, pairs = 0;
  for (std::size_t i = 0; i < score.size(); ++i)
    for (std::size_t j = 0; j < score.size(); ++j)
      if (clicked[i] && !clicked[j]) {
        wins += score[i] > score[j] ? 1 : score[i] == score[j] ? 0.5 : 0;
        pairs += 1;
      }
  return pairs == 0 ? 0.5 : wins / pairs;
}

TEST(Baselines, AucCountsPairs) {
  Random random(5, "auc");
  for (std::size_t rows : {1U, 2U, 3U, 50U, 200U})
    for (std::uint64_t levels : {1U, 3U, 1000U}) {
      std::vector<std::uint8_t> clicked;
      std::vector<double> scores;
      for (std::size_t i = 0; i < rows; ++i) {
        clicked.push_back(random.uniform() < 0.3);
        scores.push_back(static_cast<double>(random.below(levels)) / 8.0);
      }
      EXPECT_NEAR(auc(clicked, scores), naive_auc(clicked, scores), 1e-12) << rows << " rows, " << levels << " levels";
    }
}

TEST(Baselines, LogLossIsTheMeanOfMinusLog) {
  const std::vector<std::uint8_t> clicked{1, 0, 0, 1};
  EXPECT_NEAR(log_loss(clicked, std::vector<double>{0.5, 0.5, 0.5, 0.5}), std::log(2.0), 1e-15);
  EXPECT_NEAR(log_loss(clicked, std::vector<double>{0.9, 0.2, 0.1, 0.4}),
              -(std::log(0.9) + std::log(0.8) + std::log(0.9) + std::log(0.4)) / 4, 1e-15);
  EXPECT_NEAR(log_loss(clicked, std::vector<double>{1, 0, 0, 0}), -std::log(1e-15) / 4, 1e-9);
  EXPECT_NEAR(base_rate(clicked, clicked).log_loss, std::log(2.0), 1e-15);
  EXPECT_EQ(base_rate(clicked, clicked).auc, 0.5);
  EXPECT_THROW(log_loss(clicked, std::vector<double>{0.5}), Error);
  EXPECT_THROW(auc({}, {}), Error);
  EXPECT_EQ(share_of_gap(0.3, 0.3, 0.2), 0.0);
  EXPECT_EQ(share_of_gap(0.2, 0.3, 0.2), 1.0);
}

// No probabilities have a lower expected log loss than the true ones.
TEST(Baselines, NothingBeatsTheTruth) {
  const Score best = score(clicks().clicked, clicks().probability);
  Random random(9, "perturbation");
  for (double strength : {0.3, 1.0}) {
    std::vector<double> changed;
    for (double p : clicks().probability)
      changed.push_back(sigmoid(std::log(p / (1 - p)) + strength * random.normal()));
    const Score worse = score(clicks().clicked, changed);
    EXPECT_GT(worse.log_loss, best.log_loss);
    EXPECT_LT(worse.auc, best.auc);
  }
}

}  // namespace
}  // namespace fathom::rank
