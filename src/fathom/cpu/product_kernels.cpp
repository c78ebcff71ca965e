// Kernels of matmul.
#include <algorithm>

#include "fathom/base/cache_line.hpp"
#include "fathom/cpu/gemm.hpp"
#include "fathom/cpu/kernels.hpp"
#include "fathom/cpu/thin_product.hpp"
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

// A product of fewer multiply-adds is one chunk of work, and a chunk of pairs has at least so many.
constexpr Index small_product = 1 << 20, least_products_of_chunk = 1 << 15;

// Base of the products: one for each pair of matrices. The threads share one pair after the other, or, where there are
// several and each is small, claim stretches of them.
class ProductJob : public Job {
 public:
  ProductJob(const Graph& graph, NodeId id)
      : shape_(shape_of(graph, graph.node(id))),
        dtype_(graph.node(id).type.dtype),
        a_(graph.node(id).operands[0]),
        b_(graph.node(id).operands[1]),
        c_(id),
        pairs_(graph.node(id).type.shape.count(0, graph.node(id).type.shape.rank() - 2)) {
    const Index products = std::max<Index>(1, shape_.m * shape_.n * shape_.k);
    if (pairs_ > 1 && products <= small_product) pairs_in_chunk_ = (least_products_of_chunk + products - 1) / products;
  }

 protected:
  // Of one product.
  void need_memory(const GemmBytes& bytes) {
    shared_at_ = whole_lines(bytes.worker);
    scratch_bytes = pairs_in_chunk_ > 0 ? 0 : bytes.shared;
    worker_bytes = pairs_in_chunk_ > 0 ? shared_at_ + whole_lines(bytes.shared) : bytes.worker;
  }

  // Calls f(a, b, c, number of c's first element, memory) for each pair.
  template <class F>
  void each_pair(const Replay& replay, F&& f) const noexcept {
    visit_float(dtype_, [&](auto zero) {
      using T = decltype(zero);
      const auto multiply = [&](Index i, const GemmMemory& memory) {
        f(replay.at<const T>(a_) + i * shape_.m * shape_.k, replay.at<const T>(b_) + i * shape_.k * shape_.n,
          replay.at<T>(c_) + i * shape_.m * shape_.n, i * shape_.m * shape_.n, memory);
      };
      if (pairs_in_chunk_ == 0) {
        for (Index i = 0; i < pairs_; ++i) multiply(i, {replay.scratch, replay.workers, replay.worker_bytes});
        return;
      }
      // Inside of a chunk, the product's own runs are this thread's alone, as worker 0 of the memory that it is given.
      replay.pool.run((pairs_ + pairs_in_chunk_ - 1) / pairs_in_chunk_, [&](std::int64_t chunk, int worker) {
        std::byte* own = replay.workers + static_cast<std::size_t>(worker) * replay.worker_bytes;
        const Index first = chunk * pairs_in_chunk_, last = std::min(pairs_, first + pairs_in_chunk_);
        for (Index i = first; i < last; ++i) multiply(i, {own + shared_at_, own, replay.worker_bytes});
      });
    });
  }

  GemmShape shape_;
  Dtype dtype_;

 private:
  NodeId a_, b_, c_;
  Index pairs_;
  Index pairs_in_chunk_ = 0;   // 0: one pair after the other
  std::size_t shared_at_ = 0;  // in a worker's memory, where it multiplies pairs of its own
};

class VectorProductJob final : public ProductJob {
 public:
  VectorProductJob(const Graph& graph, NodeId id) : ProductJob(graph, id) {
    // A row times B is B' times the row.
    vector_ = {.rows = column() ? shape_.m : shape_.n,
               .depth = shape_.k,
               .transposed = column() ? shape_.transpose_a : !shape_.transpose_b};
    need_memory({.shared = vector_product_bytes(vector_), .worker = 0});
  }
  void run(const Replay& replay) const noexcept override {
    each_pair(replay, [&](const auto* a, const auto* b, auto* c, Index, const GemmMemory& memory) {
      vector_product(replay.pool, vector_, column() ? a : b, column() ? b : a, c, memory.shared);
    });
  }

 private:
  bool column() const { return shape_.n == 1; }

  VectorProductShape vector_;
};

std::string refuse_thick(const Graph& graph, const Node& node) { return refuse_thin_product(shape_of(graph, node)); }

std::string refuse_matrices(const Graph& graph, const Node& node) {
  const GemmShape shape = shape_of(graph, node);
  return shape.m == 1 || shape.n == 1 ? "" : "neither operand is a vector";
}

class MatrixProductJob final : public ProductJob {
 public:
  MatrixProductJob(const Graph& graph, NodeId id, bool thin) : ProductJob(graph, id), thin_(thin) {
    need_memory(thin_ ? GemmBytes{.shared = thin_product_bytes(dtype_, shape_)} : gemm_bytes(dtype_, shape_));
  }
  bool finishes() const override { return true; }
  void run(const Replay& replay) const noexcept override {
    const Index lda = shape_.transpose_a ? shape_.m : shape_.k, ldb = shape_.transpose_b ? shape_.k : shape_.n;
    each_pair(replay, [&](const auto* a, const auto* b, auto* c, Index begin, const GemmMemory& memory) {
      using T = std::remove_pointer_t<decltype(c)>;
      const GemmOperands<T> operands{a, lda, b, ldb, c, shape_.n, replay.finish, begin};
      if (thin_)
        thin_product<T>(replay.pool, shape_, operands, memory.shared);
      else
        gemm<T>(replay.pool, shape_, operands, memory);
    });
  }

 private:
  bool thin_;
};

template <bool thin>
std::unique_ptr<Job> make_matrix_product(const Graph& graph, NodeId id) {
  return std::make_unique<MatrixProductJob>(graph, id, thin);
}

}  // namespace

std::vector<Kernel> product_kernels(const Op& op) {
  if (&op == &matmul_op)
    return {{"product with a vector", refuse_matrices, make_job<VectorProductJob>},
            {"thin product", refuse_thick, make_matrix_product<true>},
            {"register blocks", never_refuse, make_matrix_product<false>}};
  return {};
}

}  // namespace fathom
