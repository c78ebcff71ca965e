// Kernels of the ops that find rows by number: gather, the scatters, and the lists of touched rows.
#include <algorithm>
#include <bit>

#include "fathom/cpu/kernels.hpp"
#include "fathom/cpu/reduce.hpp"
#include "fathom/graph/ops/index.hpp"
#include "fathom/graph/ops/reduce.hpp"
#include "fathom/plan/reads.hpp"

namespace fathom {

namespace {

constexpr std::size_t chunk_bytes = 65536;

bool is_inside(std::int32_t row, Index rows) { return row >= 0 && row < rows; }

// The rows of a table that a list names, one after another; zeros for those outside.
void find_rows(const std::byte* table, Index table_rows, std::size_t row_bytes, const std::int32_t* indices,
               Index count, std::byte* to) noexcept {
  const auto at = [&](std::int32_t row) { return table + static_cast<std::size_t>(row) * row_bytes; };
  for (Index i = 0; i < count; ++i, to += row_bytes) {
    if (i + 8 < count && is_inside(indices[i + 8], table_rows)) __builtin_prefetch(at(indices[i + 8]));
    if (is_inside(indices[i], table_rows))
      std::memcpy(to, at(indices[i]), row_bytes);
    else
      std::memset(to, 0, row_bytes);
  }
}

class GatherJob final : public Job {
 public:
  GatherJob(const Graph& graph, NodeId id)
      : table_(graph.node(id).operands[0]),
        indices_(graph.node(id).operands[1]),
        to_(id),
        count_(graph.node(indices_).type.shape.count()) {
    const Type& table = graph.node(table_).type;
    rows_ = table.shape[0];
    row_bytes_ = static_cast<std::size_t>(table.shape.count(1, table.shape.rank())) * size_of(table.dtype);
    per_chunk_ = std::max<Index>(1, static_cast<Index>(chunk_bytes / std::max<std::size_t>(1, row_bytes_)));
  }
  void run(const Replay& replay) const noexcept override {
    const auto* indices = replay.at<std::int32_t>(indices_);
    const auto* table = replay.at<std::byte>(table_);
    replay.pool.run((count_ + per_chunk_ - 1) / per_chunk_, [&](std::int64_t chunk) {
      const Index end = std::min(count_, (chunk + 1) * per_chunk_);
      std::byte* to = replay.at<std::byte>(to_) + static_cast<std::size_t>(chunk * per_chunk_) * row_bytes_;
      find_rows(table, rows_, row_bytes_, indices + chunk * per_chunk_, end - chunk * per_chunk_, to);
    });
  }

 private:
  NodeId table_, indices_, to_;
  Index count_, rows_ = 0, per_chunk_ = 1;
  std::size_t row_bytes_ = 0;
};

// Each chunk owns a range of the table's rows and takes its updates in the order of the list.
class ScatterJob final : public Job {
 public:
  ScatterJob(const Graph& graph, NodeId id)
      : base_(graph.node(id).operands[0]),
        indices_(graph.node(id).operands[1]),
        updates_(graph.node(id).operands[2]),
        to_(id),
        times_(1),
        onto_zeros_(!reads_operand(graph, graph.node(id), 0)),
        adds_(graph.node(id).op == &scatter_add_op),
        type_(graph.node(id).type),
        count_(graph.node(indices_).type.shape.count()) {
    if (const auto repeated = repeated_rows_of(graph, graph.node(id))) {
      updates_ = repeated->rows;
      times_ = repeated->times;
    }
    rows_ = type_.shape[0];
    width_ = type_.shape.count(1, type_.shape.rank());
    const std::size_t work = static_cast<std::size_t>(count_ * width_) * size_of(type_.dtype);
    chunks_ = std::clamp<Index>(static_cast<Index>(work / (4 * chunk_bytes)), 1, 8);
  }
  void run(const Replay& replay) const noexcept override {
    const std::size_t bytes = type_.bytes();
    if (onto_zeros_)
      std::memset(replay.values[to_], 0, bytes);
    else if (replay.values[base_] != replay.values[to_] && bytes > 0)
      std::memcpy(replay.values[to_], replay.values[base_], bytes);
    visit(type_.dtype, [&](auto zero) { run_as<decltype(zero)>(replay); });
  }

