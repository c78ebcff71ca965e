// Kernels of the ops that move numbers, and of those that make them from indices.
#include <algorithm>

#include "fathom/cpu/kernels.hpp"
#include "fathom/cpu/strided.hpp"
#include "fathom/graph/ops/random.hpp"

namespace fathom {

namespace {

constexpr Index chunk_elements = 16384;

Shape ints_at(const Node& node, int rank, int k) {
  return Shape(
      std::span(node.attributes.ints).subspan(static_cast<std::size_t>(k * rank), static_cast<std::size_t>(rank)));
}

// How the result of a permute, broadcast, slice or reverse walks over its operand.
Walk walk_of(const Graph& graph, const Node& node) {
  const Shape& from = graph.node(node.operands[0]).type.shape;
  const Shape strides = from.strides();
  Walk walk{node.type.shape, node.type.shape, 0};
  const int rank = node.type.shape.rank();
  for (int axis = 0; axis < rank; ++axis) {
    Index& stride = walk.strides[axis];
    if (node.op == &permute_op) {
      stride = strides[static_cast<int>(node.attributes.ints[static_cast<std::size_t>(axis)])];
    } else if (node.op == &broadcast_op) {
      const int inner = axis - (rank - from.rank());
      stride = inner < 0 || from[inner] == 1 ? 0 : strides[inner];
    } else if (node.op == &slice_op) {
      walk.base += ints_at(node, rank, 0)[axis] * strides[axis];
      stride = ints_at(node, rank, 2)[axis] * strides[axis];
    } else {  // reverse
      const bool flipped = node.attributes.ints[static_cast<std::size_t>(axis)] != 0;
      stride = flipped ? -strides[axis] : strides[axis];
      if (flipped) walk.base += (from[axis] - 1) * strides[axis];
    }
  }
  return collapsed(walk);
}

class ReadJob final : public Job {
 public:
  ReadJob(const Graph& graph, NodeId id)
      : from_(graph.node(id).operands[0]),
        to_(id),
        walk_(walk_of(graph, graph.node(id))),
        count_(graph.node(id).type.shape.count()),
        element_(size_of(graph.node(id).type.dtype)) {}
  void run(const Replay& replay) const noexcept override {
    replay.pool.run((count_ + chunk_elements - 1) / chunk_elements, [&](std::int64_t chunk) {
      const Index begin = chunk * chunk_elements, n = std::min(chunk_elements, count_ - begin);
      read_strided(replay.at<std::byte>(to_) + static_cast<std::size_t>(begin) * element_, replay.values[from_], walk_,
                   begin, n, element_);
    });
  }

 private:
  NodeId from_, to_;
  Walk walk_;
  Index count_;
  std::size_t element_;
};

class PadJob final : public Job {
 public:
  PadJob(const Graph& graph, NodeId id)
      : from_(graph.node(id).operands[0]),
        to_(id),
        bytes_(graph.node(id).type.bytes()),
        element_(size_of(graph.node(id).type.dtype)) {
    const Node& node = graph.node(id);
    const Shape& inner = graph.node(from_).type.shape;
    const Shape strides = node.type.shape.strides();
    count_ = inner.count();
    Walk walk{inner, strides, 0};
    for (int axis = 0; axis < inner.rank(); ++axis) {
      walk.base += ints_at(node, inner.rank(), 0)[axis] * strides[axis];
      walk.strides[axis] = strides[axis] * (ints_at(node, inner.rank(), 2)[axis] + 1);
    }
    walk_ = collapsed(walk);
  }
  void run(const Replay& replay) const noexcept override {
    std::memset(replay.values[to_], 0, bytes_);
    replay.pool.run((count_ + chunk_elements - 1) / chunk_elements, [&](std::int64_t chunk) {
      const Index begin = chunk * chunk_elements, n = std::min(chunk_elements, count_ - begin);
      write_strided(replay.values[to_], replay.at<std::byte>(from_) + static_cast<std::size_t>(begin) * element_, walk_,
                    begin, n, element_);
    });
  }

 private:
  NodeId from_, to_;
  std::size_t bytes_, element_;
  Walk walk_;
  Index count_ = 0;
};

class ConcatJob final : public Job {
 public:
  ConcatJob(const Graph& graph, NodeId id)
      : to_(id), outer_(graph.node(id).type.shape.count(0, static_cast<int>(graph.node(id).attributes.ints[0]))) {
    for (NodeId operand : graph.node(id).operands) {
      const std::size_t bytes = outer_ == 0 ? 0 : graph.node(operand).type.bytes() / static_cast<std::size_t>(outer_);
      parts_.push_back({operand, bytes});
      row_bytes_ += bytes;
    }
    rows_per_chunk_ = std::max<Index>(1, static_cast<Index>(65536 / std::max<std::size_t>(1, row_bytes_)));
  }
  void run(const Replay& replay) const noexcept override {
    replay.pool.run((outer_ + rows_per_chunk_ - 1) / rows_per_chunk_, [&](std::int64_t chunk) {
      for (Index row = chunk * rows_per_chunk_; row < std::min(outer_, (chunk + 1) * rows_per_chunk_); ++row) {
        std::byte* to = replay.at<std::byte>(to_) + static_cast<std::size_t>(row) * row_bytes_;
        for (const Part& part : parts_) {
          std::memcpy(to, replay.at<std::byte>(part.from) + static_cast<std::size_t>(row) * part.bytes, part.bytes);
          to += part.bytes;
        }
      }
    });
  }

