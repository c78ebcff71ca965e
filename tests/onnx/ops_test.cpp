// The law of lowerings: what ONNX Runtime makes of an op is what its reference makes of it, for every op there is.
#include "fathom/onnx/lower.hpp"
#include "onnx/runtime.hpp"
#include "tests/laws/sample.hpp"

namespace fathom {
namespace {

using laws::Case;

struct Expected {
  std::string text;
  std::size_t number;
  Tensor output;
};

// The op alone, with its operands as inputs of fixed shape.
onnx::Model model_of(const Op& op, const Case& c) {
  return onnx::to_onnx(
      [&](Trace& trace, Index) -> std::vector<std::pair<std::string, Var>> {
        Vars in;
        for (const Var& var : c.in) in.push_back(trace.graph().input(var.node().name, var.type()));
        return {{"y", trace.graph().apply(op, in, c.example.attributes)}};
      },
      {});
}

void check(OnnxRuntime& runtime, const std::vector<Expected>& all, double tolerance) {
  const auto results = runtime.run();
  for (const Expected& expected : all) {
    const auto& result = results[expected.number];
    EXPECT_EQ(result.error, "") << expected.text;
    if (!result.error.empty()) continue;
    EXPECT_TRUE(laws::near(result.outputs.front(), expected.output, tolerance)) << expected.text;
  }
}

void law_for(Dtype dtype, double tolerance, const std::set<std::string_view>& left_out) {
  OnnxRuntime runtime;
  std::vector<Expected> all;
  laws::for_each_case(dtype, [&](Case& c, Random&) {
    if (onnx::training_only().contains(c.op) || left_out.contains(c.op->name)) return;
    const onnx::Model model = model_of(*c.op, c);
    std::vector<std::pair<std::string, Tensor>> inputs(c.feed.begin(), c.feed.end());
    all.push_back({c.text(), runtime.add(model, inputs), evaluate(std::vector<Var>{c.out}, c.feed).front()});
  });
  ASSERT_GT(all.size(), 50u);
  check(runtime, all, tolerance);
}

TEST(OnnxLaw, EveryOpIsWhatItsReferenceIs) {
  NEEDS_ONNX_RUNTIME();
  law_for(Dtype::f32, 1e-5, {});
}

// ONNX Runtime's kernels for f64 are fewer, and it joins transpositions to products that it has in f32 alone.
TEST(OnnxLaw, SoIsEveryOpThatOnnxRuntimeHasInDoublePrecision) {
  NEEDS_ONNX_RUNTIME();
  law_for(Dtype::f64, 1e-12, {"erf", "cos", "conv", "conv_input", "matmul", "pool_sum"});
}

}  // namespace
}  // namespace fathom
