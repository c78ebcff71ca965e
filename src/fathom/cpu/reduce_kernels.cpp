// Kernels of sum, max, argmax, logsumexp and cumsum.
#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/base/cache_line.hpp"
#include "fathom/cpu/kernels.hpp"
#include "fathom/cpu/reduce.hpp"
#include "fathom/graph/ops/index.hpp"
#include "fathom/graph/ops/reduce.hpp"

namespace fathom {

namespace {

constexpr Index chunk_elements = 16384;
constexpr Index line_chunk = 65536;  // a longer line is summed in chunks of this length

// A tensor around one axis: [outer, length, inner].
struct Around {
  Index outer = 1, length = 1, inner = 1;
};

Around around(const Shape& shape, int first, int last) {
  return {shape.count(0, first), shape.count(first, last), shape.count(last, shape.rank())};
}
Around around_axis(const Graph& graph, const Node& node) {
  const int axis = static_cast<int>(node.attributes.ints[0]);
  return around(graph.node(node.operands[0]).type.shape, axis, axis + 1);
}

// Calls f(line) for every line along the axis, in chunks.
template <class F>
void for_lines(Pool& pool, const Around& a, F&& f) {
  const Index lines = a.outer * a.inner, per_chunk = std::max<Index>(1, chunk_elements / std::max<Index>(1, a.length));
  pool.run((lines + per_chunk - 1) / per_chunk, [&](std::int64_t chunk) {
    for (Index line = chunk * per_chunk; line < std::min(lines, (chunk + 1) * per_chunk); ++line) f(line);
  });
}

// The sum over each run of neighbouring axes, the last run first.
class SumJob final : public Job {
 public:
  SumJob(const Graph& graph, NodeId id)
      : from_(graph.node(id).operands[0]), to_(id), dtype_(graph.node(id).type.dtype) {
    Shape shape = graph.node(from_).type.shape;
    std::vector<Index> axes = graph.node(id).attributes.ints;
    std::size_t between = 0;
    while (!axes.empty()) {
      const int last = static_cast<int>(axes.back()) + 1;
      int first = last;
      while (!axes.empty() && axes.back() == first - 1) {
        --first;
        axes.pop_back();
      }
      stages_.push_back(around(shape, first, last));
      Shape kept;
      for (int axis = 0; axis < shape.rank(); ++axis)
        if (axis < first || axis >= last) kept.push_back(shape[axis]);
      shape = kept;
      between = std::max(between, static_cast<std::size_t>(shape.count()));
    }
    between_bytes_ = stages_.size() > 1 ? whole_lines(between * size_of(dtype_)) : 0;
    std::size_t partials = 0;
    for (const Around& stage : stages_)
      partials = std::max(partials, static_cast<std::size_t>((stage.length + line_chunk - 1) / line_chunk));
    for (const Around& stage : stages_)
      if (const auto sums = sums_of(stage))
        partials = std::max(partials, static_cast<std::size_t>(sums->chunks() * sums->columns));
    scratch_bytes = 2 * between_bytes_ + partials * size_of(dtype_);
    copy_bytes_ = stages_.empty() ? graph.node(id).type.bytes() : 0;
  }
  void run(const Replay& replay) const noexcept override {
    if (copy_bytes_ > 0) std::memcpy(replay.values[to_], replay.values[from_], copy_bytes_);
    visit_float(dtype_, [&](auto zero) { run_as<decltype(zero)>(replay); });
  }

 private:
  // A stage that sums the rows of one matrix.
  std::optional<RowSums> sums_of(const Around& stage) const {
    if (stage.outer != 1 || stage.inner == 1) return std::nullopt;
    return row_sums(stage.length, stage.inner, size_of(dtype_));
  }

