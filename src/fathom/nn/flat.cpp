#include "fathom/nn/flat.hpp"

#include <cmath>

#include "fathom/base/pool.hpp"

namespace fathom {

namespace {

constexpr Index chunk_length = 1 << 14;

Index chunks_of(Index n) { return (n + chunk_length - 1) / chunk_length; }

void need_same_layout(const Flat& a, const Flat& b) {
  if (a.shared_layout() == b.shared_layout()) return;
  bool same = a.dtype() == b.dtype() && a.layout().size() == b.layout().size();
  for (std::size_t i = 0; same && i < a.layout().size(); ++i)
    same = a.layout()[i].name == b.layout()[i].name && a.layout()[i].type == b.layout()[i].type;
  if (!same) fail(Code::usage, "two flat vectors differ in layout: they belong to different models");
}

// Calls f(T zero, first, last) for each chunk of the vector, on the pool.
template <class F>
void for_each_chunk(const Flat& x, F&& f) {
  visit(x.dtype(), [&](auto zero) {
    Pool::shared().run(chunks_of(x.total()), [&](Index chunk) {
      f(zero, chunk, chunk * chunk_length, std::min(x.total(), (chunk + 1) * chunk_length));
    });
  });
}

}  // namespace

Flat::Flat(const Parameters& layout) : Flat(std::make_shared<const Parameters>(layout)) {}

Flat::Flat(std::shared_ptr<const Parameters> layout)
    : layout_(std::move(layout)), values_(Type{layout_->dtype(), {layout_->total()}}) {}

TensorView Flat::view(std::size_t number) const {
  const Parameter& parameter = (*layout_)[number];
  auto* bytes = static_cast<std::byte*>(values_.view().data);
  return {parameter.type, bytes + static_cast<std::size_t>(parameter.offset) * size_of(dtype())};
}

TensorView Flat::view(const std::string& name) const {
  const Parameter* parameter = layout_->find(name);
  if (parameter == nullptr) fail(Code::usage, "there is no parameter named \"{}\"", name);
  return view(static_cast<std::size_t>(parameter - &(*layout_)[0]));
}

Tensor Flat::copy(const std::string& name) const {
  const TensorView from = view(name);
  Tensor result(from.type);
  std::memcpy(result.view().data, from.data, from.type.bytes());
  return result;
}

double dot(const Flat& a, const Flat& b) {
  need_same_layout(a, b);
  std::vector<double> partial(static_cast<std::size_t>(chunks_of(a.total())));
  for_each_chunk(a, [&](auto zero, Index chunk, Index first, Index last) {
    using T = decltype(zero);
    const T* x = a.values().as<T>();
    const T* y = b.values().as<T>();
    double sums[8] = {};  // lanes, added in a fixed order
    for (Index i = first; i < last; ++i) sums[i % 8] += static_cast<double>(x[i]) * static_cast<double>(y[i]);
    double sum = 0;
    for (double lane : sums) sum += lane;
    partial[static_cast<std::size_t>(chunk)] = sum;
  });
  double total = 0;
  for (double sum : partial) total += sum;
  return total;
}

double norm(const Flat& a) { return std::sqrt(dot(a, a)); }

void axpy(double factor, const Flat& x, Flat& y) {
  need_same_layout(x, y);
  for_each_chunk(y, [&](auto zero, Index, Index first, Index last) {
    using T = decltype(zero);
    const T* from = x.values().as<T>();
    T* to = y.values().as<T>();
    for (Index i = first; i < last; ++i) to[i] += static_cast<T>(factor) * from[i];
  });
}

void scale(Flat& x, double factor) {
  for_each_chunk(x, [&](auto zero, Index, Index first, Index last) {
    using T = decltype(zero);
    T* to = x.values().as<T>();
    for (Index i = first; i < last; ++i) to[i] *= static_cast<T>(factor);
  });
}

void fill(Flat& x, double value) {
  for (std::size_t i = 0; i < x.layout().size(); ++i) initialise(x.view(i), Init::constant(value), {}, 0, {});
}

Flat zeros_like(const Flat& x) { return Flat(x.shared_layout()); }

Flat random_like(const Flat& x, std::uint64_t seed, std::uint64_t stream) {
  Flat result = zeros_like(x);
  for (std::size_t i = 0; i < x.layout().size(); ++i)
    initialise(result.view(i), Init::normal(1), {}, seed, fmt::format("random_like/{}/{}", stream, x.layout()[i].name));
  return result;
}

}  // namespace fathom
