#include "fathom/inspect/row_sample.hpp"

#include <gtest/gtest.h>

#include "fathom/train/evaluator.hpp"

namespace fathom {
namespace {

TEST(RowSample, IsSpreadOverTheRowsOfEachPart) {
  const Tensor y({6}, {0.0f, 1.0f, 2.0f, 3.0f, 10.0f, 11.0f});
  const TensorSource source({{"y", y}}, {.train = 4, .valid = 2});
  const RowSample two(source, 2), all(source, 100);
  EXPECT_EQ(two.rows(Part::train), 2);
  EXPECT_EQ(two.rows(Part::valid), 2);
  EXPECT_EQ(two.rows(Part::test), 0);
  EXPECT_EQ(all.rows(Part::train), 4);
  BatchTensors batch = tensors_of(two.inputs(2));
  two.fill(Part::train, std::vector<Index>{0, 1}, batch);
  EXPECT_EQ(batch.at("y").at(0), 0);
  EXPECT_EQ(batch.at("y").at(1), 2);
  const RowSample one(source, 1);
  one.fill(Part::valid, std::vector<Index>{0}, batch);
  EXPECT_EQ(batch.at("y").at(0), 10);
  EXPECT_EQ(two.rows_of(Part::train), (std::vector<Index>{0, 2}));
}

}  // namespace
}  // namespace fathom
