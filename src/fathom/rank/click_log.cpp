#include "fathom/rank/click_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/rng.hpp"

namespace fathom::rank {

namespace {

// Strengths, as standard deviations or slopes of the log odds. Together they give a base rate near 11 %, and leave
// about a third of the way to the best possible log loss to the crossed effects.
constexpr double intercept = -3.3;
constexpr double advertiser_strength = 0.45, category_strength = 0.4, brand_strength = 0.35;
constexpr double price_slope = -0.25, match_slope = 3.0, position_slope = -0.7, evening_strength = 0.3;
constexpr double taste_strength = 0.45, peak_strength = 0.6, brand_price_strength = 0.5, match_position_slope = 0.9;

constexpr double mean_log_price = 3.3, log_price_between_categories = 0.7, log_price_within = 0.6;
constexpr double mean_log_position = 1.51;  // of 1 to 10, all equally likely

constexpr std::array<std::string_view, Shop::categories> category_names{
    "phones",  "laptops",   "cameras", "audio", "games",    "toys",      "books",     "stationery",
    "shoes",   "dresses",   "shirts",  "coats", "watches",  "jewellery", "bags",      "cosmetics",
    "kitchen", "furniture", "garden",  "tools", "bicycles", "camping",   "groceries", "pets"};

// Cumulative shares of n things of which the k-th is liked in proportion to 1 / (k + 4)^0.8.
template <std::size_t n>
void fill_popularity(std::array<double, n>& cumulative) {
  double sum = 0;
  for (std::size_t k = 0; k < n; ++k) cumulative[k] = sum += std::pow(static_cast<double>(k) + 4.0, -0.8);
  for (double& share : cumulative) share /= sum;
}

template <std::size_t n>
std::uint16_t draw(const std::array<double, n>& cumulative, double uniform) {
  const auto place = std::upper_bound(cumulative.begin(), cumulative.end() - 1, uniform);
  return static_cast<std::uint16_t>(place - cumulative.begin());
}

template <std::size_t n>
void fill_normal(std::array<double, n>& values, Random& random, double mean, double deviation) {
  for (double& value : values) value = mean + deviation * random.normal();
}

// 1 at `peak` o'clock, -1 twelve hours away.
double daily_wave(double hour, double peak) { return std::cos((hour - peak) * (2.0 * std::numbers::pi / 24.0)); }

// Log price in units of its spread over the shop; dearer than two spreads counts as two.
double price_level(const Impression& shown) {
  const double spread = std::hypot(log_price_between_categories, log_price_within);
  return std::clamp((std::log(shown.cents / 100.0) - mean_log_price) / spread, -2.0, 2.0);
}

double centred_match(const Impression& shown) { return shown.match / 100.0 - 0.5; }
double centred_log_position(const Impression& shown) {
  return std::log(static_cast<double>(shown.position)) - mean_log_position;
}

}  // namespace

Shop::Shop(std::uint64_t seed) : seed_(seed) {
  Random random(seed, "shop");
  fill_normal(advertiser_, random, 0, advertiser_strength);
  fill_normal(category_, random, 0, category_strength);
  fill_normal(brand_, random, 0, brand_strength);
  fill_normal(category_price_, random, mean_log_price, log_price_between_categories);
  fill_normal(brand_price_, random, 0, brand_price_strength);
  for (double& peak : category_peak_) peak = 24.0 * random.uniform();
  for (auto& taste : advertiser_taste_) fill_normal(taste, random, 0, 1);
  for (auto& taste : category_taste_) fill_normal(taste, random, 0, 1);
  fill_popularity(advertiser_popularity_);
  fill_popularity(category_popularity_);
  fill_popularity(brand_popularity_);
}

Impression Shop::impression(std::int64_t row) const {
  Random random(seed_, "impression", static_cast<std::uint64_t>(row));
  Impression shown;
  shown.advertiser = draw(advertiser_popularity_, random.uniform());
  shown.category = draw(category_popularity_, random.uniform());
  shown.brand = draw(brand_popularity_, random.uniform());
  shown.position = static_cast<std::uint8_t>(1 + random.below(positions));
  shown.hour = static_cast<std::uint8_t>(random.below(hours));
  shown.match = static_cast<std::uint8_t>(std::lround(100.0 * (1.0 - std::pow(random.uniform(), 1.4))));
  const double log_price = category_price_[shown.category] + log_price_within * random.normal();
  shown.cents = static_cast<std::uint32_t>(std::lround(std::clamp(100.0 * std::exp(log_price), 50.0, 2e6)));
  return shown;
}

bool Shop::clicked(std::int64_t row, const Impression& shown) const {
  return Random(seed_, "click", static_cast<std::uint64_t>(row)).uniform() < probability(shown);
}

double Shop::probability(const Impression& shown) const {
  return 1.0 / (1.0 + std::exp(-(main_effects(shown) + crossed_effects(shown))));
}

double Shop::main_effects(const Impression& shown) const {
  return intercept + advertiser_[shown.advertiser] + category_[shown.category] + brand_[shown.brand] +
         price_slope * price_level(shown) + match_slope * centred_match(shown) +
         position_slope * centred_log_position(shown) + evening_strength * daily_wave(shown.hour, 20);
}

double Shop::crossed_effects(const Impression& shown) const {
  const auto parts = crossed_parts(shown);
  return parts[0] + parts[1] + parts[2] + parts[3];
}

std::array<double, 4> Shop::crossed_parts(const Impression& shown) const {
  const auto &seller = advertiser_taste_[shown.advertiser], &goods = category_taste_[shown.category];
  return {taste_strength * (seller[0] * goods[0] + seller[1] * goods[1]),
          peak_strength * daily_wave(shown.hour, category_peak_[shown.category]),
          brand_price_[shown.brand] * price_level(shown),
          match_position_slope * centred_match(shown) * centred_log_position(shown)};
}

ClickLog simulate_clicks(const Shop& shop, Index rows) {
  if (rows < 0) fail(Code::usage, "a click log cannot have {} rows", rows);
  ClickLog log;
  log.shown.resize(static_cast<std::size_t>(rows));
  log.clicked.resize(static_cast<std::size_t>(rows));
  log.probability.resize(static_cast<std::size_t>(rows));
  for (Index row = 0; row < rows; ++row) {
    const auto i = static_cast<std::size_t>(row);
    log.shown[i] = shop.impression(row);
    log.clicked[i] = shop.clicked(row, log.shown[i]);
    log.probability[i] = shop.probability(log.shown[i]);
  }
  return log;
}

std::string_view category_name(int category) { return category_names[static_cast<std::size_t>(category)]; }

// Two syllables that tell any two of 40 brands apart.
std::string brand_name(int brand) {
  constexpr std::array<std::string_view, 8> first{"Al", "Bor", "Cas", "Del", "Fen", "Gar", "Hol", "Kor"};
  constexpr std::array<std::string_view, 5> second{"ina", "mont", "tek", "vista", "well"};
  return fmt::format("{}{}", first[static_cast<std::size_t>(brand) % first.size()],
                     second[static_cast<std::size_t>(brand) / first.size()]);
}
static_assert(Shop::brands == 8 * 5);

std::string advertiser_name(int advertiser) { return fmt::format("shop-{:02}", advertiser + 1); }

void write_click_csv(const ClickLog& log, const std::string& path) {
  std::array<std::string, Shop::advertisers> advertiser;
  std::array<std::string, Shop::brands> brand;
  for (int i = 0; i < Shop::advertisers; ++i) advertiser[static_cast<std::size_t>(i)] = advertiser_name(i);
  for (int i = 0; i < Shop::brands; ++i) brand[static_cast<std::size_t>(i)] = brand_name(i);
  std::string text = "click,advertiser,category,brand,price,query_match,position,hour\n";
  for (std::size_t i = 0; i < log.shown.size(); ++i) {
    const Impression& shown = log.shown[i];
    fmt::format_to(std::back_inserter(text), "{},{},{},{},{}.{:02},{}.{:02},{},{}\n", log.clicked[i],
                   advertiser[shown.advertiser], category_name(shown.category), brand[shown.brand], shown.cents / 100,
                   shown.cents % 100, shown.match / 100, shown.match % 100, shown.position, shown.hour);
  }
  write_file(path, text);
}

void write_truth_csv(const ClickLog& log, const std::string& path) {
  std::string text = "probability\n";
  for (double probability : log.probability) fmt::format_to(std::back_inserter(text), "{}\n", probability);
  write_file(path, text);
}

}  // namespace fathom::rank
