// Reductions over long lines, along moved values and among equal ones.
#include "fathom/cpu/reduce.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>

#include "fathom/base/rng.hpp"
#include "fathom/cpu/executor.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/ops/elementwise.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/graph/ops/registry.hpp"
#include "fathom/graph/trace.hpp"
#include "laws/targets.hpp"

namespace fathom {
namespace {

// The values of f(x) by the plan, and by the reference.
struct Values {
  Tensor actual, expected;
};
template <class F>
Values values_of(F&& f, const Tensor& x) {
  Trace trace;
  const Var y = f(trace.graph().input("x", x.type()));
  Pool pool(2);
  Executor executor(make_plan({{y}, {}}), pool);
  executor.bind("x", x.view());
  executor.run();
  Values values{Tensor(y.type()), evaluate(std::vector<Var>{y}, {{"x", x}}).front()};
  std::memcpy(values.actual.view().data, executor.output(0).data, values.actual.bytes());
  return values;
}

Tensor numbers(const Type& type, double low, double high) {
  Random random(1, "reductions");
  Tensor tensor(type);
  for (Index i = 0; i < tensor.count(); ++i) tensor.set(i, low + (high - low) * random.uniform());
  return tensor;
}

TEST(Reductions, OfLongLinesAreTheReferences) {
  laws::for_each_target([] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (const Shape& shape : {Shape{65536}, Shape{65537}, Shape{200003}, Shape{2, 70001}, Shape{70001, 2}}) {
        const Tensor x = numbers({dtype, shape}, 0, 1);
        for (int axis = 0; axis < shape.rank(); ++axis)
          for (int op = 0; op < 4; ++op) {
            const auto [actual, expected] = values_of(
                [&](Var v) {
                  return op == 0 ? sum(v, {axis}) : op == 1 ? max(v, axis) : op == 2 ? logsumexp(v, axis) : sum(v);
                },
                x);
            for (Index i = 0; i < actual.count(); ++i)
              EXPECT_NEAR(actual.at(i) / expected.at(i), 1, dtype == Dtype::f32 ? 1e-6 : 1e-14)
                  << to_string(x.type()) << " axis " << axis << " op " << op;
          }
      }
  });
}

TEST(Reductions, LogsumexpMovesWithItsOperand) {
  laws::for_each_target([] {
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (const Shape& shape : {Shape{3, 37}, Shape{37, 3}})
        for (double shift : {-3e4, -1000.0, -100.0, 100.0, 1000.0, 3e4}) {
          const int axis = shape[0] == 3 ? 1 : 0;
          // In 64ths, so that the shifted numbers are exact.
          Tensor x({dtype, shape}), moved({dtype, shape});
          Random random(2, "shift");
          for (Index i = 0; i < x.count(); ++i) {
            x.set(i, static_cast<double>(random.below(512)) / 64 - 4);
            moved.set(i, x.at(i) + shift);
          }
          const auto f = [&](Var v) { return logsumexp(v, axis); };
          const Tensor here = values_of(f, x).actual, there = values_of(f, moved).actual;
          const double unit = dtype == Dtype::f32 ? 1.2e-7 : 2.3e-16;
          for (Index i = 0; i < here.count(); ++i)
            EXPECT_NEAR(there.at(i) - shift, here.at(i), 2 * unit * (std::abs(shift) + 10)) << shift;
        }
  });
}

TEST(Reductions, AmongEqualsTheFirstIsTheLargest) {
  for (const Shape& shape : {Shape{1, 40}, Shape{40, 1}}) {
    Tensor x({Dtype::f32, shape});
    for (Index i : {7, 8, 23}) x.set(i, 5);
    const int axis = shape[0] == 1 ? 1 : 0;
    EXPECT_EQ(values_of([&](Var v) { return argmax(v, axis); }, x).actual.at(0), 7);
    EXPECT_EQ(values_of([&](Var v) { return max(v, axis); }, x).actual.at(0), 5);
    x.set(31, std::nan(""));
    EXPECT_EQ(values_of([&](Var v) { return argmax(v, axis); }, x).actual.at(0), 31);
    EXPECT_TRUE(std::isnan(values_of([&](Var v) { return max(v, axis); }, x).actual.at(0)));
  }
}

TEST(Reductions, MaximumAndMinimumOfZerosAreTheReferences) {
  laws::for_each_target([] {
    const Tensor x({4}, {0.f, -0.f, 0.f, -0.f}), y({4}, {0.f, 0.f, -0.f, -0.f});
    for (const Op* op : {&maximum_op, &minimum_op}) {
      Trace trace;
      const Var z = trace.graph().apply(*op, {trace.graph().input("x", x.type()), trace.graph().input("y", y.type())});
      Executor executor(make_plan({{z}, {}}));
      executor.bind("x", x.view());
      executor.bind("y", y.view());
      executor.run();
      const Tensor expected = evaluate(std::vector<Var>{z}, {{"x", x}, {"y", y}}).front();
      EXPECT_EQ(std::memcmp(executor.output(0).data, expected.view().data, 16), 0) << op->name;
    }
  });
}

}  // namespace
}  // namespace fathom
