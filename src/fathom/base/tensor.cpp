#include "fathom/base/tensor.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace fathom {

void AlignedDelete::operator()(std::byte* bytes) const noexcept {
  ::operator delete[](bytes, std::align_val_t{alignment});
}

AlignedBytes aligned_bytes(std::size_t size) {
  // Large blocks in pages of 2 MB, where the system has them: fewer of them cover what a step touches.
  constexpr std::size_t line = 64, page = std::size_t{2} << 20;
  const AlignedDelete alignment{size >= page / 2 ? page : line};
  const std::size_t rounded =
      std::max<std::size_t>(1, (size + alignment.alignment - 1) / alignment.alignment) * alignment.alignment;
  auto* bytes = static_cast<std::byte*>(::operator new[](rounded, std::align_val_t{alignment.alignment}, std::nothrow));
  if (bytes == nullptr)
    fail(Code::resource, "the machine has no {:.1f} MB of memory left", static_cast<double>(size) / 1e6);
  if (alignment.alignment == page)
    madvise(bytes, rounded, MADV_HUGEPAGE);  // advice only: without it the pages are small
  std::memset(bytes, 0, size);
  return AlignedBytes(bytes, alignment);
}

void need_size(const Type& type) {
  Index bytes = static_cast<Index>(size_of(type.dtype));
  bool counted = true;
  for (Index length : type.shape) {
    if (length < 0) fail(Code::usage, "a tensor cannot have the shape {}", to_string(type.shape));
    counted = counted && !__builtin_mul_overflow(bytes, std::max<Index>(length, 1), &bytes);
  }
  if (!counted) fail(Code::usage, "a tensor of shape {} is larger than any memory", to_string(type.shape));
}

namespace {

const Type& sized(const Type& type) {
  need_size(type);
  return type;
}

}  // namespace

Tensor::Tensor(Type type) : type_(sized(type)), data_(aligned_bytes(type.bytes())) {}

Tensor::Tensor(const Tensor& other) : type_(other.type_) {
  if (!other.data_) return;
  data_ = aligned_bytes(bytes());
  std::memcpy(data_.get(), other.data_.get(), bytes());
}

Tensor& Tensor::operator=(const Tensor& other) {
  if (this != &other) *this = Tensor(other);
  return *this;
}

double Tensor::at(Index position) const {
  return visit(dtype(), [&](auto zero) { return static_cast<double>(as<decltype(zero)>()[position]); });
}

void Tensor::set(Index position, double value) {
  visit(dtype(), [&](auto zero) { as<decltype(zero)>()[position] = static_cast<decltype(zero)>(value); });
}

}  // namespace fathom
