#include "fathom/base/tensor.hpp"

#include <new>

namespace fathom {

namespace {
constexpr std::align_val_t alignment{64};
}

void AlignedDelete::operator()(std::byte* bytes) const noexcept { ::operator delete[](bytes, alignment); }

AlignedBytes aligned_bytes(std::size_t size) {
  const std::size_t rounded = (size + 63) / 64 * 64;
  auto* bytes = static_cast<std::byte*>(::operator new[](rounded == 0 ? 64 : rounded, alignment, std::nothrow));
  if (bytes == nullptr) fail(Code::resource, "the machine has no {:.1f} MB of memory left", static_cast<double>(size) / 1e6);
  std::memset(bytes, 0, rounded);
  return AlignedBytes(bytes);
}

Tensor::Tensor(Type type) : type_(type), data_(aligned_bytes(type.bytes())) {}

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