 private:
  template <class T>
  void run_as(const Replay& replay) const noexcept {
    const auto* indices = replay.at<std::int32_t>(indices_);
    const T* updates = replay.at<T>(updates_);
    T* table = replay.at<T>(to_);
    replay.pool.run(chunks_, [&](std::int64_t chunk) {
      const Index first = rows_ * chunk / chunks_, last = rows_ * (chunk + 1) / chunks_;
      for (Index i = 0; i < count_; ++i) {
        if (indices[i] < first || indices[i] >= last) continue;
        T* to = table + indices[i] * width_;
        const T* from = updates + i / times_ * width_;
        if (!adds_)
          std::memcpy(to, from, static_cast<std::size_t>(width_) * sizeof(T));
        else
          for (Index j = 0; j < width_; ++j) to[j] += from[j];
      }
    });
  }

  NodeId base_, indices_, updates_, to_;
  Index times_;  // that each row of updates comes, one after the other
  bool onto_zeros_, adds_;
  Type type_;
  Index count_, rows_ = 0, width_ = 0, chunks_ = 1;
};

// Bags of rows, summed as they are found: a block of them at a time lies in the worker's memory, and is added in the
// order in which a sum of written rows is.
class BagJob final : public Job {
 public:
  BagJob(const Graph& graph, NodeId id) : bags_(*bags_of(graph, graph.node(id))), to_(id) {
    const Type& table = graph.node(bags_.table).type;
    rows_ = table.shape[0];
    dtype_ = table.dtype;
    row_bytes_ = static_cast<std::size_t>(bags_.width) * size_of(dtype_);
    per_chunk_ =
        std::max<Index>(1, static_cast<Index>(chunk_bytes / std::max<std::size_t>(1, row_bytes_)) / bags_.length);
    worker_bytes = row_bytes_ * static_cast<std::size_t>(std::min(bags_.length, sum_block));
  }
  void run(const Replay& replay) const noexcept override {
    visit_float(dtype_, [&](auto zero) { run_as<decltype(zero)>(replay); });
  }

 private:
  // Without the padding at the end of a bag, whose zeros change no sum. A kernel deals rows to four sums in turn: in
  // fours, each stays in its own.
  Index rows_until_padding(const std::int32_t* indices, Index count) const noexcept {
    Index last = count;
    while (last > 0 && !is_inside(indices[last - 1], rows_)) --last;
    return std::min(count, (last + 3) / 4 * 4);
  }

  template <class T>
  void run_as(const Replay& replay) const noexcept {
    const ReduceKernels<T> kernels = reduce_kernels_of<T>();
    const auto* indices = replay.at<std::int32_t>(bags_.indices);
    const auto* table = replay.at<std::byte>(bags_.table);
    replay.pool.run((bags_.count + per_chunk_ - 1) / per_chunk_, [&](std::int64_t chunk, int worker) {
      std::byte* const found = replay.workers + static_cast<std::size_t>(worker) * replay.worker_bytes;
      for (Index bag = chunk * per_chunk_; bag < std::min(bags_.count, (chunk + 1) * per_chunk_); ++bag) {
        T* const to = replay.at<T>(to_) + bag * bags_.width;
        std::fill_n(to, bags_.width, T(0));
        for (Index first = 0; first < bags_.length; first += sum_block) {
          const std::int32_t* const of_block = indices + bag * bags_.length + first;
          const Index rows = rows_until_padding(of_block, std::min(sum_block, bags_.length - first));
          find_rows(table, rows_, row_bytes_, of_block, rows, found);
          kernels.add_columns(to, reinterpret_cast<const T*>(found), bags_.width, rows, bags_.width);
        }
      }
    });
  }
  Bags bags_;
  NodeId to_;
  Dtype dtype_ = Dtype::f32;
  Index rows_ = 0, per_chunk_ = 1;
  std::size_t row_bytes_ = 0;
};

std::string refuse_other_sums(const Graph& graph, const Node& node) {
  return bags_of(graph, node) ? "" : "no rows of a table that a list names";
}

// Row numbers with their places in the list of unique rows: open addressing in scratch memory, sized by the list.
class RowTable {
 public:
  static Index size_for(Index count) {
    return static_cast<Index>(std::bit_ceil(static_cast<std::uint64_t>(2 * count + 1)));
  }
  static std::size_t bytes_for(Index count) { return static_cast<std::size_t>(size_for(count)) * 8; }

