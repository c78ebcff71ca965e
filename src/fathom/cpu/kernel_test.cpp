// Which kernels an op gets: by the op itself, never by its name.
#include "fathom/cpu/kernel.hpp"

#include <gtest/gtest.h>

#include "fathom/cpu/executor.hpp"
#include "fathom/cpu/thin_product.hpp"
#include "fathom/graph/ops/random.hpp"
#include "fathom/graph/ops/registry.hpp"
#include "fathom/graph/trace.hpp"

namespace fathom {
namespace {

// A user's op: its operand and 7.
Op plus_seven(std::string_view name, Kind kind) {
  return {.name = name,
          .kind = kind,
          .infer = [](std::span<const Type> in, const Attributes&) { return in[0]; },
          .rules = {{}},
          .reference =
              [](const ReferenceCall& call) {
                for (Index i = 0; i < call.out.type.shape.count(); ++i)
                  call.out.as<float>()[i] = call.in[0].as<float>()[i] + 7;
              },
          .about = "x + 7"};
}

TEST(Kernels, ACustomOpRunsItsOwnReferenceWhateverItsName) {
  std::vector<std::string_view> names{"copy", "fill", "mul_add", "mul_sub", "sub_mul", "mul_mul_add", "mul_mul_sub"};
  for (const Op* op : all_ops()) names.push_back(op->name);
  for (Kind kind : {Kind::elementwise, Kind::whole})
    for (std::string_view name : names) {
      const Op op = plus_seven(name, kind);
      Trace trace;
      const Var x = trace.graph().input("x", {Dtype::f32, {3}}), y = trace.graph().apply(op, {x}, {{0, 0}, {2}});
      Executor executor(make_plan({{y, sum(y)}, {}}));
      Tensor fed({3}, {1.f, 2.f, 3.f});
      executor.bind("x", fed.view());
      executor.run();
      for (Index i = 0; i < 3; ++i) EXPECT_EQ(executor.output(0).as<float>()[i], 8 + static_cast<float>(i)) << name;
    }
}

TEST(Kernels, RandomNumbersAreFloats) {
  Trace trace;
  const Var key = trace.graph().input("key", {Dtype::i32, {4}});
  EXPECT_THROW(uniform(key, 0, {Dtype::i32, {3}}), Error);
  EXPECT_THROW(normal(key, 0, {Dtype::i32, {3}}), Error);
}

TEST(Kernels, ThePlanSaysWhichKernelRunsAndWhyABetterOneDoesNot) {
  Trace trace;
  const Var a = trace.graph().input("a", {Dtype::f32, {40, 4}}), b = trace.graph().input("b", {Dtype::f32, {4, 50}}),
            c = trace.graph().input("c", {Dtype::f32, {4, 3}}), x = trace.graph().input("x", {Dtype::f32, {4, 1}});
  const std::string text = Executor(make_plan({{matmul(a, b), matmul(a, c), matmul(a, x)}, {}})).explain();
  const std::string no_vector = "not product with a vector: neither operand is a vector";
  EXPECT_NE(
      text.find("[register blocks; " + no_vector + "; not thin product: no side so short that blocks are slower here]"),
      text.npos)
      << text;
  if (refuse_thin_product({.m = 40, .n = 3, .k = 4}).empty()) {
    EXPECT_NE(text.find("[thin product; " + no_vector + "]"), text.npos) << text;
  }
  EXPECT_NE(text.find("[product with a vector]"), text.npos) << text;
}

TEST(Kernels, EveryListEndsWithTheReference) {
  for (const Op* op : all_ops()) EXPECT_EQ(kernels_for(*op).back().name, "reference") << op->name;
}

}  // namespace
}  // namespace fathom
