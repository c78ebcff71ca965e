// Batches of a training, filled ahead: while one is trained on, the next is made on a thread of its own.
//
// 1. What is in a batch is a pure function of its rows and its step; who fills it, and when, changes nothing.
// 2. Batches that are filled faster than a thread can be woken are filled where they are needed.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "fathom/train/source.hpp"

namespace fathom {

class BatchFeeder {
 public:
  // Keeps a reference.
  BatchFeeder(const Source& source, Index batch);
  ~BatchFeeder();
  BatchFeeder(const BatchFeeder&) = delete;
  BatchFeeder& operator=(const BatchFeeder&) = delete;

  // The batch of these training rows for step `step`, valid until the next call; `next`: the rows of the step after it,
  // or none. Throws what filling throws.
  BatchTensors& get(std::span<const Index> rows, Index step, std::span<const Index> next);
  // Returns when nothing is being filled ahead: the threads that rows are read with are free. Errors wait for get().
  void settle();
  // Seconds that calls of get() and settle() took, all together.
  double waited() const { return waited_; }
  // Both buffers.
  std::size_t bytes() const;

  // A batch that takes longer to fill than this, in seconds, is filled ahead.
  static constexpr double worth_a_thread = 100e-6;

 private:
  struct Worker;
  void start_worker();

  const Source& source_;
  BatchTensors front_, back_;
  std::unique_ptr<Worker> worker_;
  double waited_ = 0, fill_seconds_ = 0;
};

}  // namespace fathom
