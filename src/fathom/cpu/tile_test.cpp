// The laws of tile kernels: accuracy; and that a number's result is the same at any place, in any tail, at any
// alignment and over any operand. (Special values are compared with the references in tests/laws.)
#include "fathom/cpu/tile.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <tuple>
#include <vector>

#include "fathom/base/rng.hpp"
#include "fathom/graph/ops/registry.hpp"
#include "laws/targets.hpp"

namespace fathom {
namespace {

template <class T>
std::vector<T> apply(std::string_view op, const std::vector<std::vector<T>>& from, double attribute = 0) {
  std::vector<T> to(from[0].size());
  const void* operands[3] = {};
  for (std::size_t i = 0; i < from.size(); ++i) operands[i] = from[i].data();
  tile_kernel(*find_op(op), DtypeOf<T>::value)(to.data(), operands, &attribute, to.size());
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

// f32: about two million numbers, evenly over all bit patterns.
// f64: random bit patterns, and random numbers of common size.
template <class T>
std::vector<T> sweep() {
  std::vector<T> values;
  if constexpr (sizeof(T) == 4) {
    for (std::uint64_t pattern = 0; pattern < (std::uint64_t{1} << 32); pattern += 2039)
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
  std::vector<long double> exact(x.size());
  for (const Stated& f : functions) {
    for (std::size_t i = 0; i < x.size(); ++i) exact[i] = f.exact(static_cast<long double>(x[i]));
    laws::for_each_target([&] {
      const std::vector<T> y = apply<T>(f.name, {x});
      double worst = 0;
      std::size_t where = 0;
      for (std::size_t i = 0; i < x.size(); ++i)
        if (const double error = ulps(y[i], exact[i]); error > worst) {
          worst = error;
          where = i;
        }
      EXPECT_LE(worst, sizeof(T) == 4 ? f.f32 : f.f64)
          << f.name << " " << name_of(DtypeOf<T>::value)
          << fmt::format(" of {:.17g} gives {:.17g}, not {:.17g}", x[where], y[where],
                         static_cast<double>(exact[where]));
      if (std::getenv("FATHOM_PRINT_ULPS"))
        fmt::print("{:8} {} {} {:10.3f} ulp at {:.9g}\n", f.name, name_of(DtypeOf<T>::value), simd_target(), worst,
                   x[where]);
    });
  }
}

TEST(TileAccuracy, IsAsStatedInF32) { expect_accuracy<float>(); }
TEST(TileAccuracy, IsAsStatedInF64) { expect_accuracy<double>(); }

// --- places ------------------------------------------------------------------------------------------------------

struct Named {
  std::string name;
  TileKernel kernel;
  std::size_t arity;
};

// Every tile kernel of a type.
std::vector<Named> kernels_of(Dtype dtype) {
  std::vector<Named> kernels;
  for (const Op* op : all_ops())
    if (const TileKernel kernel = tile_kernel(*op, dtype))
      kernels.push_back({std::string(op->name), kernel, static_cast<std::size_t>(op->arity)});
  for (const auto& [name, step, arity] : {std::tuple{"copy", TileStep::copy, 1},
                                          {"fill", TileStep::fill, 0},
                                          {"mul_add", TileStep::mul_add, 3},
                                          {"mul_sub", TileStep::mul_sub, 3},
                                          {"sub_mul", TileStep::sub_mul, 3},
                                          {"mul_mul_add", TileStep::mul_mul_add, 4},
                                          {"mul_mul_sub", TileStep::mul_mul_sub, 4}})
    kernels.push_back({name, tile_kernel(step, dtype), static_cast<std::size_t>(arity)});
  return kernels;
}

constexpr std::size_t most_operands = 4;
constexpr double exponent = 2.5;  // of pow; the number of fill

template <class T>
void expect_places_do_not_matter(const Named& kernel) {
  constexpr std::size_t lanes = 64 / sizeof(T), longest = 2 * lanes + 3;
  // Numbers of every kind, so that the special lanes of a vector stand beside plain ones.
  Random random(3, kernel.name);
  const T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
  const std::vector<T> special{0, T(-0.0), 1, inf, -inf, nan, T(1e-30), T(3e6), T(-120), T(1e30)};
  std::vector<std::vector<T>> operands(most_operands, std::vector<T>(longest));
  for (auto& operand : operands)
    for (T& x : operand)
      x = random.below(4) == 0 ? special[random.below(special.size())] : static_cast<T>(6 * random.uniform() - 3);
  std::vector<T> alone(longest);
  for (std::size_t i = 0; i < longest; ++i) {
    const void* from[most_operands];
    for (std::size_t k = 0; k < most_operands; ++k) from[k] = &operands[k][i];
    kernel.kernel(&alone[i], from, &exponent, 1);
  }
  for (std::size_t n = 0; n <= longest; ++n)
    for (std::size_t shift = 0; shift <= lanes; ++shift)
      // Where the result goes: into memory of its own, or over an operand.
      for (std::size_t over = 0; over <= kernel.arity; ++over) {
        // Blocks that end where their numbers end, so that a sanitizer sees a read beyond them.
        std::vector<std::vector<T>> memory;
        const void* from[most_operands] = {};
        for (std::size_t k = 0; k < kernel.arity; ++k) {
          const std::size_t own = (shift + k * (n % 3)) % (lanes + 1);
          memory.emplace_back(own + n);
          std::copy_n(operands[k].data(), n, memory.back().data() + own);
          from[k] = memory.back().data() + own;
        }
        std::vector<T> result(shift + n + lanes, T(77));
        T* to = over < kernel.arity ? static_cast<T*>(const_cast<void*>(from[over])) : result.data() + shift;
        kernel.kernel(to, from, &exponent, n);
        for (std::size_t i = 0; i < n; ++i)
          ASSERT_TRUE(same(to[i], alone[i])) << kernel.name << " " << name_of(DtypeOf<T>::value) << " n " << n
                                             << " shift " << shift << " over " << over << " element " << i;
        for (std::size_t i = 0; i < result.size(); ++i) {
          const bool written = over == kernel.arity && i >= shift && i < shift + n;
          ASSERT_TRUE(written || result[i] == T(77)) << kernel.name << " n " << n << " shift " << shift;
        }
      }
}

TEST(TilePlaces, DoNotMatter) {
  laws::for_each_target([] {
    for (const Named& kernel : kernels_of(Dtype::f32)) expect_places_do_not_matter<float>(kernel);
    for (const Named& kernel : kernels_of(Dtype::f64)) expect_places_do_not_matter<double>(kernel);
  });
}

TEST(TileKernels, EveryElementwiseOpOnFloatsHasOne) {
  for (const Op* op : all_ops()) {
    // A cast is between types, and a stopped gradient moves no number: neither is ever in a group.
    const bool grouped = op->kind == Kind::elementwise && op->name != "cast" && op->name != "stop_gradient";
    for (Dtype dtype : {Dtype::f32, Dtype::f64}) EXPECT_EQ(tile_kernel(*op, dtype) != nullptr, grouped) << op->name;
    EXPECT_EQ(tile_kernel(*op, Dtype::i32), nullptr) << op->name;
  }
}

}  // namespace
}  // namespace fathom
