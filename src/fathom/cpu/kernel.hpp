// Kernels: the ways in which this backend runs an op, best first, the reference last.
//
// 1. A kernel that cannot run a node says why; the reason is shown by explain().
// 2. A job is prepared once and run many times: it allocates nothing and does not throw.
// 3. Work is cut into chunks by shape alone, so results do not depend on the number of threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "fathom/base/pool.hpp"
#include "fathom/cpu/finish.hpp"
#include "fathom/plan/plan.hpp"

namespace fathom {

// What a job works on: the address of every value, and memory to scratch in.
struct Replay {
  Pool& pool;
  void* const* values;  // by node; reshapes point where their operand does
  std::byte* scratch;
  std::byte* workers;  // memory of the pool's workers, `worker_bytes` each
  std::size_t worker_bytes;
  Finish finish = {};  // for the pieces of the job's result, if it carries a group

  template <class T>
  T* at(NodeId id) const {
    return static_cast<T*>(values[id]);
  }
};

class Job {
 public:
  Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  virtual ~Job() = default;
  virtual void run(const Replay& replay) const noexcept = 0;
  // Whether run() hands each piece of the result to Replay::finish.
  virtual bool finishes() const { return false; }
  std::size_t scratch_bytes = 0;  // that the job works in
  std::size_t worker_bytes = 0;   // that each worker of the pool works in
};

struct Kernel {
  std::string_view name;
  std::string (*refuse)(const Graph& graph, const Node& node);  // empty: it can run the node
  std::unique_ptr<Job> (*make)(const Graph& graph, NodeId id);
};

// The kernels of an op, in order of preference; the reference is always the last. A user's op has its reference alone,
// whatever its name.
std::vector<Kernel> kernels_for(const Op& op);

// The kernel that runs a node, with a note of those that refused it and why.
struct Choice {
  Kernel kernel;
  std::string refusals;
};
Choice choose_kernel(const Graph& graph, const Node& node);

// The job of a step of elementwise groups.
std::unique_ptr<Job> make_group_job(const Plan& plan, const Step& step);
// The job of an op, and then of the group that reads its result: piece by piece if the op's job finishes pieces.
std::unique_ptr<Job> make_carrying_job(std::unique_ptr<Job> op, const Plan& plan, const Group& group);

}  // namespace fathom
