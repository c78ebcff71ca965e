#include "fathom/cpu/strided.hpp"

#include <cstring>

namespace fathom {

namespace {

// Calls run(position in memory, elements) for each stretch along the innermost axis.
template <class Run>
void for_each_stretch(const Walk& walk, Index begin, Index n, Run&& run) {
  const int rank = walk.shape.rank();
  if (n == 0) return;
  if (rank == 0) {
    run(walk.base, Index{1});
    return;
  }
  Shape at = walk.shape;
  Index position = walk.base, rest = begin;
  for (int axis = rank - 1; axis >= 0; --axis) {
    at[axis] = rest % walk.shape[axis];
    rest /= walk.shape[axis];
    position += at[axis] * walk.strides[axis];
  }
  const Index length = walk.shape[rank - 1], stride = walk.strides[rank - 1];
  while (n > 0) {
    const Index count = std::min(n, length - at[rank - 1]);
    run(position, count);
    n -= count;
    position += count * stride;
    at[rank - 1] += count;
    for (int axis = rank - 1; axis > 0 && at[axis] == walk.shape[axis]; --axis) {
      position += walk.strides[axis - 1] - at[axis] * walk.strides[axis];
      at[axis] = 0;
      ++at[axis - 1];
    }
  }
}

template <class T>
void read(T* to, const T* from, const Walk& walk, Index begin, Index n) {
  const Index stride = walk.shape.rank() == 0 ? 0 : walk.strides[walk.shape.rank() - 1];
  for_each_stretch(walk, begin, n, [&](Index position, Index count) {
    const T* p = from + position;
    if (stride == 1)
      std::memcpy(to, p, static_cast<std::size_t>(count) * sizeof(T));
    else if (stride == 0)
      std::fill_n(to, count, *p);
    else
      for (Index i = 0; i < count; ++i) to[i] = p[i * stride];
    to += count;
  });
}

template <class T>
void write(T* to, const T* from, const Walk& walk, Index begin, Index n) {
  const Index stride = walk.shape.rank() == 0 ? 0 : walk.strides[walk.shape.rank() - 1];
  for_each_stretch(walk, begin, n, [&](Index position, Index count) {
    T* p = to + position;
    if (stride == 1)
      std::memcpy(p, from, static_cast<std::size_t>(count) * sizeof(T));
    else
      for (Index i = 0; i < count; ++i) p[i * stride] = from[i];
    from += count;
  });
}

}  // namespace

Walk collapsed(Walk walk) {
  Walk result{{}, {}, walk.base};
  for (int axis = 0; axis < walk.shape.rank(); ++axis) {
    const Index length = walk.shape[axis], stride = walk.strides[axis];
    if (length == 1) continue;
    const int last = result.shape.rank() - 1;
    if (last >= 0 && result.strides[last] == stride * length) {
      result.shape[last] *= length;
      result.strides[last] = stride;
    } else {
      result.shape.push_back(length);
      result.strides.push_back(stride);
    }
  }
  return result;
}

void read_strided(void* to, const void* from, const Walk& walk, Index begin, Index n,
                  std::size_t element_size) noexcept {
  if (element_size == 4)
    read(static_cast<std::uint32_t*>(to), static_cast<const std::uint32_t*>(from), walk, begin, n);
  else
    read(static_cast<std::uint64_t*>(to), static_cast<const std::uint64_t*>(from), walk, begin, n);
}

void write_strided(void* to, const void* from, const Walk& walk, Index begin, Index n,
                   std::size_t element_size) noexcept {
  if (element_size == 4)
    write(static_cast<std::uint32_t*>(to), static_cast<const std::uint32_t*>(from), walk, begin, n);
  else
    write(static_cast<std::uint64_t*>(to), static_cast<const std::uint64_t*>(from), walk, begin, n);
}

}  // namespace fathom
