#include "fathom/chart/scale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace fathom::chart {

namespace {

constexpr double largest = 1e300, smallest = 1e-300;

double power_of_ten(int exponent) { return std::pow(10.0, exponent); }

// 10^exponent is at most the value.
int exponent_of(double value) {
  int exponent = static_cast<int>(std::floor(std::log10(value)));
  if (power_of_ten(exponent + 1) <= value) ++exponent;
  if (power_of_ten(exponent) > value) --exponent;
  return exponent;
}

struct Step {
  double size = 1;
  int exponent = 0;
};

// The smallest of 1, 2, 5 times a power of ten that is at least `wanted`.
Step round_step(double wanted) {
  const int exponent = exponent_of(wanted);
  for (const double digit : {1.0, 2.0, 5.0})
    if (digit * power_of_ten(exponent) >= wanted * (1 - 1e-9)) return {digit * power_of_ten(exponent), exponent};
  return {power_of_ten(exponent + 1), exponent + 1};
}

std::string with_commas(std::string digits) {
  const std::size_t begin = digits[0] == '-' ? 1 : 0, point = std::min(digits.find('.'), digits.size());
  for (std::size_t at = point; at > begin + 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string superscript(int exponent) {
  static constexpr const char* digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "⁻" : "";
  for (const char c : fmt::format("{}", std::abs(exponent))) text += digits[c - '0'];
  return text;
}

std::string fixed(double value, int decimals) {
  if (value == 0) return "0";
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.find_first_not_of("-0.") == std::string::npos && text[0] == '-') text.erase(0, 1);
  return with_commas(text);
}

// With the last digit at 10^last.
std::string scientific(double value, int last) {
  if (value == 0) return "0";
  const int exponent = exponent_of(std::abs(value));
  const std::string digits = fixed(value / power_of_ten(exponent), std::clamp(exponent - last, 0, 6));
  const std::string sign = digits[0] == '-' ? "-" : "";
  return (digits == "1" || digits == "-1" ? sign : digits + "×") + "10" + superscript(exponent);
}

void label_linear(Scale& scale, int exponent) {
  double top = 0;
  for (const double tick : scale.ticks) top = std::max(top, std::abs(tick));
  const int decimals = std::max(0, -exponent);
  for (const double tick : scale.ticks)
    scale.labels.push_back(top >= 1e7 || decimals > 5 ? scientific(tick, exponent) : fixed(tick, decimals));
}

Scale linear_scale(double low, double high, const ScaleOptions& options) {
  // So narrow a range around a value is a constant with rounding errors.
  const double least = std::max(std::max(std::abs(low), std::abs(high)) * 1e-9, smallest);
  if (high - low < least) {
    const double around = high == 0 ? 1 : std::max(std::abs(high) / 2, least);
    low -= around;
    high += around;
  }
  Scale scale;
  int exponent = 0;
  // An exact range may lie between round numbers: finer ones are within it.
  for (int wanted = std::max(1, options.ticks); scale.ticks.size() < 2; wanted *= 2) {
    Step step = round_step(std::max((high - low) / wanted, smallest));
    const bool finest = options.whole && step.size <= 1;
    if (finest) step = {1, 0};
    if (!options.exact) {
      low = std::floor(low / step.size + 1e-9) * step.size;
      high = std::ceil(high / step.size - 1e-9) * step.size;
    }
    const double first = std::ceil(low / step.size - 1e-9), last = std::floor(high / step.size + 1e-9);
    scale.ticks.clear();
    for (double k = first; k <= last; ++k) scale.ticks.push_back(std::clamp(k * step.size, low, high));
    exponent = step.exponent;
    if (finest) break;
  }
  scale.low = low;
  scale.high = high;
  label_linear(scale, exponent);
  return scale;
}

// 1, 2, 5 times powers of ten from at most `low` to at least `high`; powers of ten alone, and only each n-th, over
// many.
std::vector<double> log_ticks(double low, double high, int most) {
  const int first = exponent_of(low), last = exponent_of(high) + 1;
  std::vector<double> ticks;
  if (std::log10(high / low) >= 2.5) {
    const int stride = std::max(1, (last - first + most - 1) / std::max(1, most));
    for (int exponent = first; exponent < last + stride; exponent += stride)
      ticks.push_back(power_of_ten(std::min(exponent, 305)));  // finite
  } else {
    for (int exponent = first; exponent <= last; ++exponent)
      for (const double digit : {1.0, 2.0, 5.0}) ticks.push_back(digit * power_of_ten(exponent));
  }
  const double slack = 1 + 1e-9;
  while (ticks.size() > 1 && ticks[1] <= low * slack) ticks.erase(ticks.begin());
  while (ticks.size() > 1 && ticks[ticks.size() - 2] >= high / slack) ticks.pop_back();
  return ticks;
}

Scale log_scale(double low, double high, const ScaleOptions& options) {
  if (high < low * (1 + 1e-9)) {
    low /= 2;
    high *= 2;
  }
  Scale scale;
  scale.ticks = log_ticks(low, high, options.ticks);
  if (options.exact) {
    std::erase_if(scale.ticks, [&](double tick) { return tick < low * (1 - 1e-9) || tick > high * (1 + 1e-9); });
    if (scale.ticks.size() < 2) scale = linear_scale(low, high, options);  // evenly spaced ones
  } else {
    low = std::min(low, scale.ticks.front());
    high = std::max(high, scale.ticks.back());
  }
  scale.low = low;
  scale.high = high;
  scale.log = true;
  for (double& tick : scale.ticks) tick = std::clamp(tick, low, high);
  if (scale.labels.empty())
    for (const double tick : scale.ticks) scale.labels.push_back(number(tick));
  return scale;
}

}  // namespace

bool can_be_drawn(double value, bool log) {
  return std::isfinite(value) && std::abs(value) <= largest && (!log || value >= smallest);
}

double Scale::at(double value) const {
  if (!can_be_drawn(value, log)) return std::numeric_limits<double>::quiet_NaN();
  if (log) return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
  return (value - low) / (high - low);
}

Scale make_scale(std::span<const double> values, const ScaleOptions& options) {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : values) {
    if (!can_be_drawn(value, options.log)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) {
    low = options.log ? 1 : 0;
    high = options.log ? 10 : 1;
  }
  if (options.log) return log_scale(low, high, options);
  if (options.from_zero) {
    low = std::min(low, 0.0);
    high = std::max(high, 0.0);
  }
  return linear_scale(low, high, options);
}

Scale named_scale(const std::vector<std::string>& names) {
  Scale scale;
  scale.low = -0.5;
  scale.high = static_cast<double>(std::max<std::size_t>(names.size(), 1)) - 0.5;
  for (std::size_t i = 0; i < names.size(); ++i) scale.ticks.push_back(static_cast<double>(i));
  scale.labels = names;
  return scale;
}

std::string count(long long number) { return with_commas(fmt::format("{}", number)); }

std::string number(double value, int digits) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "-∞";
  if (value == 0) return "0";
  const double size = std::abs(value);
  // 9.999 to two digits is 10.
  const int exponent = exponent_of(size * (1 + 0.5 * power_of_ten(-digits)));
  if (size >= 1e7 || size < 1e-3 * (1 - 1e-9)) {
    std::string text = scientific(value, exponent - digits + 1);
    const std::size_t times = text.find("×"), point = text.find('.');
    if (point < times && times != std::string::npos) {
      std::string mantissa = text.substr(0, times);
      while (mantissa.back() == '0') mantissa.pop_back();
      if (mantissa.back() == '.') mantissa.pop_back();
      text = (mantissa == "1" ? std::string() : mantissa + "×") + text.substr(times + std::string("×").size());
    }
    return text;
  }
  std::string text = fixed(value, std::max(0, digits - 1 - exponent));
  if (text.find('.') != std::string::npos) {
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

}  // namespace fathom::chart
