// The laws of tile kernels: what they say of accuracy, special values, tails and operands that share memory.
#include "fathom/cpu/tile.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <vector>

#include "fathom/base/rng.hpp"

namespace fathom {
namespace {

template <class T>
std::vector<T> apply(std::string_view op, const std::vector<std::vector<T>>& from, double attribute = 0) {
  std::vector<T> to(from[0].size());
  const void* operands[3] = {};
  for (std::size_t i = 0; i < from.size(); ++i) operands[i] = from[i].data();
  tile_kernel(op, DtypeOf<T>::value)(to.data(), operands, &attribute, to.size());
  return to;
}

template <class T>
auto bits(T value) {
  if constexpr (sizeof(T) == 4)
    return std::bit_cast<std::uint32_t>(value);
  else
    return std::bit_cast<std::uint64_t>(value);
}

// NaN equals NaN; zeros are told apart.
template <class T>
bool same(T a, T b) {
  return (std::isnan(a) && std::isnan(b)) || bits(a) == bits(b);
}

// The distance in units of the last place of the exact value, where both are finite; 0 where they are the same
// infinity, NaN or zero.
template <class T>
double ulps(T value, long double exact) {
  const T rounded = static_cast<T>(exact);
  if (same(value, rounded)) return 0;
  if (!std::isfinite(value) || !std::isfinite(rounded)) {
    // An infinity beside the largest number is close; anything else is not.
    const T most = std::numeric_limits<T>::max();
    const bool close = !std::isnan(value) && !std::isnan(rounded) && std::abs(value) >= most &&
                       std::abs(rounded) >= most && std::signbit(value) == std::signbit(rounded);
    return close ? 1 : 1e9;
  }
  if (value == 0 && rounded == 0) return 1e9;  // zeros of different sign
  const int exponent = std::max(std::ilogb(rounded == 0 ? std::numeric_limits<T>::denorm_min() : rounded),
                                std::numeric_limits<T>::min_exponent - 1);
  return static_cast<double>(std::abs(static_cast<long double>(value) - exact) /
                             std::ldexp(1.0L, exponent - std::numeric_limits<T>::digits + 1));
}

// f32: about four million numbers, evenly over all bit patterns. f64: random bit patterns, and random numbers of common
// size.
template <class T>
std::vector<T> sweep() {
  std::vector<T> values;
  if constexpr (sizeof(T) == 4) {
    for (std::uint64_t pattern = 0; pattern < (std::uint64_t{1} << 32); pattern += 1021)
      values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(pattern)));
  } else {
    Random random(5, "sweep");
    for (int i = 0; i < 100000; ++i) values.push_back(std::bit_cast<double>(random.bits()));
    for (int i = 0; i < 100000; ++i)
      values.push_back(random.normal() * std::ldexp(1.0, static_cast<int>(random.below(24)) - 12));
    for (int i = 0; i < 50000; ++i) values.push_back(random.uniform() * 1500 - 750);
  }
  const T inf = std::numeric_limits<T>::infinity();
  for (T x : {T(0), T(1), inf, std::numeric_limits<T>::quiet_NaN(), std::numeric_limits<T>::denorm_min(),
              std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), T(88.72283), T(88.72284), T(103.97), T(104),
              T(709.7827), T(709.7828), T(745.1), T(745.2), T(0.5), T(1e-5), T(17), T(3.14159265358979)}) {
    values.push_back(x);
    values.push_back(-x);
    values.push_back(std::nextafter(x, inf));
    values.push_back(std::nextafter(-x, inf));
  }
  return values;
}

using Exact = std::function<long double(long double)>;

long double exact_sigmoid(long double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

struct Stated {
  std::string name;
  Exact exact;
  double f32, f64;  // the stated errors
};
const std::vector<Stated> functions{
    {"exp", [](long double x) { return std::exp(x); }, 2, 2},
    {"log", [](long double x) { return std::log(x); }, 2, 2},
    {"expm1", [](long double x) { return std::expm1(x); }, 4, 4},
    {"log1p", [](long double x) { return std::log1p(x); }, 3, 3},
    {"sqrt", [](long double x) { return std::sqrt(x); }, 0.501, 0.501},
    {"rsqrt", [](long double x) { return 1 / std::sqrt(x); }, 1.5, 1.5},
    {"tanh", [](long double x) { return std::tanh(x); }, 3, 3},
    {"sigmoid", exact_sigmoid, 3, 3},
    {"erf", [](long double x) { return std::erf(x); }, 3, 3},
    {"sin", [](long double x) { return std::sin(x); }, 2, 2},
    {"cos", [](long double x) { return std::cos(x); }, 2, 2},
};

template <class T>
void expect_accuracy() {
  const std::vector<T> x = sweep<T>();
  for (const Stated& f : functions) {
    const std::vector<T> y = apply<T>(f.name, {x});
    double worst = 0;
    std::size_t where = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      // The exact value of an f32 function in f64 is exact enough, and much faster to find.
      const long double exact = sizeof(T) == 4 && f.name != "sigmoid"
                                    ? static_cast<long double>(f.exact(static_cast<long double>(x[i])))
                                    : f.exact(static_cast<long double>(x[i]));
      if (const double error = ulps(y[i], exact); error > worst) {
        worst = error;
        where = i;
      }
    }
    EXPECT_LE(worst, sizeof(T) == 4 ? f.f32 : f.f64)
        << f.name << " " << name_of(DtypeOf<T>::value)
        << fmt::format(" of {:.17g} gives {:.17g}, not {:.17g}", x[where], y[where],
                       static_cast<double>(f.exact(static_cast<long double>(x[where]))));
    if (std::getenv("FATHOM_PRINT_ULPS"))
      fmt::print("{:8} {} {:10.3f} ulp at {:.9g}\n", f.name, name_of(DtypeOf<T>::value), worst, x[where]);
  }
}

TEST(TileAccuracy, IsAsStatedInF32) { expect_accuracy<float>(); }
TEST(TileAccuracy, IsAsStatedInF64) { expect_accuracy<double>(); }

}  // namespace
}  // namespace fathom
