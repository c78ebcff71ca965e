// Executor: replays a plan on the processor.
//
// 1. Everything is allocated when the executor is made; run() allocates nothing and takes no lock. (The first run after
//    its pool has grown allocates memory for the new workers.)
// 2. Inputs are bound by name to memory that the caller owns; an update writes into its target's binding.
// 3. Outputs stay valid and unchanged until the next run.
#pragma once

#include <map>
#include <string>

#include "fathom/cpu/kernel.hpp"

namespace fathom {

class Executor {
 public:
  explicit Executor(Plan plan, Pool& pool = Pool::shared());

  // Throws Error(usage) when there is no such input or its type differs. A binding stays until the input is bound
  // again.
  void bind(const std::string& name, TensorView view);
  // Whether the plan reads or updates an input of this name.
  bool needs(const std::string& name) const { return inputs_.contains(name); }
  // The names of inputs that are not bound yet.
  std::vector<std::string> unbound() const;
  // Needs: every input is bound.
  void run() noexcept;

  TensorView output(std::size_t i) const;
  const Plan& plan() const { return plan_; }
  // Bytes held beside the inputs: arena and scratch.
  std::size_t bytes() const { return plan_.arena_bytes + scratch_bytes_ + workers_ * worker_bytes_; }
  // The plan's steps, with the kernel of each and why others refused.
  std::string explain() const;

 private:
  void need_workers();

  Plan plan_;
  Pool& pool_;
  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<std::string> notes_;
  std::map<std::string, NodeId> inputs_;
  std::map<NodeId, std::vector<NodeId>> living_in_;  // by input: the nodes whose numbers lie in its buffer
  std::size_t scratch_bytes_ = 0, worker_bytes_ = 0, workers_ = 0;
  AlignedBytes arena_, scratch_, worker_memory_, constants_;
  std::vector<void*> values_;
};

}  // namespace fathom
