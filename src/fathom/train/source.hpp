// What a trainer draws batches from: rows in parts, copied by number into tensors of fixed shape.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "fathom/base/tensor.hpp"

namespace fathom {

enum class Part : std::uint8_t { train, valid, test };
std::string_view name_of(Part part);

// The tensors of one batch, by the name of the input that they are bound to.
using BatchTensors = std::map<std::string, Tensor>;

class Source {
 public:
  virtual ~Source() = default;

  // The type of each input for a batch of so many rows. One of them is `row_weight_name`, f32[batch].
  virtual std::map<std::string, Type> inputs(Index batch) const = 0;
  virtual Index rows(Part part) const = 0;
  // Copies the given rows of a part (numbers in [0, rows(part))). Rows beyond them, up to the batch's size, get weight
  // 0.
  virtual void fill(Part part, std::span<const Index> rows, BatchTensors& batch) const = 0;

  // The same for step `step` of a training, where the source may change rows by chance: a pure function of its
  // arguments. Called on another thread than fill, at the same time.
  virtual void fill_step(std::span<const Index> rows, [[maybe_unused]] Index step, BatchTensors& batch) const {
    fill(Part::train, rows, batch);
  }

  static constexpr const char* row_weight_name = "row_weight";
};

// Tensors in memory, one row along the first axis of each; the parts are ranges of rows.
class TensorSource final : public Source {
 public:
  struct Parts {
    Index train = 0, valid = 0, test = 0;  // how many rows, in this order
  };
  // Throws Error(usage) when the tensors differ in length or the parts do not add up to it.
  TensorSource(std::map<std::string, Tensor> columns, Parts parts);

  std::map<std::string, Type> inputs(Index batch) const override;
  Index rows(Part part) const override;
  void fill(Part part, std::span<const Index> rows, BatchTensors& batch) const override;

 private:
  std::map<std::string, Tensor> columns_;
  Parts parts_;
};

}  // namespace fathom
