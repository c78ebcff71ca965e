// Kernels of the pools.
#include <algorithm>

#include "fathom/cpu/kernels.hpp"
#include "fathom/cpu/pool.hpp"

namespace fathom {

namespace {

constexpr Index chunk_elements = 8192;  // of images

// Rows of one image at a time: those of the result, and as many of the image as they read.
class PoolJob final : public Job {
 public:
  PoolJob(const Graph& graph, NodeId id)
      : op_(*graph.node(id).op), dtype_(graph.node(id).type.dtype), operands_(graph.node(id).operands), to_(id) {
    std::vector<Type> types;
    for (NodeId operand : operands_) types.push_back(graph.node(operand).type);
    geometry_ = pool_geometry(op_, types, graph.node(id).attributes);
    const PoolGeometry& g = geometry_;
    to_images_ = &op_ == &pool_sum_input_op || &op_ == &pool_max_input_op;
    const Index windows = std::max<Index>(1, chunk_elements / std::max<Index>(1, g.stride[0] * g.w * g.c));
    rows_ = to_images_ ? g.h : g.i;
    per_chunk_ = to_images_ ? windows * g.stride[0] : windows;
  }
  void run(const Replay& replay) const noexcept override {
    visit_float(dtype_, [&](auto zero) { run_as<decltype(zero)>(replay); });
  }

 private:
  template <class T>
  void run_as(const Replay& replay) const noexcept {
    const PoolKernels<T> kernels = pool_kernels_of<T>();
    const PoolGeometry& g = geometry_;
    const Index x_size = g.h * g.w * g.c, y_size = g.i * g.j * g.c, across = (rows_ + per_chunk_ - 1) / per_chunk_;
    const T *a = replay.at<const T>(operands_.front()), *b = replay.at<const T>(operands_.back());
    T* to = replay.at<T>(to_);
    replay.pool.run(g.n * across, [&](std::int64_t chunk) {
      const Index n = chunk / across, first = chunk % across * per_chunk_, last = std::min(rows_, first + per_chunk_);
      if (&op_ == &pool_sum_op)
        kernels.sum(g, a + n * x_size, to + n * y_size, first, last);
      else if (&op_ == &pool_max_op)
        kernels.max(g, a + n * x_size, to + n * y_size, first, last);
      else if (&op_ == &pool_winners_op)
        kernels.winners(g, a + n * x_size, b + n * x_size, to + n * y_size, first, last);
      else if (&op_ == &pool_sum_input_op)
        kernels.sum_input(g, a + n * y_size, to + n * x_size, first, last);
      else
        kernels.max_input(g, a + n * x_size, b + n * y_size, to + n * x_size, first, last);
    });
  }

  const Op& op_;
  Dtype dtype_;
  std::vector<NodeId> operands_;
  NodeId to_;
  PoolGeometry geometry_;
  bool to_images_;
  Index rows_, per_chunk_;
};

}  // namespace

std::vector<Kernel> pool_kernels(const Op& op) {
  for (const Op* known : {&pool_sum_op, &pool_sum_input_op, &pool_max_op, &pool_winners_op, &pool_max_input_op})
    if (&op == known) return {{"vectors of channels", never_refuse, make_job<PoolJob>}};
  return {};
}

}  // namespace fathom