  RowTable(std::byte* memory, Index count)
      : keys_(reinterpret_cast<std::int32_t*>(memory)),
        slots_(keys_ + size_for(count)),
        mask_(static_cast<std::uint32_t>(size_for(count) - 1)) {
    std::fill_n(keys_, size_for(count), -1);
  }
  // The slot kept for a row, after keeping `slot` if there was none.
  std::int32_t insert(std::int32_t row, std::int32_t slot) {
    std::uint32_t at = place(row);
    if (keys_[at] == -1) {
      keys_[at] = row;
      slots_[at] = slot;
    }
    return slots_[at];
  }
  std::int32_t find(std::int32_t row) const {
    const std::uint32_t at = place(row);
    return keys_[at] == -1 ? -1 : slots_[at];
  }

 private:
  // Where the row is, or where it would be put.
  std::uint32_t place(std::int32_t row) const {
    std::uint32_t at = (static_cast<std::uint32_t>(row) * 0x9E3779B1u >> 7) & mask_;
    while (keys_[at] != -1 && keys_[at] != row) at = (at + 1) & mask_;
    return at;
  }

  std::int32_t* keys_;
  std::int32_t* slots_;
  std::uint32_t mask_;
};

class UniqueRowsJob final : public Job {
 public:
  UniqueRowsJob(const Graph& graph, NodeId id)
      : from_(graph.node(id).operands[0]),
        to_(id),
        count_(graph.node(id).type.shape.count()),
        rows_(static_cast<std::int32_t>(graph.node(id).attributes.ints[0])) {
    scratch_bytes = RowTable::bytes_for(count_);
  }
  void run(const Replay& replay) const noexcept override {
    RowTable table(replay.scratch, count_);
    const auto* indices = replay.at<std::int32_t>(from_);
    auto* unique = replay.at<std::int32_t>(to_);
    std::int32_t used = 0;
    for (Index i = 0; i < count_; ++i)
      if (indices[i] >= 0 && indices[i] < rows_ && table.insert(indices[i], used) == used) unique[used++] = indices[i];
    std::fill(unique + used, unique + count_, -1);
  }

 private:
  NodeId from_, to_;
  Index count_;
  std::int32_t rows_;
};

class RowSlotsJob final : public Job {
 public:
  RowSlotsJob(const Graph& graph, NodeId id)
      : indices_(graph.node(id).operands[0]),
        unique_(graph.node(id).operands[1]),
        to_(id),
        count_(graph.node(id).type.shape.count()) {
    scratch_bytes = RowTable::bytes_for(count_);
  }
  void run(const Replay& replay) const noexcept override {
    RowTable table(replay.scratch, count_);
    const auto *indices = replay.at<std::int32_t>(indices_), *unique = replay.at<std::int32_t>(unique_);
    for (Index i = 0; i < count_; ++i)
      if (unique[i] >= 0) table.insert(unique[i], static_cast<std::int32_t>(i));
    for (Index i = 0; i < count_; ++i) replay.at<std::int32_t>(to_)[i] = indices[i] >= 0 ? table.find(indices[i]) : -1;
  }

 private:
  NodeId indices_, unique_, to_;
  Index count_;
};

}  // namespace

std::vector<Kernel> row_kernels(const Op& op) {
  if (&op == &gather_op) return {{"row copies", never_refuse, make_job<GatherJob>}};
  if (&op == &sum_op) return {{"rows summed as they are found", refuse_other_sums, make_job<BagJob>}};
  if (&op == &scatter_add_op || &op == &scatter_set_op) return {{"ranges of rows", never_refuse, make_job<ScatterJob>}};
  if (&op == &unique_rows_op) return {{"hash table", never_refuse, make_job<UniqueRowsJob>}};
  if (&op == &row_slots_op) return {{"hash table", never_refuse, make_job<RowSlotsJob>}};
  return {};
}

}  // namespace fathom
