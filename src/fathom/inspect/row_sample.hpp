// RowSample: some of a source's rows, for losses that are computed many times.
#pragma once

#include "fathom/train/source.hpp"

namespace fathom {

// At most so many rows of each part, spread over it. Keeps a reference to the source.
class RowSample final : public Source {
 public:
  RowSample(const Source& source, Index most);
  std::map<std::string, Type> inputs(Index batch) const override { return source_.inputs(batch); }
  Index rows(Part part) const override { return static_cast<Index>(rows_of(part).size()); }
  void fill(Part part, std::span<const Index> rows, BatchTensors& batch) const override;

  // The source's numbers of the rows.
  const std::vector<Index>& rows_of(Part part) const { return rows_[static_cast<std::size_t>(part)]; }

 private:
  const Source& source_;
  std::vector<Index> rows_[3];
};

}  // namespace fathom
