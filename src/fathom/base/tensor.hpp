// Tensor: an owned, 64-byte aligned, row-major block of numbers. TensorView: the same, owned by someone else.
#pragma once

#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "fathom/base/shape.hpp"

namespace fathom {

struct TensorView {
  Type type;
  void* data = nullptr;

  template <class T>
  T* as() const {
    FATHOM_ASSERT(type.dtype == DtypeOf<T>::value);
    return static_cast<T*>(data);
  }
  template <class T>
  std::span<T> span() const {
    return {as<T>(), static_cast<std::size_t>(type.shape.count())};
  }
};

// Memory on a cache-line boundary.
struct AlignedDelete {
  std::size_t mapped = 0;  // bytes of a mapping of its own; 0: it is from the heap
  void operator()(std::byte* bytes) const noexcept;
};
using AlignedBytes = std::unique_ptr<std::byte[], AlignedDelete>;
// Gives: `size` bytes aligned to 64, zeroed. From 1 MB on they are a mapping of their own, which goes back to the
// system with them: large blocks come and go, and would leave holes in the heap. Throws Error(resource) when the
// machine has no such memory.
AlignedBytes aligned_bytes(std::size_t size);

class Tensor {
 public:
  Tensor() = default;          // no elements
  explicit Tensor(Type type);  // zeros
  template <class T>
  Tensor(Shape shape, std::initializer_list<T> values)
      : Tensor(shape, std::span<const T>(values.begin(), values.size())) {}
  template <class T>
  Tensor(Shape shape, const std::vector<T>& values) : Tensor(shape, std::span<const T>(values)) {}
  template <class T>
  Tensor(Shape shape, std::span<const T> values) : Tensor(Type{DtypeOf<T>::value, shape}) {
    if (static_cast<Index>(values.size()) != shape.count())
      fail(Code::usage, "a tensor of shape {} needs {} values, not {}", to_string(shape), shape.count(), values.size());
    if (!values.empty()) std::memcpy(data_.get(), values.data(), values.size_bytes());
  }
  Tensor(const Tensor& other);
  Tensor& operator=(const Tensor& other);
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(Tensor&&) noexcept = default;

  const Type& type() const { return type_; }
  const Shape& shape() const { return type_.shape; }
  Dtype dtype() const { return type_.dtype; }
  Index count() const { return type_.shape.count(); }
  std::size_t bytes() const { return type_.bytes(); }
  TensorView view() { return {type_, data_.get()}; }
  // A view for reading; kernels do not write to their inputs.
  TensorView view() const { return {type_, data_.get()}; }
  // The elements. Throws Error(usage) when they are of another type.
  template <class T>
  std::span<T> span() {
    return {as<T>(), static_cast<std::size_t>(count())};
  }
  template <class T>
  std::span<const T> span() const {
    return {as<T>(), static_cast<std::size_t>(count())};
  }
  template <class T>
  T* as() {
    need_dtype(DtypeOf<T>::value);
    return view().as<T>();
  }
  template <class T>
  const T* as() const {
    need_dtype(DtypeOf<T>::value);
    return view().as<T>();
  }
  // The element at a flat position, as a double.
  double at(Index position) const;
  void set(Index position, double value);

 private:
  void need_dtype(Dtype wanted) const {
    if (dtype() != wanted) fail(Code::usage, "{} elements cannot be read as {}", name_of(dtype()), name_of(wanted));
  }

  Type type_{Dtype::f32, {0}};
  AlignedBytes data_;
};

}  // namespace fathom
