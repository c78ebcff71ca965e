// Kernels of matmul.
#include "fathom/cpu/gemm.hpp"
#include "fathom/cpu/kernels.hpp"
#include "fathom/cpu/vector_product.hpp"
#include "fathom/graph/ops/matmul.hpp"

namespace fathom {

namespace {

GemmShape shape_of(const Graph& graph, const Node& node) {
  const Shape &a = graph.node(node.operands[0]).type.shape, &out = node.type.shape;
  const int r = out.rank();
  const bool ta = node.attributes.ints[0] != 0, tb = node.attributes.ints[1] != 0;
  return {.m = out[r - 2], .n = out[r - 1], .k = ta ? a[r - 2] : a[r - 1], .transpose_a = ta, .transpose_b = tb};
}

// Base of the products: one for each pair of matrices.
class ProductJob : public Job {
 public:
  ProductJob(const Graph& graph, NodeId id)
      : shape_(shape_of(graph, graph.node(id))),
        dtype_(graph.node(id).type.dtype),
        a_(graph.node(id).operands[0]),
        b_(graph.node(id).operands[1]),
        c_(id),
        pairs_(graph.node(id).type.shape.count(0, graph.node(id).type.shape.rank() - 2)) {}

 protected:
  // Calls f(a, b, c, number of c's first element) for each pair.
  template <class F>
  void each_pair(const Replay& replay, F&& f) const noexcept {
    visit_float(dtype_, [&](auto zero) {
      using T = decltype(zero);
      for (Index i = 0; i < pairs_; ++i)
        f(replay.at<const T>(a_) + i * shape_.m * shape_.k, replay.at<const T>(b_) + i * shape_.k * shape_.n,
          replay.at<T>(c_) + i * shape_.m * shape_.n, i * shape_.m * shape_.n);
    });
  }

  GemmShape shape_;
  Dtype dtype_;

 private:
  NodeId a_, b_, c_;
  Index pairs_;
};

class VectorProductJob final : public ProductJob {
 public:
  VectorProductJob(const Graph& graph, NodeId id) : ProductJob(graph, id) {
    // A row times B is B' times the row.
    vector_ = {.rows = column() ? shape_.m : shape_.n,
               .depth = shape_.k,
               .transposed = column() ? shape_.transpose_a : !shape_.transpose_b};
    scratch_bytes = vector_product_bytes(vector_);
  }
  void run(const Replay& replay) const noexcept override {
    each_pair(replay, [&](const auto* a, const auto* b, auto* c, Index) {
      vector_product(replay.pool, vector_, column() ? a : b, column() ? b : a, c, replay.scratch);
    });
  }

 private:
  bool column() const { return shape_.n == 1; }

  VectorProductShape vector_;
};

std::string refuse_matrices(const Graph& graph, const Node& node) {
  const GemmShape shape = shape_of(graph, node);
  return shape.m == 1 || shape.n == 1 ? "" : "neither operand is a vector";
}

class GemmJob final : public ProductJob {
 public:
  GemmJob(const Graph& graph, NodeId id) : ProductJob(graph, id) {
    const GemmBytes bytes = gemm_bytes(dtype_, shape_);
    scratch_bytes = bytes.shared;
    worker_bytes = bytes.worker;
  }
  bool finishes() const override { return true; }
  void run(const Replay& replay) const noexcept override {
    const Index lda = shape_.transpose_a ? shape_.m : shape_.k, ldb = shape_.transpose_b ? shape_.k : shape_.n;
    each_pair(replay, [&](const auto* a, const auto* b, auto* c, Index begin) {
      gemm<std::remove_pointer_t<decltype(c)>>(replay.pool, shape_, {a, lda, b, ldb, c, shape_.n, replay.finish, begin},
                                               {replay.scratch, replay.workers, replay.worker_bytes});
    });
  }
};

}  // namespace

std::vector<Kernel> product_kernels(const Op& op) {
  if (&op == &matmul_op)
    return {{"product with a vector", refuse_matrices, make_job<VectorProductJob>},
            {"register blocks", never_refuse, make_job<GemmJob>}};
  return {};
}

}  // namespace fathom
