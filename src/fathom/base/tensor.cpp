#include "fathom/base/tensor.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <new>

namespace fathom {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool is_guarded = true;
#elif defined(__has_feature)
constexpr bool is_guarded = __has_feature(address_sanitizer);
#else
constexpr bool is_guarded = false;
#endif

constexpr std::size_t line = 64, large_page = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t size, std::size_t to) { return std::max<std::size_t>(1, (size + to - 1) / to) * to; }

// On the boundary of a large page, in large pages as far as they fill: fewer of them cover what a step touches. Null
// where there is no such memory.
std::byte* map(std::size_t size) {
  void* all = mmap(nullptr, size + large_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  auto* first = static_cast<std::byte*>(all);
  const std::size_t before = (large_page - reinterpret_cast<std::uintptr_t>(all) % large_page) % large_page;
  if (before > 0) munmap(first, before);
  munmap(first + before + size, large_page - before);
  madvise(first + before, size, MADV_HUGEPAGE);  // advice only: without it the pages are small
  return first + before;
}

}  // namespace

void AlignedDelete::operator()(std::byte* bytes) const noexcept {
  if (mapped > 0)
    munmap(bytes, mapped);
  else
    ::operator delete[](bytes, std::align_val_t{line});
}

AlignedBytes aligned_bytes(std::size_t size) {
  // The address sanitizer guards what lies in the heap.
  const bool is_large = size >= large_page / 2 && !is_guarded;
  // A tail that fills most of a large page gets one; a short one wastes none.
  const std::size_t page =
      size % large_page >= large_page / 2 ? large_page : static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t rounded = rounded_up(size, is_large ? page : line);
  auto* bytes = is_large ? map(rounded)
                         : static_cast<std::byte*>(::operator new[](rounded, std::align_val_t{line}, std::nothrow));
  if (bytes == nullptr)
    fail(Code::resource, "the machine has no {:.1f} MB of memory left", static_cast<double>(size) / 1e6);
  std::memset(bytes, 0, size);  // what is mapped, too: memory that is promised is there
  return AlignedBytes(bytes, {is_large ? rounded : 0});
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
