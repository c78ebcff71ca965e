// The rows of a dataset with their images augmented where they are trained on, and only there.
#pragma once

#include "fathom/data/augment.hpp"
#include "fathom/train/prepare.hpp"

namespace fathom {

class AugmentedSource final : public Source {
 public:
  // Keeps a reference. Throws Error(config) for data without images, pixels beyond the images' size, and mixed images
  // beside other inputs or numbers as targets.
  AugmentedSource(const DatasetSource& source, const Augmentation& how, std::uint64_t seed);

  std::map<std::string, Type> inputs(Index batch) const override;
  Index rows(Part part) const override { return source_.rows(part); }
  void fill(Part part, std::span<const Index> rows, BatchTensors& batch) const override {
    source_.fill(part, rows, batch);
  }
  void fill_step(std::span<const Index> rows, Index step, BatchTensors& batch) const override;

 private:
  const DatasetSource& source_;
  Augmentation how_;
  std::uint64_t seed_;
  Normaliser normaliser_;
};

}  // namespace fathom
