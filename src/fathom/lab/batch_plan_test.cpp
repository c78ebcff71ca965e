#include "fathom/lab/batch_plan.hpp"

#include <gtest/gtest.h>

namespace fathom {
namespace {

using Sizes = std::vector<Index>;

TEST(BatchPlan, SizesFromOneToAll) {
  EXPECT_EQ(batch_sizes(1200, 32, 4), (Sizes{1, 4, 16, 32, 64, 256, 1200}));  // 1024 is too close to 1200
  EXPECT_EQ(batch_sizes(100, 64, 2), (Sizes{1, 2, 4, 8, 16, 32, 64, 100}));
  EXPECT_EQ(batch_sizes(1, 1, 4), (Sizes{1}));
  EXPECT_EQ(batch_sizes(2, 2, 4), (Sizes{1, 2}));
}

TEST(BatchPlan, TheDearestAreLeftOutAndOneIsKept) {
  const Sizes sizes{1, 4, 16, 64};
  const std::vector<double> cost{80, 20, 5, 2};
  BatchPlan plan = plan_batches(sizes, cost, 16, 200);
  EXPECT_EQ(plan.sizes, sizes);
  EXPECT_DOUBLE_EQ(plan.seconds, 107);
  plan = plan_batches(sizes, cost, 16, 30);
  EXPECT_EQ(plan.sizes, (Sizes{4, 16, 64}));
  EXPECT_EQ(plan.left_out, (Sizes{1}));
  EXPECT_DOUBLE_EQ(plan.seconds, 27);
  plan = plan_batches(sizes, cost, 1, 30);  // the configuration's own stays, whatever it costs
  EXPECT_EQ(plan.sizes, (Sizes{1}));
  EXPECT_DOUBLE_EQ(plan.seconds, 80);
}

TEST(BatchPlan, ChoosesEvenly) {
  const Sizes sizes{1, 4, 16, 64, 256, 1024, 4096, 9000};
  EXPECT_EQ(chosen_places(sizes, 64, 3), (std::vector<std::size_t>{0, 3, 7}));
  EXPECT_EQ(chosen_places(sizes, 64, 4), (std::vector<std::size_t>{0, 3, 5, 7}));
  EXPECT_EQ(chosen_places(sizes, 64, 20).size(), 8u);
  EXPECT_TRUE(chosen_places({}, 64, 3).empty());
}

}  // namespace
}  // namespace fathom
