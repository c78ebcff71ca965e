#include "fathom/graph/ops/pool.hpp"

#include <gtest/gtest.h>

#include "support/against_reference.hpp"

namespace fathom {
namespace {

// Images [n, h, w, c] and {window, stride, padding} that fit each other.
struct Geometry {
  Shape x;
  std::vector<Index> ints;
};
Geometry any_geometry(Random& random) {
  const auto in = [&](Index low, Index high) { return drawn_between(random, low, high); };
  while (true) {
    const Index p = in(1, 4), q = in(1, 4);
    const Geometry g{{in(1, 2), in(1, 9), in(1, 9), in(1, 20)}, {p, q, in(1, 4), in(1, 4), in(0, p / 2), in(0, q / 2)}};
    if (g.x[1] + 2 * g.ints[4] >= p && g.x[2] + 2 * g.ints[5] >= q) return g;
  }
}

// Of so few different numbers that most windows have more than one largest.
TEST(PoolKernels, GiveWhatTheReferenceGivesForAnyGeometryWithTies) {
  Random random(5, "pools");
  for (int round = 0; round < 300; ++round) {
    const Geometry geometry = any_geometry(random);
    const Dtype dtype = round % 2 == 0 ? Dtype::f32 : Dtype::f64;
    Graph graph;
    const Attributes attributes{geometry.ints, {}};
    Attributes with_size = attributes;
    with_size.ints.push_back(geometry.x[1]);
    with_size.ints.push_back(geometry.x[2]);
    const Var x = graph.input("x", {dtype, geometry.x}), t = graph.input("t", x.type());
    const Var largest = graph.apply(pool_max_op, {x}, attributes), y = graph.input("y", largest.type());
    const Vars outputs{graph.apply(pool_sum_op, {x}, attributes), graph.apply(pool_sum_input_op, {y}, with_size),
                       largest, graph.apply(pool_winners_op, {x, t}, attributes),
                       graph.apply(pool_max_input_op, {x, y}, attributes)};
    Feed feed{{"x", multiples(x.type(), 0.5, 3, random)},
              {"t", multiples(t.type(), 0.5, 3, random)},
              {"y", multiples(y.type(), 0.5, 3, random)}};
    expect_reference(outputs, feed, dtype == Dtype::f32 ? 2e-6 : 1e-14,
                     fmt::format("{} by [{}]", to_string(geometry.x), fmt::join(geometry.ints, ", ")));
  }
}

}  // namespace
}  // namespace fathom
