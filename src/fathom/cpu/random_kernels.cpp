// Kernels of uniform and normal.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "fathom/base/rng.hpp"
#include "fathom/cpu/kernels.hpp"
#include "fathom/cpu/random.hpp"
#include "fathom/graph/ops/random.hpp"

namespace fathom {

namespace {

constexpr Index chunk_blocks = 4096;

class RandomJob : public Job {
 public:
  RandomJob(const Graph& graph, NodeId id)
      : key_(graph.node(id).operands[0]),
        to_(id),
        type_(graph.node(id).type),
        stream_(static_cast<std::uint32_t>(graph.node(id).attributes.ints[1])) {}

 protected:
  // Calls f(stream, first element, elements, first block) for chunks of whole blocks.
  template <class F>
  void each_chunk(const Replay& replay, F&& f) const noexcept {
    const auto* key = replay.at<std::int32_t>(key_);
    const auto word = [&](int i) { return static_cast<std::uint32_t>(key[i]); };
    const RandomStream stream{{word(0), word(1)}, word(2), word(3), stream_};
    const Index per_block = type_.dtype == Dtype::f32 ? 4 : 2, n = type_.shape.count(),
                per_chunk = chunk_blocks * per_block;
    replay.pool.run((n + per_chunk - 1) / per_chunk, [&](std::int64_t chunk) {
      f(stream, chunk * per_chunk, std::min(per_chunk, n - chunk * per_chunk),
        static_cast<std::uint32_t>(chunk * chunk_blocks));
    });
  }
  // One block of f64 numbers.
  static std::array<double, 2> block_f64(const RandomStream& s, std::uint32_t block) {
    const auto words = philox(s.seed, {block, s.step_low, s.stream, s.step_high});
    return {unit_f64(words[0], words[1]), unit_f64(words[2], words[3])};
  }

  NodeId key_, to_;
  Type type_;
  std::uint32_t stream_;
};

class UniformJob final : public RandomJob {
 public:
  using RandomJob::RandomJob;
  void run(const Replay& replay) const noexcept override {
    each_chunk(replay, [&](const RandomStream& s, Index first, Index n, std::uint32_t block) {
      if (type_.dtype == Dtype::f32) return fill_uniform_f32(replay.at<float>(to_) + first, n, s, block);
      for (Index i = 0; i < n; i += 2) {
        const auto pair = block_f64(s, block++);
        std::copy_n(pair.data(), std::min<Index>(2, n - i), replay.at<double>(to_) + first + i);
      }
    });
  }
};

// Box and Muller: see graph/ops/random.cpp.
class NormalJob final : public RandomJob {
 public:
  using RandomJob::RandomJob;
  void run(const Replay& replay) const noexcept override {
    each_chunk(replay, [&](const RandomStream& s, Index first, Index n, std::uint32_t block) {
      if (type_.dtype == Dtype::f32) {
        for (Index i = 0; i < n; i += 4) {
          float uniform[4], normal[4];
          fill_uniform_f32(uniform, 4, s, block++);
          for (int p = 0; p < 4; p += 2)
            pair(static_cast<double>(uniform[p]), static_cast<double>(uniform[p + 1]), normal + p);
          std::copy_n(normal, std::min<Index>(4, n - i), replay.at<float>(to_) + first + i);
        }
      } else {
        for (Index i = 0; i < n; i += 2) {
          double normal[2];
          const auto uniform = block_f64(s, block++);
          pair(uniform[0], uniform[1], normal);
          std::copy_n(normal, std::min<Index>(2, n - i), replay.at<double>(to_) + first + i);
        }
      }
    });
  }

 private:
  template <class T>
  static void pair(double u, double v, T* to) {
    const double radius = std::sqrt(-2 * std::log1p(-u)), angle = 2 * std::numbers::pi * v;
    to[0] = static_cast<T>(radius * std::cos(angle));
    to[1] = static_cast<T>(radius * std::sin(angle));
  }
};

}  // namespace

std::vector<Kernel> random_kernels(const Op& op) {
  if (&op == &uniform_op) return {{"philox", never_refuse, make_job<UniformJob>}};
  if (&op == &normal_op) return {{"philox, Box-Muller", never_refuse, make_job<NormalJob>}};
  return {};
}

}  // namespace fathom