 private:
  struct Part {
    NodeId from;
    std::size_t bytes;
  };
  NodeId to_;
  Index outer_;
  std::vector<Part> parts_;
  std::size_t row_bytes_ = 0;
  Index rows_per_chunk_ = 1;
};

class OneHotJob final : public Job {
 public:
  OneHotJob(const Graph& graph, NodeId id)
      : from_(graph.node(id).operands[0]),
        to_(id),
        depth_(graph.node(id).attributes.ints[0]),
        type_(graph.node(id).type) {}
  void run(const Replay& replay) const noexcept override {
    std::memset(replay.values[to_], 0, type_.bytes());
    const auto* indices = replay.at<std::int32_t>(from_);
    const Index rows = depth_ == 0 ? 0 : type_.shape.count() / depth_;
    visit(type_.dtype, [&](auto zero) {
      using T = decltype(zero);
      for (Index row = 0; row < rows; ++row)
        if (indices[row] >= 0 && indices[row] < depth_) replay.at<T>(to_)[row * depth_ + indices[row]] = T{1};
    });
  }

 private:
  NodeId from_, to_;
  Index depth_;
  Type type_;
};

class PickJob final : public Job {
 public:
  PickJob(const Graph& graph, NodeId id)
      : from_(graph.node(id).operands[0]), indices_(graph.node(id).operands[1]), to_(id), type_(graph.node(id).type) {
    const Shape& shape = graph.node(from_).type.shape;
    width_ = shape[shape.rank() - 1];
  }
  void run(const Replay& replay) const noexcept override {
    visit(type_.dtype, [&](auto zero) {
      using T = decltype(zero);
      const auto* indices = replay.at<std::int32_t>(indices_);
      for (Index i = 0, n = type_.shape.count(); i < n; ++i)
        replay.at<T>(to_)[i] =
            indices[i] < 0 || indices[i] >= width_ ? T{} : replay.at<T>(from_)[i * width_ + indices[i]];
    });
  }

 private:
  NodeId from_, indices_, to_;
  Type type_;
  Index width_ = 0;
};

// Elementwise between types, or over i32: plain loops that the compiler vectorises.
class CastJob final : public Job {
 public:
  CastJob(const Graph& graph, NodeId id)
      : from_(graph.node(id).operands[0]),
        to_(id),
        from_type_(graph.node(from_).type.dtype),
        to_type_(graph.node(id).type.dtype),
        count_(graph.node(id).type.shape.count()) {}
  void run(const Replay& replay) const noexcept override {
    visit(to_type_, [&](auto to) {
      visit(from_type_, [&](auto from) {
        replay.pool.run((count_ + chunk_elements - 1) / chunk_elements, [&](std::int64_t chunk) {
          const Index end = std::min(count_, (chunk + 1) * chunk_elements);
          for (Index i = chunk * chunk_elements; i < end; ++i)
            replay.at<decltype(to)>(to_)[i] = static_cast<decltype(to)>(replay.at<decltype(from)>(from_)[i]);
        });
      });
    });
  }

 private:
  NodeId from_, to_;
  Dtype from_type_, to_type_;
  Index count_;
};

class IotaJob final : public Job {
 public:
  IotaJob(const Graph& graph, NodeId id) : to_(id), type_(graph.node(id).type) {
    const int axis = static_cast<int>(graph.node(id).attributes.ints[1]);
    length_ = type_.shape[axis];
    inner_ = type_.shape.count(axis + 1, type_.shape.rank());
  }
  void run(const Replay& replay) const noexcept override {
    visit(type_.dtype, [&](auto zero) {
      using T = decltype(zero);
      for (Index i = 0, n = type_.shape.count(); i < n; ++i)
        replay.at<T>(to_)[i] = static_cast<T>(i / inner_ % length_);
    });
  }

 private:
  NodeId to_;
  Type type_;
  Index length_, inner_;
};

}  // namespace

std::vector<Kernel> shape_kernels(const Op& op) {
  if (&op == &permute_op || &op == &broadcast_op || &op == &slice_op || &op == &reverse_op)
    return {{"strided copy", never_refuse, make_job<ReadJob>}};
  if (&op == &pad_op) return {{"strided copy onto zeros", never_refuse, make_job<PadJob>}};
  if (&op == &concat_op) return {{"row copies", never_refuse, make_job<ConcatJob>}};
  if (&op == &one_hot_op) return {{"set ones", never_refuse, make_job<OneHotJob>}};
  if (&op == &pick_op) return {{"pick", never_refuse, make_job<PickJob>}};
  if (&op == &cast_op) return {{"convert", never_refuse, make_job<CastJob>}};
  if (&op == &iota_op) return {{"count", never_refuse, make_job<IotaJob>}};
  return {};
}

}  // namespace fathom
