// A click log of a small simulated shop, with the probability that each click was drawn from.
//
// 1. A row is a pure function of (seed, row): any number of rows, in any order, gives the same rows.
// 2. The probability is a function of the columns as they are written: no hidden noise, so the best possible
//    log loss and AUC are known.
// 3. The logit is a sum of main effects and crossed effects; without the crossed ones it is a different shop.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom::rank {

// What was shown, and where.
struct Impression {
  std::uint16_t advertiser = 0, category = 0, brand = 0;
  std::uint8_t position = 1;  // 1 is the top of the page
  std::uint8_t hour = 0;      // 0 to 23
  std::uint8_t match = 0;     // how well the query fits the product, in percent
  std::uint32_t cents = 0;    // price
};

// The hidden truth: every effect on the log odds of a click.
class Shop {
 public:
  static constexpr int advertisers = 60, categories = 24, brands = 40, positions = 10, hours = 24;

  explicit Shop(std::uint64_t seed);

  // Row `row` of the log: what was shown, drawn from (seed, row).
  Impression impression(std::int64_t row) const;
  // Whether it was clicked, drawn with probability(impression) from (seed, row).
  bool clicked(std::int64_t row, const Impression& shown) const;

  double probability(const Impression& shown) const;
  // The log odds, in their two parts.
  double main_effects(const Impression& shown) const;
  double crossed_effects(const Impression& shown) const;
  // The crossed effects one by one, for tests and explanations: advertiser x category, category x hour,
  // brand x price, match x position.
  std::array<double, 4> crossed_parts(const Impression& shown) const;

 private:
  std::uint64_t seed_;
  std::array<double, advertisers> advertiser_{}, advertiser_popularity_{};
  std::array<double, categories> category_{}, category_popularity_{}, category_price_{}, category_peak_{};
  std::array<double, brands> brand_{}, brand_popularity_{}, brand_price_{};
  std::array<std::array<double, 2>, advertisers> advertiser_taste_{};
  std::array<std::array<double, 2>, categories> category_taste_{};
};

struct ClickLog {
  std::vector<Impression> shown;
  std::vector<std::uint8_t> clicked;
  std::vector<double> probability;
};

ClickLog simulate_clicks(const Shop& shop, Index rows);

std::string_view category_name(int category);
std::string brand_name(int brand);
std::string advertiser_name(int advertiser);

// A CSV with the header click,advertiser,category,brand,price,query_match,position,hour.
void write_click_csv(const ClickLog& log, const std::string& path);
// A CSV with the one column probability: the truth, row by row.
void write_truth_csv(const ClickLog& log, const std::string& path);

}  // namespace fathom::rank
