#include "fathom/inspect/row_sample.hpp"

#include "fathom/inspect/loss_curvature.hpp"

namespace fathom {

RowSample::RowSample(const Source& source, Index most) : source_(source) {
  for (const Part part : {Part::train, Part::valid, Part::test})
    rows_[static_cast<std::size_t>(part)] = curvature::spread_rows(source, part, std::min(most, source.rows(part)));
}

void RowSample::fill(Part part, std::span<const Index> rows, BatchTensors& batch) const {
  std::vector<Index> own;
  for (const Index row : rows) own.push_back(rows_of(part)[static_cast<std::size_t>(row)]);
  source_.fill(part, own, batch);
}

}  // namespace fathom
