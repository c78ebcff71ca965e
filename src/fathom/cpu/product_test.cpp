// Products against the reference, in every storage of their operands, and the same bits in all of them.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <map>
#include <thread>

#include "fathom/base/rng.hpp"
#include "fathom/cpu/executor.hpp"
#include "fathom/cpu/kernel.hpp"
#include "fathom/cpu/thin_product.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/ops/matmul.hpp"
#include "fathom/graph/trace.hpp"
#include "laws/targets.hpp"

namespace fathom {
namespace {

Tensor noise(const Type& type, Random& random) {
  Tensor tensor(type);
  for (Index i = 0; i < tensor.count(); ++i) tensor.set(i, 2 * random.uniform() - 1);
  return tensor;
}

Tensor transposed(const Tensor& matrix) {
  const Index rows = matrix.shape()[0], columns = matrix.shape()[1];
  Tensor result({matrix.dtype(), {columns, rows}});
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < columns; ++j) result.set(j * rows + i, matrix.at(i * columns + j));
  return result;
}

// a b, with the operands that `stored` names lying transposed in memory; by the plan or by the reference.
struct Product {
  Tensor a, b;
  int threads = 1;

  Tensor operator()(Transposed stored, bool reference = false) const {
    Trace trace;
    Feed feed{{"a", stored.a ? transposed(a) : a}, {"b", stored.b ? transposed(b) : b}};
    const Var y =
        matmul(trace.graph().input("a", feed.at("a").type()), trace.graph().input("b", feed.at("b").type()), stored);
    if (reference) return evaluate(std::vector<Var>{y}, feed).front();
    Pool pool(threads);
    Executor executor(make_plan({{y}, {}}), pool);
    for (auto& [name, tensor] : feed) executor.bind(name, tensor.view());
    executor.run();
    Tensor result(y.type());
    if (result.bytes() > 0) std::memcpy(result.view().data, executor.output(0).data, result.bytes());
    return result;
  }
};

constexpr Transposed storages[] = {{}, {.a = true}, {.b = true}, {.a = true, .b = true}};

bool same_bits(const Tensor& x, const Tensor& y) {
  return x.type() == y.type() && (x.bytes() == 0 || std::memcmp(x.view().data, y.view().data, x.bytes()) == 0);
}

TEST(Products, OfAnyDepthAreTheReferences) {
  laws::for_each_target([] {
    Random random(1, "deep products");
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (const auto& [m, n] :
           {std::pair<Index, Index>{37, 45}, {13, 16}, {50, 3}, {1, 21}, {21, 1}, {1, 1}, {97, 33}})
        for (Index k : {511, 512, 513, 1024, 1300}) {
          const Product product{noise({dtype, {m, k}}, random), noise({dtype, {k, n}}, random)};
          const Tensor expected = product({}, true);
          const double unit =
              dtype == Dtype::f32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
          for (Transposed stored : storages) {
            const Tensor actual = product(stored);
            double worst = 0;
            for (Index i = 0; i < actual.count(); ++i) worst = std::max(worst, std::abs(actual.at(i) - expected.at(i)));
            EXPECT_LE(worst, 24 * unit * std::sqrt(static_cast<double>(k)))
                << name_of(dtype) << " " << m << " " << n << " " << k << " " << stored.a << stored.b;
          }
        }
  });
}

TEST(Products, HaveTheSameBitsHoweverTheirOperandsAreStored) {
  laws::for_each_target([] {
    Random random(2, "stored products");
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (Index m : {1, 2, 5, 7, 17, 33, 90})
        for (Index n : {1, 2, 3, 7, 16, 33, 140})
          for (Index k : {0, 1, 3, 8, 15, 16, 17, 40, 64, 100, 515}) {
            if (m * n * k > 300000) continue;
            const Product product{noise({dtype, {m, k}}, random), noise({dtype, {k, n}}, random)};
            const Tensor plain = product({});
            for (Transposed stored : storages)
              EXPECT_TRUE(same_bits(product(stored), plain))
                  << name_of(dtype) << " " << m << " " << n << " " << k << " " << stored.a << stored.b;
          }
  });
}

// Shapes that are cut into many chunks: by rows, by columns, by both, and by the depth of long sums.
TEST(Products, CutIntoChunksAreTheReferencesOnAnyNumberOfThreads) {
  laws::for_each_target([] {
    Random random(4, "cut products");
    for (Dtype dtype : {Dtype::f32, Dtype::f64})
      for (const auto& [m, n, k] : std::vector<std::array<Index, 3>>{{250, 50, 350},
                                                                     {70, 330, 330},
                                                                     {395, 270, 40},
                                                                     {20, 35, 4500},
                                                                     {3, 2, 6200},
                                                                     {1, 1100, 600},
                                                                     {1300, 1, 130}}) {
        const Product product{noise({dtype, {m, k}}, random), noise({dtype, {k, n}}, random)};
        const Tensor expected = product({}, true), plain = product({});
        const double unit =
            dtype == Dtype::f32 ? std::numeric_limits<float>::epsilon() : std::numeric_limits<double>::epsilon();
        double worst = 0;
        for (Index i = 0; i < plain.count(); ++i) worst = std::max(worst, std::abs(plain.at(i) - expected.at(i)));
        EXPECT_LE(worst, 24 * unit * std::sqrt(static_cast<double>(k)))
            << name_of(dtype) << " " << m << " " << n << " " << k;
        for (int threads : {1, 3})
          for (Transposed stored : storages)
            EXPECT_TRUE(same_bits(Product{product.a, product.b, threads}(stored), plain))
                << name_of(dtype) << " " << m << " " << n << " " << k << " " << stored.a << stored.b << " " << threads;
      }
  });
}

// Long sums, several stretches, ends inside of a vector, and every short side that the thin kernel takes.
TEST(Products, OfAShortSideHaveTheBitsOfBlocksAndFinishEachElementOnce) {
  laws::for_each_target([] {
    Random random(5, "thin products");
    Index taken = 0;
    const auto compare = [&](auto zero, GemmShape shape) {
      using T = decltype(zero);
      if (!refuse_thin_product(shape).empty()) return;
      ++taken;
      const Dtype dtype = sizeof(T) == 4 ? Dtype::f32 : Dtype::f64;
      const Tensor a = noise({dtype, {shape.m, shape.k}}, random), b = noise({dtype, {shape.k, shape.n}}, random);
      Tensor thin({dtype, {shape.m, shape.n}}), blocks(thin.type());
      struct Count {
        std::vector<std::atomic<int>> of;
        Index columns;
      } count{std::vector<std::atomic<int>>(static_cast<std::size_t>(shape.m * shape.n)), shape.n};
      const Finish finish{[](const void* context, const Piece& piece) noexcept {
                            auto& all = *static_cast<Count*>(const_cast<void*>(context));
                            for (Index i = 0; i < piece.rows; ++i)
                              for (Index j = 0; j < piece.columns; ++j)
                                ++all.of[static_cast<std::size_t>(piece.begin + i * piece.row_step + j)];
                          },
                          &count};
      GemmOperands<T> operands{a.as<T>(),    shape.transpose_a ? shape.m : shape.k,
                               b.as<T>(),    shape.transpose_b ? shape.k : shape.n,
                               thin.as<T>(), shape.n,
                               finish};
      Pool pool(3);
      const AlignedBytes own = aligned_bytes(thin_product_bytes(dtype, shape));
      thin_product<T>(pool, shape, operands, own.get());
      for (const auto& one : count.of) ASSERT_EQ(one, 1) << shape.m << " " << shape.n << " " << shape.k;
      operands.c = blocks.as<T>();
      operands.finish = {};
      const GemmBytes bytes = gemm_bytes(dtype, shape);
      const AlignedBytes shared = aligned_bytes(bytes.shared), workers = aligned_bytes(3 * bytes.worker);
      gemm<T>(pool, shape, operands, {shared.get(), workers.get(), bytes.worker});
      EXPECT_TRUE(same_bits(thin, blocks)) << name_of(dtype) << " " << shape.m << " " << shape.n << " " << shape.k
                                           << " " << shape.transpose_a << shape.transpose_b;
    };
    for (Index side = 2; side <= 16; ++side)
      for (Index longer : {side, side + 1, Index{31}, Index{32}, Index{77}, Index{1100}})
        for (Index k : {1, 6, 330, 4500}) {
          if ((longer == 1100 && k != 330) || (k == 4500 && (longer > 32 || side % 5 != 2))) continue;
          for (Transposed stored : storages)
            for (bool tall : {true, false}) {
              const GemmShape shape{tall ? longer : side, tall ? side : longer, k, stored.a, stored.b};
              compare(0.0f, shape);
              compare(0.0, shape);
            }
        }
    EXPECT_EQ(taken > 0, !refuse_thin_product({.m = 40, .n = 3, .k = 4}).size());
  });
}

TEST(Products, WithVectorsHaveTheSameBitsForEveryWidthOfVectors) {
  for (Dtype dtype : {Dtype::f32, Dtype::f64}) {
    Random random(3, "widths");
    const Product product{noise({dtype, {9, 1029}}, random), noise({dtype, {1029, 1}}, random)};
    // x x - 1 in one sum: whether the second product is rounded before it is added.
    const double x = 1 + (dtype == Dtype::f32 ? 0x1p-12 : 0x1p-27);
    Product rounding{Tensor({dtype, {1, 17}}), Tensor({dtype, {17, 1}})};
    rounding.a.set(0, -1);
    rounding.b.set(0, 1);
    rounding.a.set(16, x);
    rounding.b.set(16, x);
    std::map<double, Tensor> by_rounding;
    laws::for_each_target([&] {
      const Tensor result = product({});
      const auto first = by_rounding.emplace(rounding({}).at(0), result).first;
      EXPECT_TRUE(same_bits(first->second, result)) << name_of(dtype);
    });
    EXPECT_LE(by_rounding.size(), 2u);
  }
}

// Each piece of the result waits until pieces have come from two threads, which they do not where one takes all pairs.
TEST(Products, OfManySmallPairsAreSharedByTheThreads) {
  Trace trace;
  const Var a = trace.graph().input("a", {Dtype::f32, {64, 32, 32}}),
            b = trace.graph().input("b", {Dtype::f32, {64, 32, 32}}), y = matmul(a, b);
  const Choice choice = choose_kernel(trace.graph(), y.node());
  const auto job = choice.kernel.make(trace.graph(), y.id());
  ASSERT_TRUE(job->finishes());
  Tensor left(a.type()), right(b.type()), out(y.type());
  std::vector<void*> values(static_cast<std::size_t>(trace.graph().size()), nullptr);
  values[static_cast<std::size_t>(a.id())] = left.view().data;
  values[static_cast<std::size_t>(b.id())] = right.view().data;
  values[static_cast<std::size_t>(y.id())] = out.view().data;
  Pool pool(2);
  const AlignedBytes scratch = aligned_bytes(job->scratch_bytes), workers = aligned_bytes(2 * job->worker_bytes);
  struct Seen {
    std::atomic<std::size_t> first{0};
    std::atomic<bool> several{false};
    std::chrono::steady_clock::time_point end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  } seen;
  const Finish finish{[](const void* context, const Piece&) noexcept {
                        Seen& all = *static_cast<Seen*>(const_cast<void*>(context));
                        const std::size_t own = std::hash<std::thread::id>()(std::this_thread::get_id());
                        std::size_t none = 0;
                        if (!all.first.compare_exchange_strong(none, own) && none != own) all.several = true;
                        while (!all.several && std::chrono::steady_clock::now() < all.end) std::this_thread::yield();
                      },
                      &seen};
  job->run({pool, values.data(), scratch.get(), workers.get(), job->worker_bytes, finish});
  EXPECT_TRUE(seen.several);
}

}  // namespace
}  // namespace fathom
