// Kernels beside the reference executor, on geometries that are drawn.
#pragma once

#include <gtest/gtest.h>

#include "fathom/base/rng.hpp"
#include "fathom/cpu/executor.hpp"
#include "fathom/graph/evaluate.hpp"

namespace fathom {

// A whole number in [low, high].
inline Index drawn_between(Random& random, Index low, Index high) {
  return low + static_cast<Index>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

// Multiples of `step`, a power of 2, by whole numbers in [-most, most]: their sums are exact.
inline Tensor multiples(const Type& type, double step, Index most, Random& random) {
  Tensor tensor(type);
  for (Index i = 0; i < tensor.count(); ++i)
    tensor.set(i, step * static_cast<double>(drawn_between(random, -most, most)));
  return tensor;
}

// Every element of the outputs, all of one float type, as the reference has it, to `allowed`.
inline void expect_reference(const Vars& outputs, Feed& feed, double allowed, const std::string& where) {
  Pool pool(1);
  Executor executor(make_plan({outputs, {}}), pool);
  for (auto& [name, tensor] : feed) executor.bind(name, tensor.view());
  executor.run();
  const std::vector<Tensor> expected = evaluate(outputs, feed);
  for (std::size_t k = 0; k < outputs.size(); ++k)
    visit(outputs[k].type().dtype, [&](auto zero) {
      const auto* found = executor.output(k).as<decltype(zero)>();
      for (Index i = 0; i < expected[k].count(); ++i)
        ASSERT_NEAR(static_cast<double>(found[i]), expected[k].at(i), allowed)
            << outputs[k].node().op->name << " of " << where;
    });
}

}  // namespace fathom
