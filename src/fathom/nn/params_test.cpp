#include "fathom/nn/params.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "fathom/base/pool.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/graph/trace.hpp"
#include "fathom/nn/flat.hpp"

namespace fathom {
namespace {

struct Moments {
  double mean = 0, deviation = 0, low = 0, high = 0;
};

Moments moments(const TensorView& values) {
  Moments m;
  const auto n = static_cast<double>(values.type.shape.count());
  double squares = 0;
  for (double x : values.span<double>()) {
    m.mean += x / n;
    squares += x * x / n;
    m.low = std::min(m.low, x);
    m.high = std::max(m.high, x);
  }
  m.deviation = std::sqrt(squares - m.mean * m.mean);
  return m;
}

Moments drawn(const Init& init, Fans fans) {
  Tensor values(Type{Dtype::f64, {200'001}});
  initialise(values.view(), init, fans, 3, "w");
  return moments(values.view());
}

TEST(Init, HasTheSpreadOfItsFormula) {
  const Fans fans{.in = 30, .out = 20};
  const auto uniform = [&](const Init& init, double limit) {
    const Moments m = drawn(init, fans);
    EXPECT_NEAR(m.mean, 0, 0.01 * limit);
    EXPECT_NEAR(m.deviation, limit / std::sqrt(3.0), 0.01 * limit);
    EXPECT_GE(m.low, -limit);
    EXPECT_LT(m.high, limit);
    EXPECT_GT(m.high, 0.999 * limit);
  };
  const auto normal = [&](const Init& init, double deviation) {
    const Moments m = drawn(init, fans);
    EXPECT_NEAR(m.mean, 0, 0.01 * deviation);
    EXPECT_NEAR(m.deviation, deviation, 0.01 * deviation);
    EXPECT_GT(m.high, 3.5 * deviation);  // 200,000 normal numbers reach further than this
  };
  uniform(Init::uniform(0.7), 0.7);
  uniform(Init::glorot_uniform(), std::sqrt(6.0 / 50));
  uniform(Init::he_uniform(), std::sqrt(6.0 / 30));
  uniform(Init::lecun_uniform(), std::sqrt(3.0 / 30));
  normal(Init::normal(0.02), 0.02);
  normal(Init::glorot_normal(), std::sqrt(2.0 / 50));
  normal(Init::he_normal(), std::sqrt(2.0 / 30));
  normal(Init::lecun_normal(), std::sqrt(1.0 / 30));
  EXPECT_EQ(drawn(Init::constant(2.5), fans).high, 2.5);
  EXPECT_EQ(drawn(Init::zeros(), fans).deviation, 0);
}

TEST(Init, DrawsNeighboursIndependently) {
  Tensor values(Type{Dtype::f64, {100'000}});
  initialise(values.view(), Init::normal(1), {}, 1, "w");
  const double* x = values.as<double>();
  for (Index lag : {1, 2, 3}) {
    double product = 0, squares = 0;
    for (Index i = 0; i + lag < values.count(); ++i) {
      product += x[i] * x[i + lag];
      squares += x[i] * x[i] * x[i + lag] * x[i + lag];
    }
    EXPECT_NEAR(product / static_cast<double>(values.count()), 0, 0.015) << lag;
    EXPECT_NEAR(squares / static_cast<double>(values.count()), 1, 0.05) << lag;
  }
}

Parameters small(Dtype dtype) {
  Parameters all(dtype);
  all.add("table", {50, 3}, Init::normal(1), {});
  all.add("weight", {3, 5}, Init::glorot_uniform(), {.in = 3, .out = 5});
  all.add("bias", {5}, Init::constant(0.5), {});
  return all;
}

TEST(Parameters, LieInOneVectorAtCacheLines) {
  const Parameters all = small(Dtype::f32);
  EXPECT_EQ(all[0].offset, 0);
  EXPECT_EQ(all[1].offset, 160);
  EXPECT_EQ(all[2].offset, 176);
  EXPECT_EQ(all.total(), 192);
  EXPECT_EQ(all.learned(), 170);
  EXPECT_EQ(all.find("bias"), &all[2]);
  EXPECT_EQ(all.find("nobody"), nullptr);
}

TEST(Parameters, BeginTheSameWhateverSurroundsThem) {
  const Flat all = small(Dtype::f64).initialise(9);
  Parameters alone(Dtype::f64);
  alone.add("weight", {3, 5}, Init::glorot_uniform(), {.in = 3, .out = 5});
  const Flat one = alone.initialise(9);
  const Flat other_seed = alone.initialise(10);
  for (std::size_t i = 0; i < 15; ++i) {
    EXPECT_EQ(all.view("weight").span<double>()[i], one.view("weight").span<double>()[i]);
    EXPECT_NE(one.view("weight").span<double>()[i], other_seed.view("weight").span<double>()[i]);
  }
}

TEST(Parameters, BeginWithTheSameBitsForAnyNumberOfThreads) {
  Parameters all(Dtype::f32);
  all.add("table", {100'003, 3}, Init::normal(1), {});
  const int before = Pool::shared().threads();
  Pool::resize_shared(1);
  const Flat one = all.initialise(4);
  const double norm_one = norm(one);
  for (int threads : {2, 3, 7}) {
    Pool::resize_shared(threads);
    const Flat many = all.initialise(4);
    EXPECT_EQ(std::memcmp(one.values().view().data, many.values().view().data, one.values().bytes()), 0) << threads;
    EXPECT_EQ(norm(many), norm_one) << threads;
  }
  Pool::resize_shared(before);
}

TEST(Parameters, RefuseWhatCannotBe) {
  Parameters all;
  all.add("w", {2}, {}, {});
  EXPECT_THROW(all.add("w", {3}, {}, {}), Error);
  EXPECT_THROW(all.add("", {3}, {}, {}), Error);
  EXPECT_THROW(all.add("empty", {3, 0}, {}, {}), Error);
  EXPECT_THROW(Parameters{Dtype::i32}, Error);
}

TEST(Parameters, AreInputsOfTheCurrentTrace) {
  const Parameters all = small(Dtype::f64);
  Trace trace;
  const Vars vars = all.vars();
  ASSERT_EQ(vars.size(), 3u);
  EXPECT_EQ(vars[1], trace.graph().input("weight", {Dtype::f64, {3, 5}}));
  trace.leave();
  EXPECT_THROW(all.vars(), Error);
}

// The elements that no parameter owns.
template <class T>
bool gaps_are_zero(const Flat& flat) {
  std::vector<bool> owned(static_cast<std::size_t>(flat.total()));
  for (const Parameter& p : flat.layout())
    for (Index i = 0; i < p.type.shape.count(); ++i) owned[static_cast<std::size_t>(p.offset + i)] = true;
  for (std::size_t i = 0; i < owned.size(); ++i)
    if (!owned[i] && flat.values().span<T>()[i] != 0) return false;
  return true;
}

template <class T>
void check_algebra(double tolerance) {
  const Parameters layout = small(DtypeOf<T>::value);
  const Flat a = layout.initialise(1);
  Flat b = random_like(a, 2), c = random_like(a, 2, 1);
  EXPECT_NE(b.values().at(0), c.values().at(0));
  double expected_dot = 0;
  for (Index i = 0; i < a.total(); ++i) expected_dot += a.values().at(i) * b.values().at(i);
  EXPECT_NEAR(dot(a, b), expected_dot, tolerance);
  EXPECT_NEAR(norm(a) * norm(a), dot(a, a), tolerance * dot(a, a));
  const Flat before = b;
  axpy(0.5, a, b);
  for (Index i = 0; i < a.total(); ++i)
    EXPECT_NEAR(b.values().at(i), before.values().at(i) + 0.5 * a.values().at(i), tolerance);
  scale(b, -2);
  for (Index i = 0; i < a.total(); ++i)
    EXPECT_NEAR(b.values().at(i), -2 * before.values().at(i) - a.values().at(i), tolerance);
  fill(c, 3);
  EXPECT_NEAR(dot(c, c), 9.0 * 170, tolerance);
  EXPECT_EQ(norm(zeros_like(a)), 0);
  for (const Flat* flat : {&a, &std::as_const(b), &std::as_const(c), &before}) EXPECT_TRUE(gaps_are_zero<T>(*flat));
}

TEST(Flat, IsAVectorSpace) {
  check_algebra<double>(1e-12);
  check_algebra<float>(1e-4);
}

TEST(Flat, KnowsWhatDoesNotBelongTogether) {
  const Flat a = small(Dtype::f64).initialise(1);
  Flat same(small(Dtype::f64));
  axpy(1, a, same);  // an equal layout made elsewhere
  EXPECT_EQ(dot(a, a), dot(same, same));
  Parameters other(Dtype::f64);
  other.add("table", {50, 3}, {}, {});
  EXPECT_THROW(dot(a, Flat(other)), Error);
  EXPECT_THROW(a.view("nobody"), Error);
  EXPECT_EQ(a.copy("bias").at(4), 0.5);
}

}  // namespace
}  // namespace fathom
