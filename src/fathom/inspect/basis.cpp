#include "fathom/inspect/basis.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/base/pool.hpp"

namespace fathom::curvature {

namespace {

std::size_t length_of(Index chunk, Index n) {
  return static_cast<std::size_t>(std::min(n, (chunk + 1) * chunk_length) - chunk * chunk_length);
}

template <class T>
const T* at(const Tensor& column, Index chunk) {
  return column.as<T>() + chunk * chunk_length;
}

// Calls f(T zero, chunk) for each chunk of the vectors, on the pool.
template <class F>
void for_each_chunk(Dtype dtype, Index n, F&& f) {
  visit(dtype, [&](auto zero) {
    if constexpr (std::is_floating_point_v<decltype(zero)>)
      Pool::shared().run(chunks_of(n), [&](Index chunk) { f(zero, chunk); });
  });
}

}  // namespace

Vector Basis::operator[](std::size_t k) const {
  Vector result(static_cast<std::size_t>(dimension_));
  for_each_chunk(dtype_, dimension_, [&](auto zero, Index chunk) {
    const auto* from = at<decltype(zero)>(columns_[k], chunk);
    std::copy(from, from + length_of(chunk, dimension_), result.data() + chunk * chunk_length);
  });
  return result;
}

Vector Basis::orthogonalise(std::span<double> w) const {
  const std::size_t count = size();
  Vector total(count);
  const auto chunks = static_cast<std::size_t>(chunks_of(dimension_));
  Vector partial(chunks * count), products(count);
  for (int pass = 0; pass < 2 && count > 0; ++pass) {
    for_each_chunk(dtype_, dimension_, [&](auto zero, Index chunk) {
      const double* own = w.data() + chunk * chunk_length;
      const std::size_t length = length_of(chunk, dimension_);
      for (std::size_t k = 0; k < count; ++k) {
        const auto* column = at<decltype(zero)>(columns_[k], chunk);
        double lanes[8] = {};
        std::size_t i = 0;
        for (; i + 8 <= length; i += 8)
          for (std::size_t lane = 0; lane < 8; ++lane)
            lanes[lane] += static_cast<double>(column[i + lane]) * own[i + lane];
        for (; i < length; ++i) lanes[i % 8] += static_cast<double>(column[i]) * own[i];
        double sum = 0;
        for (const double lane : lanes) sum += lane;
        partial[static_cast<std::size_t>(chunk) * count + k] = sum;
      }
    });
    std::fill(products.begin(), products.end(), 0);
    for (std::size_t chunk = 0; chunk < chunks; ++chunk)
      for (std::size_t k = 0; k < count; ++k) products[k] += partial[chunk * count + k];
    for_each_chunk(dtype_, dimension_, [&](auto zero, Index chunk) {
      double* own = w.data() + chunk * chunk_length;
      const std::size_t length = length_of(chunk, dimension_);
      for (std::size_t k = 0; k < count; ++k) {
        const auto* column = at<decltype(zero)>(columns_[k], chunk);
        for (std::size_t i = 0; i < length; ++i) own[i] -= products[k] * static_cast<double>(column[i]);
      }
    });
    for (std::size_t k = 0; k < count; ++k) total[k] += products[k];
  }
  return total;
}

void Basis::append(std::span<const double> w) {
  const double length = norm(w);
  Tensor& column = columns_.emplace_back(Type{dtype_, {dimension_}});
  for_each_chunk(dtype_, dimension_, [&](auto zero, Index chunk) {
    using T = decltype(zero);
    T* to = column.as<T>() + chunk * chunk_length;
    const double* from = w.data() + chunk * chunk_length;
    for (std::size_t i = 0; i < length_of(chunk, dimension_); ++i) to[i] = static_cast<T>(from[i] / length);
  });
}

Vector Basis::fresh_direction(std::uint64_t seed, std::uint64_t index) const {
  Vector w = random_normal(dimension_, seed, "Lanczos start", index);
  scale(w, 1 / norm(w));
  // Where few directions are left, most of w is taken away, and what is left is scaled up with its rounding.
  for (int round = 0; round < 3; ++round) {
    orthogonalise(w);
    scale(w, 1 / norm(w));
  }
  return w;
}

Vector Basis::combine(std::span<const double> factors) const {
  Vector result(static_cast<std::size_t>(dimension_));
  for_each_chunk(dtype_, dimension_, [&](auto zero, Index chunk) {
    double* to = result.data() + chunk * chunk_length;
    const std::size_t length = length_of(chunk, dimension_);
    for (std::size_t k = 0; k < factors.size(); ++k) {
      const auto* column = at<decltype(zero)>(columns_[k], chunk);
      for (std::size_t i = 0; i < length; ++i) to[i] += factors[k] * static_cast<double>(column[i]);
    }
  });
  return result;
}

void Basis::rotate(std::size_t first, std::size_t kept, std::span<const double> factors) {
  const std::size_t count = size() - first;
  for_each_chunk(dtype_, dimension_, [&](auto zero, Index chunk) {
    using T = decltype(zero);
    const std::size_t length = length_of(chunk, dimension_);
    // A block of elements of all vectors at a time: they are read whole before any is overwritten.
    constexpr std::size_t block = 64;
    Vector sums(kept * block);
    for (std::size_t begin = 0; begin < length; begin += block) {
      const std::size_t width = std::min(block, length - begin);
      std::fill(sums.begin(), sums.end(), 0);
      for (std::size_t j = 0; j < count; ++j) {
        const T* column = at<T>(columns_[first + j], chunk) + begin;
        for (std::size_t k = 0; k < kept; ++k)
          for (std::size_t i = 0; i < width; ++i)
            sums[k * block + i] += factors[k * count + j] * static_cast<double>(column[i]);
      }
      for (std::size_t k = 0; k < kept; ++k) {
        T* to = columns_[first + k].as<T>() + chunk * chunk_length + static_cast<Index>(begin);
        for (std::size_t i = 0; i < width; ++i) to[i] = static_cast<T>(sums[k * block + i]);
      }
    }
  });
  columns_.resize(first + kept);
}

}  // namespace fathom::curvature
