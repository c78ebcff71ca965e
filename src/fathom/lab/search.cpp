#include "fathom/lab/search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "fathom/base/rng.hpp"

namespace fathom {

namespace {

double mean_of_values(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Three digits, or as many as the value needs to stay between the ends.
std::string short_text(double value, double low, double high) {
  for (int digits = 3; digits < 17; ++digits) {
    std::string text = fmt::format("{:.{}g}", value, digits);
    if (const double read = std::stod(text); read >= low && read <= high) return text;
  }
  return fmt::format("{}", value);
}

// The sum of squares that a parabola in x leaves, by the normal equations of orthogonal columns (Gram and Schmidt).
double left_by_parabola(const std::vector<double>& x, std::vector<double> y) {
  const std::size_t n = x.size();
  const double centre = mean_of_values(x);
  std::array<std::vector<double>, 3> columns;
  for (int power = 0; power < 3; ++power) {
    std::vector<double>& column = columns[static_cast<std::size_t>(power)];
    for (const double value : x) column.push_back(std::pow(value - centre, power));
    const double before = std::inner_product(column.begin(), column.end(), column.begin(), 0.0);
    for (int other = 0; other < power; ++other) {
      const std::vector<double>& base = columns[static_cast<std::size_t>(other)];
      const double along = std::inner_product(column.begin(), column.end(), base.begin(), 0.0);
      for (std::size_t i = 0; i < n; ++i) column[i] -= along * base[i];
    }
    const double squares = std::inner_product(column.begin(), column.end(), column.begin(), 0.0);
    const double factor = squares > 1e-12 * before ? 1 / std::sqrt(squares) : 0;
    for (double& value : column) value *= factor;
    const double along = std::inner_product(column.begin(), column.end(), y.begin(), 0.0);
    for (std::size_t i = 0; i < n; ++i) y[i] -= along * column[i];
  }
  return std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
}

// The sum of squares that the means of the scores at each place leave.
double left_by_groups(const std::vector<double>& x, const std::vector<double>& y) {
  std::map<double, std::vector<double>> groups;
  for (std::size_t i = 0; i < y.size(); ++i) groups[x[i]].push_back(y[i]);
  double left = 0;
  for (const auto& [place, values] : groups) {
    const double of_group = mean_of_values(values);
    for (const double value : values) left += (value - of_group) * (value - of_group);
  }
  return left;
}

// Deals of a permutation test, and the share of them that may be as good by chance.
constexpr int deals = 500;
constexpr double chance = 0.01;

}  // namespace

std::vector<Drawn> draw(const std::vector<SearchKey>& space, std::uint64_t seed, std::size_t trial) {
  std::vector<Drawn> drawn;
  for (const SearchKey& key : space) {
    Random random(seed, "search " + key.key, trial);
    Drawn value{.key = key.key, .value = {}};
    if (key.kind == SearchKey::Kind::choice) {
      const auto at = static_cast<std::size_t>(random.below(key.choices.size()));
      value.value = key.choices[at];
      value.place = static_cast<double>(at);
    } else {
      const double share = random.uniform();
      value.place = key.kind == SearchKey::Kind::log ? key.low * std::pow(key.high / key.low, share)
                                                     : key.low + share * (key.high - key.low);
      if (key.whole) value.place = std::clamp(std::round(value.place), std::ceil(key.low), std::floor(key.high));
      value.value = key.whole ? fmt::format("{:.0f}", value.place) : short_text(value.place, key.low, key.high);
      if (!key.whole) value.place = std::stod(value.value);
    }
    drawn.push_back(std::move(value));
  }
  return drawn;
}

void set_drawn(const std::vector<Drawn>& drawn, Settings& settings) {
  Origins origins;
  for (const Drawn& value : drawn) set_setting(value.key + "=" + value.value, "tune", settings, origins);
}

std::vector<Index> rungs(Index epochs) {
  std::vector<Index> rungs;
  for (const Index part : {9, 3, 1}) {
    const Index rung = std::max<Index>(1, epochs / part);
    if (rungs.empty() || rung > rungs.back()) rungs.push_back(rung);
  }
  return rungs;
}

std::size_t promoted(std::size_t trials) { return std::max<std::size_t>(1, trials / 3); }

double explained(const SearchKey& key, const std::vector<double>& places, const std::vector<double>& scores) {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < scores.size(); ++i)
    if (std::isfinite(scores[i]) && std::isfinite(places[i])) {
      x.push_back(key.kind == SearchKey::Kind::log ? std::log(places[i]) : places[i]);
      y.push_back(scores[i]);
    }
  if (y.size() < 6) return std::numeric_limits<double>::quiet_NaN();
  const double mean = mean_of_values(y), size = std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
  for (double& value : y) value -= mean;
  const double all = std::inner_product(y.begin(), y.end(), y.begin(), 0.0);
  if (!(all > 1e-20 * size)) return 0;  // equal but for rounding
  const bool is_choice = key.kind == SearchKey::Kind::choice;
  const auto left = [&](const std::vector<double>& values) {
    return is_choice ? left_by_groups(x, values) : left_by_parabola(x, values);
  };
  const double n = static_cast<double>(y.size());
  const double parameters = is_choice ? static_cast<double>(std::set<double>(x.begin(), x.end()).size()) - 1 : 2;
  if (n - 1 - parameters < 1) return std::numeric_limits<double>::quiet_NaN();
  // A permutation test: scores that are dealt to the places anew (Fisher 1935, section 21).
  const double found = left(y);
  std::vector<double> dealt = y;
  Random random(dealt.size(), "explained");
  int as_good = 0;
  for (int deal = 0; deal < deals; ++deal) {
    random.shuffle(dealt);
    if (left(dealt) <= found) ++as_good;
  }
  if (as_good >= chance * deals) return 0;
  return std::max(0.0, 1 - found / all * (n - 1) / (n - 1 - parameters));
}

}  // namespace fathom
