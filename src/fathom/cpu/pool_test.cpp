#include "fathom/graph/ops/pool.hpp"

#include <gtest/gtest.h>

#include "fathom/base/rng.hpp"
#include "fathom/cpu/executor.hpp"
#include "fathom/graph/evaluate.hpp"

namespace fathom {
namespace {

// Multiples of 1/2 in [-3/2, 3/2]: most windows have more than one largest, and sums are exact.
Tensor halves(const Type& type, Random& random) {
  Tensor tensor(type);
  for (Index i = 0; i < tensor.count(); ++i) tensor.set(i, 0.5 * (static_cast<double>(random.below(7)) - 3));
  return tensor;
}

// Images [n, h, w, c] and {window, stride, padding} that fit each other.
struct Geometry {
  Shape x;
  std::vector<Index> ints;
};
Geometry any_geometry(Random& random) {
  const auto in = [&](Index low, Index high) {
    return low + static_cast<Index>(random.below(static_cast<std::uint64_t>(high - low + 1)));
  };
  while (true) {
    const Index p = in(1, 4), q = in(1, 4);
    const Geometry g{{in(1, 2), in(1, 9), in(1, 9), in(1, 20)}, {p, q, in(1, 4), in(1, 4), in(0, p / 2), in(0, q / 2)}};
    if (g.x[1] + 2 * g.ints[4] >= p && g.x[2] + 2 * g.ints[5] >= q) return g;
  }
}

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
    Feed feed{{"x", halves(x.type(), random)}, {"t", halves(t.type(), random)}, {"y", halves(y.type(), random)}};
    Pool pool(1);
    Executor executor(make_plan({outputs, {}}), pool);
    for (auto& [name, tensor] : feed) executor.bind(name, tensor.view());
    executor.run();
    const std::vector<Tensor> expected = evaluate(outputs, feed);
    for (std::size_t k = 0; k < outputs.size(); ++k)
      visit(dtype, [&](auto zero) {
        const auto* found = executor.output(k).as<decltype(zero)>();
        for (Index i = 0; i < expected[k].count(); ++i)
          ASSERT_NEAR(static_cast<double>(found[i]), expected[k].at(i), dtype == Dtype::f32 ? 2e-6 : 1e-14)
              << outputs[k].node().op->name << " of " << to_string(geometry.x) << " by ["
              << fmt::format("{}", fmt::join(geometry.ints, ", ")) << "]";
      });
  }
}

}  // namespace
}  // namespace fathom
