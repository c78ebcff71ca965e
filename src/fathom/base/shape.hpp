// Shapes: the lengths of a tensor's axes, row-major, outermost first. Rank 0 is a scalar.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

#include "fathom/base/dtype.hpp"
#include "fathom/base/error.hpp"

namespace fathom {

using Index = std::int64_t;

// At most `max_rank` whole numbers, stored in place.
class Shape {
 public:
  static constexpr int max_rank = 8;

  constexpr Shape() = default;
  constexpr Shape(std::initializer_list<Index> lengths)
      : Shape(std::span<const Index>(lengths.begin(), lengths.size())) {}
  constexpr explicit Shape(std::span<const Index> lengths) {
    if (lengths.size() > max_rank)
      throw Error(Code::usage, fmt::format("a tensor has at most {} axes, not {}", max_rank, lengths.size()));
    for (Index length : lengths) lengths_[static_cast<std::size_t>(rank_++)] = length;
  }

  constexpr int rank() const { return rank_; }
  constexpr Index operator[](int axis) const { return lengths_[static_cast<std::size_t>(axis)]; }
  constexpr Index& operator[](int axis) { return lengths_[static_cast<std::size_t>(axis)]; }
  constexpr const Index* begin() const { return lengths_.data(); }
  constexpr const Index* end() const { return lengths_.data() + rank_; }
  constexpr void push_back(Index length) {
    if (rank_ == max_rank) throw Error(Code::usage, fmt::format("a tensor has at most {} axes", max_rank));
    lengths_[static_cast<std::size_t>(rank_++)] = length;
  }
  // The number of elements; 1 for a scalar.
  constexpr Index count() const {
    Index n = 1;
    for (Index length : *this) n *= length;
    return n;
  }
  // The product of the lengths of axes [from, to).
  constexpr Index count(int from, int to) const {
    Index n = 1;
    for (int axis = from; axis < to; ++axis) n *= (*this)[axis];
    return n;
  }
  constexpr Shape without(int axis) const {
    Shape result;
    for (int i = 0; i < rank_; ++i)
      if (i != axis) result.push_back((*this)[i]);
    return result;
  }
  constexpr Shape with(int axis, Index length) const {
    Shape result = *this;
    result[axis] = length;
    return result;
  }
  // Row-major element strides.
  constexpr Shape strides() const {
    Shape result = *this;
    Index stride = 1;
    for (int axis = rank_ - 1; axis >= 0; --axis) {
      result[axis] = stride;
      stride *= (*this)[axis];
    }
    return result;
  }
  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    return a.rank_ == b.rank_ && std::equal(a.begin(), a.end(), b.begin());
  }

 private:
  std::array<Index, max_rank> lengths_{};
  int rank_ = 0;
};

inline std::string to_string(const Shape& shape) {
  return fmt::format("[{}]", fmt::join(shape.begin(), shape.end(), ", "));
}

// An element type with a shape.
struct Type {
  Dtype dtype = Dtype::f32;
  Shape shape;

  std::size_t bytes() const { return static_cast<std::size_t>(shape.count()) * size_of(dtype); }
  friend bool operator==(const Type&, const Type&) = default;
};

// Throws Error(usage) for a length below 0 and for more bytes than can be counted.
void need_size(const Type& type);

inline std::string to_string(const Type& type) {
  return fmt::format("{}{}", name_of(type.dtype), to_string(type.shape));
}

}  // namespace fathom
