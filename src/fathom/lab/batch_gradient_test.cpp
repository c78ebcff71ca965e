#include "fathom/lab/batch_gradient.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "fathom/graph/ops/reduce.hpp"
#include "fathom/nn/layers.hpp"

namespace fathom {
namespace {

// The loss of a row is the sum of x w: its gradient is the row itself, whatever w is.
struct Products : Module {
  Weight w{*this, "w", {.shape = {3}}};
  Weight unused{*this, "unused", {.shape = {2}}};
  Var losses(const Batch& b) const { return sum(b["x"] * w(), {1}); }
};

// All training rows once: the gradient of the whole part, of the learned weights that are not frozen.
TEST(BatchGradient, OfAllRowsIsTheirMean) {
  Tensor x({Dtype::f32, {4, 3}});
  for (Index i = 0; i < x.count(); ++i) x.set(i, static_cast<double>(i * i));
  const Products model;
  const TensorSource source({{"x", x}}, {.train = 4, .valid = 0, .test = 0});
  const Objective objective{.row_losses = [&](const Batch& b) { return model.losses(b); },
                            .outputs = [&](const Batch& b) { return model.losses(b); },
                            .penalty = [&] { return 3.0 * sum(model.unused()); }};
  BatchGradient gradient(objective, model.parameters(), source, 4);
  const Flat weights = model.parameters().initialise(1);
  const Flat& all = gradient.at(weights, std::vector<Index>{3, 1, 0, 2}, 1, 0);
  for (Index k = 0; k < 3; ++k) {
    double mean = 0;
    for (Index row = 0; row < 4; ++row) mean += static_cast<double>((row * 3 + k) * (row * 3 + k)) / 4;
    EXPECT_FLOAT_EQ(static_cast<float>(all.copy("w").at(k)), static_cast<float>(mean));
  }
  EXPECT_EQ(all.copy("unused").at(0), 3);
  BatchGradient frozen(objective, model.parameters(), source, 4, {"unused"});
  EXPECT_EQ(frozen.at(weights, std::vector<Index>{0, 1, 2, 3}, 1, 0).copy("unused").at(0), 0);
  EXPECT_THROW(gradient.at(weights, std::vector<Index>{0}, 1, 0), Error);
  EXPECT_THROW(BatchGradient(objective, model.parameters(), source, 4, {"unused", "w"}), Error);
}

// Dropout is a part of the noise: other steps draw others, the same step the same.
TEST(BatchGradient, DrawsDropoutByStep) {
  Tensor x({Dtype::f32, {4, 3}});
  for (Index i = 0; i < x.count(); ++i) x.set(i, 1);
  const Products model;
  const TensorSource source({{"x", x}}, {.train = 4, .valid = 0, .test = 0});
  const Objective objective{.row_losses = [&](const Batch& b) { return sum(dropout(b["x"] * model.w(), 0.5), {1}); },
                            .outputs = [&](const Batch& b) { return model.losses(b); }};
  BatchGradient gradient(objective, model.parameters(), source, 4);
  const Flat weights = model.parameters().initialise(1);
  const std::vector<Index> rows{0, 1, 2, 3};
  const auto at = [&](Index step) {
    const Tensor w = gradient.at(weights, rows, 7, step).copy("w");
    return std::vector<double>{w.at(0), w.at(1), w.at(2)};
  };
  const auto first = at(0), second = at(1);
  EXPECT_NE(first, second);
  EXPECT_EQ(at(0), first);
}

}  // namespace
}  // namespace fathom
