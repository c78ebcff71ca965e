// Kernels of the ops that find rows by number: gather, the scatters, and the lists of touched rows.
#include <algorithm>
#include <bit>

#include "fathom/cpu/kernels.hpp"
#include "fathom/graph/ops/index.hpp"

namespace fathom {

namespace {

constexpr std::size_t chunk_bytes = 65536;

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
      for (Index i = chunk * per_chunk_; i < end; ++i, to += row_bytes_) {
        if (i + 8 < end && indices[i + 8] >= 0 && indices[i + 8] < rows_)
          __builtin_prefetch(table + static_cast<std::size_t>(indices[i + 8]) * row_bytes_);
        if (indices[i] >= 0 && indices[i] < rows_)
          std::memcpy(to, table + static_cast<std::size_t>(indices[i]) * row_bytes_, row_bytes_);
        else
          std::memset(to, 0, row_bytes_);
      }
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
        onto_zeros_(!reads_operand(graph, graph.node(id), 0)),
        adds_(graph.node(id).op == &scatter_add_op),
        type_(graph.node(id).type),
        count_(graph.node(indices_).type.shape.count()) {
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
        const T* from = updates + i * width_;
        if (!adds_)
          std::memcpy(to, from, static_cast<std::size_t>(width_) * sizeof(T));
        else
          for (Index j = 0; j < width_; ++j) to[j] += from[j];
      }
    });
  }

  NodeId base_, indices_, updates_, to_;
  bool onto_zeros_, adds_;
  Type type_;
  Index count_, rows_ = 0, width_ = 0, chunks_ = 1;
};

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
  if (&op == &scatter_add_op || &op == &scatter_set_op) return {{"ranges of rows", never_refuse, make_job<ScatterJob>}};
  if (&op == &unique_rows_op) return {{"hash table", never_refuse, make_job<UniqueRowsJob>}};
  if (&op == &row_slots_op) return {{"hash table", never_refuse, make_job<RowSlotsJob>}};
  return {};
}

}  // namespace fathom