  template <class T>
  void run_as(const Replay& replay) const noexcept {
    const ReduceKernels<T> kernels = reduce_kernels_of<T>();
    const T* from = replay.at<T>(from_);
    T* partials = reinterpret_cast<T*>(replay.scratch + 2 * between_bytes_);
    for (std::size_t s = 0; s < stages_.size(); ++s) {
      const Around& a = stages_[s];
      T* to =
          s + 1 == stages_.size() ? replay.at<T>(to_) : reinterpret_cast<T*>(replay.scratch + (s % 2) * between_bytes_);
      if (a.inner == 1 && a.outer == 1 && a.length > line_chunk) {
        const Index chunks = (a.length + line_chunk - 1) / line_chunk;
        replay.pool.run(chunks, [&](std::int64_t chunk) {
          partials[chunk] = kernels.sum(from + chunk * line_chunk, std::min(line_chunk, a.length - chunk * line_chunk));
        });
        *to = kernels.sum(partials, chunks);
      } else if (a.inner == 1) {
        for_lines(replay.pool, a, [&](Index line) { to[line] = kernels.sum(from + line * a.length, a.length); });
      } else if (const auto sums = sums_of(a)) {
        replay.pool.run(sums->chunks(), [&](std::int64_t chunk) {
          const Index first = chunk * sums->chunk;
          sum_blocks(kernels, partials + chunk * a.inner, from + first * a.inner, a.inner,
                     std::min(sums->chunk, a.length - first), a.inner, sums->block);
        });
        sum_blocks(kernels, to, partials, a.inner, sums->chunks(), a.inner, sums->block);
      } else {
        const Index columns = std::max<Index>(64, (chunk_elements / std::max<Index>(1, a.length) + 63) / 64 * 64),
                    across = (a.inner + columns - 1) / columns;
        replay.pool.run(a.outer * across, [&](std::int64_t chunk) {
          const Index o = chunk / across, first = chunk % across * columns;
          sum_blocks(kernels, to + o * a.inner + first, from + o * a.length * a.inner + first, a.inner, a.length,
                     std::min(columns, a.inner - first), sum_block);
        });
      }
      from = to;
    }
  }

  NodeId from_, to_;
  Dtype dtype_;
  std::vector<Around> stages_;
  std::size_t between_bytes_ = 0, copy_bytes_ = 0;
};

// Base of the reductions that look at one line at a time.
class LineJob : public Job {
 public:
  LineJob(const Graph& graph, NodeId id)
      : from_(graph.node(id).operands[0]),
        to_(id),
        dtype_(graph.node(from_).type.dtype),
        around_(around_axis(graph, graph.node(id))) {}

 protected:
  // Calls f(first element, line) with elements of the operand's type.
  template <class F>
  void each_line(const Replay& replay, F&& f) const noexcept {
    visit_float(dtype_, [&](auto zero) {
      using T = decltype(zero);
      for_lines(replay.pool, around_, [&](Index line) {
        f(replay.at<T>(from_) + line / around_.inner * around_.length * around_.inner + line % around_.inner, line);
      });
    });
  }

  NodeId from_, to_;
  Dtype dtype_;
  Around around_;
};

class MaxJob final : public LineJob {
 public:
  using LineJob::LineJob;
  void run(const Replay& replay) const noexcept override {
    each_line(replay, [&](const auto* x, Index line) {
      using T = std::remove_cvref_t<decltype(*x)>;
      T best = x[0];
      if (around_.inner == 1)
        best = reduce_kernels_of<T>().max(x, around_.length);
      else
        for (Index i = 1; i < around_.length && best == best; ++i)
          if (const T value = x[i * around_.inner]; value > best || value != value) best = value;
      replay.at<T>(to_)[line] = best;
    });
  }
};

class ArgmaxJob final : public LineJob {
 public:
  using LineJob::LineJob;
  void run(const Replay& replay) const noexcept override {
    each_line(replay, [&](const auto* x, Index line) {
      Index best = 0;
      for (Index i = 1; i < around_.length && x[best * around_.inner] == x[best * around_.inner]; ++i)
        if (const auto value = x[i * around_.inner]; value > x[best * around_.inner] || value != value) best = i;
      replay.at<std::int32_t>(to_)[line] = static_cast<std::int32_t>(best);
    });
  }
};

class LogsumexpJob final : public LineJob {
 public:
  using LineJob::LineJob;
  void run(const Replay& replay) const noexcept override {
    each_line(replay,
              [&](const auto* x, Index line) { replay.at<std::remove_cvref_t<decltype(*x)>>(to_)[line] = of_line(x); });
  }

