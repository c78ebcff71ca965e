#include "fathom/graph/ops/conv.hpp"

#include <gtest/gtest.h>

#include <numeric>

#include "support/against_reference.hpp"

namespace fathom {
namespace {

// Images [n, h, w, c], weights [p, q, c / groups, o] and {stride, padding before and after, dilation, groups} that fit
// each other.
struct ConvGiven {
  Shape x, w;
  std::vector<Index> ints;
};
ConvGiven any_conv(Random& random) {
  const auto in = [&](Index low, Index high) { return drawn_between(random, low, high); };
  while (true) {
    const Index groups = in(1, 3), channels = in(1, 6), outputs = in(1, 11), p = in(1, 4), q = in(1, 4);
    const ConvGiven g{{in(1, 2), in(1, 11), in(1, 11), groups * channels},
                      {p, q, channels, groups * outputs},
                      {in(1, 4), in(1, 4), in(0, 3), in(0, 3), in(0, 3), in(0, 3), in(1, 4), in(1, 4), groups}};
    const auto fits = [&](int axis) {
      const auto at = static_cast<std::size_t>(axis);
      return g.x[1 + axis] + g.ints[2 + at] + g.ints[4 + at] >= g.ints[6 + at] * (g.w[axis] - 1) + 1;
    };
    if (fits(0) && fits(1)) return g;
  }
}

TEST(ConvKernels, GiveWhatTheReferenceGivesForAnyGeometry) {
  Random random(6, "convolutions");
  int with_a_common_factor = 0;
  for (int round = 0; round < 200; ++round) {
    const ConvGiven geometry = any_conv(random);
    const Dtype dtype = round % 2 == 0 ? Dtype::f32 : Dtype::f64;
    for (const std::size_t axis : {0u, 1u})
      with_a_common_factor += std::gcd(geometry.ints[axis], geometry.ints[6 + axis]) > 1 ? 1 : 0;
    Graph graph;
    const Attributes attributes{geometry.ints, {}};
    const auto with = [&](Index rows, Index columns) {
      Attributes result = attributes;
      result.ints.insert(result.ints.end(), {rows, columns});
      return result;
    };
    const Var x = graph.input("x", {dtype, geometry.x}), w = graph.input("w", {dtype, geometry.w});
    const Var conv = graph.apply(conv_op, {x, w}, attributes), y = graph.input("y", conv.type());
    const Vars outputs{conv, graph.apply(conv_input_op, {y, w}, with(geometry.x[1], geometry.x[2])),
                       graph.apply(conv_weight_op, {x, y}, with(geometry.w[0], geometry.w[1]))};
    Feed feed{{"x", multiples(x.type(), 0.125, 8, random)},
              {"w", multiples(w.type(), 0.125, 8, random)},
              {"y", multiples(y.type(), 0.125, 8, random)}};
    expect_reference(outputs, feed, 0,
                     fmt::format("{} by {} with [{}]", to_string(geometry.x), to_string(geometry.w),
                                 fmt::join(geometry.ints, ", ")));
  }
  EXPECT_GT(with_a_common_factor, 50);
}

}  // namespace
}  // namespace fathom
