// Kernels of matmul.
#include "fathom/cpu/gemm.hpp"
#include "fathom/cpu/kernels.hpp"

namespace fathom {

namespace {

class MatmulJob final : public Job {
 public:
  MatmulJob(const Graph& graph, NodeId id)
      : a_(graph.node(id).operands[0]), b_(graph.node(id).operands[1]), c_(id), dtype_(graph.node(id).type.dtype) {
    const Node& node = graph.node(id);
    const Shape &a = graph.node(a_).type.shape, &out = node.type.shape;
    const int r = out.rank();
    const bool ta = node.attributes.ints[0] != 0, tb = node.attributes.ints[1] != 0;
    shape_ = {.m = out[r - 2], .n = out[r - 1], .k = ta ? a[r - 2] : a[r - 1], .transpose_a = ta, .transpose_b = tb};
    batch_ = out.count(0, r - 2);
    scratch_bytes = gemm_workspace(dtype_, shape_);
  }
  void run(const Replay& replay) const noexcept override {
    if (dtype_ == Dtype::f32)
      run_as<float>(replay);
    else
      run_as<double>(replay);
  }

 private:
  template <class T>
  void run_as(const Replay& replay) const noexcept {
    const Index lda = shape_.transpose_a ? shape_.m : shape_.k, ldb = shape_.transpose_b ? shape_.k : shape_.n;
    for (Index i = 0; i < batch_; ++i)
      gemm<T>(replay.pool, shape_,
              {replay.at<T>(a_) + i * shape_.m * shape_.k, lda, replay.at<T>(b_) + i * shape_.k * shape_.n, ldb,
               replay.at<T>(c_) + i * shape_.m * shape_.n, shape_.n},
              replay.scratch);
  }

  NodeId a_, b_, c_;
  Dtype dtype_;
  GemmShape shape_;
  Index batch_ = 1;
};

}  // namespace

std::vector<Kernel> product_kernels(const Op& op) {
  if (op.name == "matmul") return {{"packed product", never_refuse, make_job<MatmulJob>}};
  return {};
}

}  // namespace fathom