 private:
  template <class T>
  T of_line(const T* x) const noexcept {
    const auto kernels = reduce_kernels_of<T>();
    if (around_.inner == 1) return logsumexp(kernels, x, around_.length);
    T top = -std::numeric_limits<T>::infinity(), total = 0;
    for (Index i = 0; i < around_.length && top == top; ++i)
      if (const T value = x[i * around_.inner]; value > top || value != value) top = value;
    for (Index i = 0; i < around_.length && std::isfinite(top); ++i) total += std::exp(x[i * around_.inner] - top);
    return std::isfinite(top) ? top + std::log(total) : top;
  }
};

class CumsumJob final : public LineJob {
 public:
  CumsumJob(const Graph& graph, NodeId id) : LineJob(graph, id), reverse_(graph.node(id).attributes.ints[1] != 0) {}
  void run(const Replay& replay) const noexcept override {
    each_line(replay, [&](const auto* x, Index) {
      using T = std::remove_cvref_t<decltype(*x)>;
      T* to = replay.at<T>(to_) + (x - replay.at<T>(from_));
      double total = 0;
      for (Index i = 0; i < around_.length; ++i) {
        const Index at = (reverse_ ? around_.length - 1 - i : i) * around_.inner;
        total += static_cast<double>(x[at]);
        to[at] = static_cast<T>(total);
      }
    });
  }

 private:
  bool reverse_;
};

}  // namespace

namespace {

template <class T, class F>
void for_rows(void* to, const void* const* from, Index rows, Index columns, F&& f) noexcept {
  const ReduceKernels<T> kernels = reduce_kernels_of<T>();
  for (Index row = 0; row < rows; ++row)
    static_cast<T*>(to)[row] = f(kernels, static_cast<const T*>(from[0]) + row * columns);
}
template <class T>
void sum_rows(void* to, const void* const* from, Index rows, Index columns) noexcept {
  for_rows<T>(to, from, rows, columns, [&](const auto& kernels, const T* row) { return kernels.sum(row, columns); });
}
template <class T>
void max_rows(void* to, const void* const* from, Index rows, Index columns) noexcept {
  for_rows<T>(to, from, rows, columns, [&](const auto& kernels, const T* row) { return kernels.max(row, columns); });
}
template <class T>
void logsumexp_rows(void* to, const void* const* from, Index rows, Index columns) noexcept {
  for_rows<T>(to, from, rows, columns,
              [&](const auto& kernels, const T* row) { return logsumexp(kernels, row, columns); });
}

template <class T>
void pick_rows(void* to, const void* const* from, Index rows, Index columns) noexcept {
  const auto* indices = static_cast<const std::int32_t*>(from[1]);
  for (Index row = 0; row < rows; ++row) {
    const Index at = indices[row];
    static_cast<T*>(to)[row] = at < 0 || at >= columns ? T{} : static_cast<const T*>(from[0])[row * columns + at];
  }
}
template <class T>
void mark_rows(void* to, const void* const* from, Index rows, Index columns) noexcept {
  const auto* indices = static_cast<const std::int32_t*>(from[0]);
  std::fill_n(static_cast<T*>(to), rows * columns, T{});
  for (Index row = 0; row < rows; ++row)
    if (indices[row] >= 0 && indices[row] < columns) static_cast<T*>(to)[row * columns + indices[row]] = T{1};
}

}  // namespace

RowKernel row_kernel(const Op& op, Dtype dtype) {
  const bool wide = dtype == Dtype::f64;
  if (&op == &sum_op) return wide ? sum_rows<double> : sum_rows<float>;
  if (&op == &max_op) return wide ? max_rows<double> : max_rows<float>;
  if (&op == &logsumexp_op) return wide ? logsumexp_rows<double> : logsumexp_rows<float>;
  if (&op == &pick_op) return wide ? pick_rows<double> : pick_rows<float>;
  if (&op == &one_hot_op) return wide ? mark_rows<double> : mark_rows<float>;
  return nullptr;
}

std::vector<Kernel> reduce_kernels(const Op& op) {
  if (&op == &sum_op) return {{"sums of lines or columns", never_refuse, make_job<SumJob>}};
  if (&op == &max_op) return {{"lines", never_refuse, make_job<MaxJob>}};
  if (&op == &argmax_op) return {{"lines", never_refuse, make_job<ArgmaxJob>}};
  if (&op == &logsumexp_op) return {{"lines", never_refuse, make_job<LogsumexpJob>}};
  if (&op == &cumsum_op) return {{"lines", never_refuse, make_job<CumsumJob>}};
  return {};
}

}  // namespace fathom
