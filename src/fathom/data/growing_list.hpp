// A list that grows without moving what it holds: its memory is its content, not the double of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace fathom {

template <class T>
class GrowingList {
 public:
  void push_back(T value) {
    if (at_ == end_) {
      const std::size_t size = chunks_.empty() ? 1024 : std::min<std::size_t>(chunks_.back().second * 2, largest);
      chunks_.emplace_back(std::make_unique_for_overwrite<T[]>(size), size);
      at_ = chunks_.back().first.get();
      end_ = at_ + size;
    }
    *at_++ = value;
    ++size_;
  }
  std::size_t size() const { return size_; }

  // Gives each value in order and frees the memory on the way; the list is empty afterwards.
  template <class F>
  void drain(F&& f) {
    for (auto& [values, size] : chunks_) {
      const std::size_t count = std::min(size_, size);
      for (std::size_t i = 0; i < count; ++i) f(values[i]);
      size_ -= count;
      values.reset();
    }
    *this = {};
  }

 private:
  static constexpr std::size_t largest = std::size_t{1} << 20;
  std::vector<std::pair<std::unique_ptr<T[]>, std::size_t>> chunks_;
  T *at_ = nullptr, *end_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace fathom
