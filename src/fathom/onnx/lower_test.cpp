#include "fathom/onnx/lower.hpp"

#include <gtest/gtest.h>

#include "fathom/graph/ops/registry.hpp"

namespace fathom::onnx {
namespace {

TEST(OnnxLowering, EveryOpHasOneOrBelongsToTrainingAlone) {
  for (const Op* op : all_ops()) EXPECT_NE(lowering_of(*op) != nullptr, training_only().contains(op)) << op->name;
}

TEST(OnnxDims, AreLinearInTheBatch) {
  EXPECT_EQ(dim_of(7, 7), (Dim{7, 0}));
  EXPECT_EQ(dim_of(first_batch, second_batch), (Dim{0, 1}));
  EXPECT_EQ(dim_of(first_batch * 3 - 2, second_batch * 3 - 2), (Dim{-2, 3}));
  EXPECT_THROW(dim_of(first_batch / 2, second_batch / 2), Error);
  EXPECT_THROW(dim_of(first_batch * first_batch, second_batch * second_batch + 1), Error);
}

}  // namespace
}  // namespace fathom::onnx
