#include "fathom/cpu/gemm.hpp"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gemm.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "fathom/base/cache_line.hpp"
#include "fathom/cpu/long_sums.hpp"
#include "fathom/cpu/pack-inl.hpp"
#include "fathom/cpu/register_block-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {
namespace {

constexpr std::size_t a_bytes = 240 << 10;  // of a chunk's rows, in the second-level cache
constexpr Index wanted_chunks = 8, least_products = 1 << 19;
constexpr Index most_panels = 32;  // of a chunk
constexpr Index panels_per_piece = 8;
constexpr Index panels_together = 4;  // that are packed at a time, as they lie beside each other in memory

template <class T>
class Product {
 public:
  explicit Product(const GemmShape& shape) : s_(shape), panels_(parts(shape.n, width_)) {
    const LongSum sum = long_sum(s_.m, s_.n, s_.k);
    sections_ = sum.sections;
    section_ = sum.section;
    depth_ = sum.depth;
    constexpr Index most_rows = static_cast<Index>(a_bytes / sizeof(T)) / most_depth;
    rows_ = rows_in(parts(s_.m, most_rows));
    chunk_panels_ =
        parts(panels_, most_panels) > 1 ? parts(panels_, parts(panels_, most_panels)) : std::max<Index>(1, panels_);
    while (chunks() < wanted_chunks && rows_ * chunk_panels_ * width_ * section_ > 2 * least_products)
      if (down() > 1 && rows_ > 8 * block_rows)
        rows_ = rows_in(down() + 1);
      else if (chunk_panels_ > 4)
        chunk_panels_ = parts(chunk_panels_, 2);
      else
        break;
    // An operand that few blocks read, or that the first-level cache holds beside what is read with it, is good enough
    // as it lies.
    const auto bytes = [](Index numbers) { return numbers * static_cast<Index>(sizeof(T)); };
    const bool small = bytes(s_.k * s_.n) <= 16384 || bytes(s_.m * s_.k + s_.k * s_.n + s_.m * s_.n) <= 32768;
    packs_b_ = s_.transpose_b || (s_.m > 3 * block_rows && !small);
    shares_b_ = packs_b_ && sections_ == 1 && down() > 1;
    packs_a_ = chunk_panels_ > (s_.transpose_a ? 2 : most_panels / 2);
  }

  std::size_t shared_bytes() const {
    const Index numbers = shares_b_ ? panels_ * width_ * depth_ : (sections_ - 1) * s_.m * s_.n;
    return static_cast<std::size_t>(numbers) * sizeof(T);
  }
  std::size_t worker_bytes() const {
    const auto numbers = static_cast<std::size_t>(packed_a_size() + panels_together * width_ * depth_);
    return whole_lines(numbers * sizeof(T));
  }

  void run(Pool& pool, const GemmOperands<T>& o, const GemmMemory& memory) const {
    T* shared = reinterpret_cast<T*>(memory.shared);
    const Index across = parts(panels_, chunk_panels_), all = across * down();
    const auto multiply = [&](GemmOperands<T> part, Index chunk, int worker, Index begin, Index end) {
      compute(part, chunk / across * rows_, chunk % across * chunk_panels_, begin, end, shared,
              reinterpret_cast<T*>(memory.workers + static_cast<std::size_t>(worker) * memory.worker_bytes));
    };
    if (shares_b_) {
      for (Index k = 0; k < s_.k || k == 0; k += depth_) {
        const Index end = std::min(s_.k, k + depth_);
        GemmOperands<T> part = o;
        if (end < s_.k) part.finish = {};
        pool.run(parts(panels_, panels_together), [&](std::int64_t group) {
          const Index first = group * panels_together;
          pack_b(shared + first * width_ * (end - k), o, first, std::min(panels_, first + panels_together), k, end - k);
        });
        pool.run(all, [&](std::int64_t chunk, int worker) { multiply(part, chunk, worker, k, end); });
      }
      return;
    }
    pool.run(sections_ * all, [&](std::int64_t chunk, int worker) {
      const Index section = chunk / all, begin = section * section_;
      if (sections_ == 1) return multiply(o, chunk, worker, 0, s_.k);
      GemmOperands<T> part = o;
      part.finish = {};
      if (section > 0) {
        part.c = shared + (section - 1) * s_.m * s_.n;
        part.ldc = s_.n;
      }
      multiply(part, chunk % all, worker, begin, std::min(s_.k, begin + section_));
    });
    if (sections_ > 1) add_sections(pool, o.c, o.ldc, s_.m, s_.n, shared, sections_ - 1, o.finish, o.begin);
  }

 private:
  static constexpr Index width_ = panel_width<T>();

  // Of a chunk, when so many share C's.
  Index rows_in(Index chunks) const {
    return std::max<Index>(1, parts(parts(s_.m, std::max<Index>(1, chunks)), block_rows)) * block_rows;
  }
  // Whether the panel that begins there ends inside of a vector.
  bool is_partial(Index column) const { return column + width_ > s_.n && (s_.n - column) % lanes<T>() != 0; }
  Index down() const { return parts(s_.m, rows_); }
  Index chunks() const { return sections_ * parts(panels_, chunk_panels_) * down(); }
  // Blocks are packed in vectors, and the last one may reach beyond them.
  Index packed_a_size() const { return packs_a_ ? parts(rows_ * depth_ + width_, width_) * width_ : 0; }

  // C's rows from `first` on and its panels from `first_panel` on (+)= the sums over k in [begin, end).
  void compute(const GemmOperands<T>& o, Index first, Index first_panel, Index begin, Index end, const T* shared_b,
               T* memory) const {
    constexpr Index beginning = 0;
    const Index last = std::min(s_.m, first + rows_), last_panel = std::min(panels_, first_panel + chunk_panels_);
    T* own_b = memory + packed_a_size();
    for (Index k = begin; k < end || k == begin; k += depth_) {
      const Index depth = std::min(depth_, end - k);
      const Stretches all{1, depth, &beginning, &beginning};
      if (packs_a_) pack_a(memory, o, first, last, k, depth);
      for (Index panel = first_panel, piece = first_panel; panel < last_panel; ++panel) {
        const Index column = panel * width_, place = (panel - first_panel) % panels_together;
        const T* packed = shared_b + column * depth;
        if (!shares_b_) {
          if (packs_b_ && place == 0)
            pack_b(own_b, o, panel, std::min(last_panel, panel + panels_together), k, depth);
          else if (!packs_b_ && is_partial(column))
            pack_b(own_b + place * width_ * depth, o, panel, panel + 1, k, depth);
          packed = own_b + place * width_ * depth;
        }
        const bool packs = packs_b_ || is_partial(column);
        BlockOperands<T> block{.a = nullptr,
                               .a_row = o.lda,
                               .a_step = 1,
                               .b = packs ? packed : o.b + k * o.ldb + column,
                               .b_step = packs ? width_ : o.ldb,
                               .c = o.c + first * o.ldc + column,
                               .c_row = o.ldc,
                               .columns = std::min(width_, s_.n - column),
                               .add = sections_ == 1 ? k > 0 : k > begin};
        for (Index row = first; row < last;) {
          const Index rows = rows_of_block(last - row);
          if (packs_a_) {
            block.a = memory + (row - first) * depth;
            block.a_step = rows;
            any_block<T, true, true>(rows, all, block);
          } else if (s_.transpose_a) {
            block.a = o.a + k * o.lda + row;
            block.a_step = o.lda;
            any_block<T, true, true>(rows, all, block);
          } else {
            block.a = o.a + row * o.lda + k;
            any_block<T, false, true>(rows, all, block);
          }
          block.c += rows * o.ldc;
          row += rows;
        }
        if (k + depth_ >= end && (panel + 1 == last_panel || panel + 1 - piece == panels_per_piece)) {
          const Index left = piece * width_;
          o.finish({o.begin + first * o.ldc + left, last - first, std::min(s_.n, column + width_) - left, o.ldc});
          piece = panel + 1;
        }
      }
    }
  }

  // Block after block, each of them [depth, rows].
  void pack_a(T* to, const GemmOperands<T>& o, Index first, Index last, Index k, Index depth) const {
    if (!s_.transpose_a) {
      for (Index row = first, rows = 0; row < last; row += rows, to += rows * depth) {
        rows = rows_of_block(last - row);
        pack_across(to, rows, o.a + row * o.lda + k, o.lda, rows, depth);
      }
      return;
    }
    // Blocks are beside each other in memory: a few k at a time, for all of them.
    constexpr Index step = 16;
    for (Index part = 0; part < depth; part += step) {
      const Index some = std::min(step, depth - part);
      const T* from = o.a + (k + part) * o.lda;
      T* block = to;
      for (Index row = first, rows = 0; row < last; row += rows, block += rows * depth) {
        rows = rows_of_block(last - row);
        // Up to a vector beyond some k, more k are read and written, or as many as that takes are copied exactly.
        const Index exact = std::clamp<Index>(parts(lanes<T>(), rows) - (depth - part - some), 0, some);
        pack_rows(block + part * rows, from + row, o.lda, rows, some, exact);
      }
    }
  }

  // Panels [first, last), one after another.
  void pack_b(T* to, const GemmOperands<T>& o, Index first, Index last, Index k, Index depth) const {
    for (Index panel = first, count = 1; panel < last; panel += count, to += count * width_ * depth) {
      const Index column = panel * width_, columns = std::min(width_, s_.n - column);
      const T* from = s_.transpose_b ? o.b + column * o.ldb + k : o.b + k * o.ldb + column;
      const bool several = panel + panels_together <= last && (panel + panels_together) * width_ <= s_.n;
      count = several && !s_.transpose_b ? panels_together : 1;
      if (s_.transpose_b)
        pack_across(to, width_, from, o.ldb, columns, depth);
      else if (several)
        pack_panels(to, from, o.ldb, depth);
      else
        pack_along(to, width_, from, o.ldb, columns, depth);
    }
  }

  // Whole panels, row by row, as their numbers lie in memory.
  static void pack_panels(T* HWY_RESTRICT to, const T* HWY_RESTRICT from, Index stride, Index depth) {
    const hn::ScalableTag<T> d;
    constexpr Index vector = lanes<T>();
    for (Index k = 0; k < depth; ++k, from += stride, to += width_) {
      HWY_UNROLL(8)
      for (Index p = 0; p < panels_together; ++p) {
        const auto x = hn::LoadU(d, from + p * width_), y = hn::LoadU(d, from + p * width_ + vector);
        hn::StoreU(x, d, to + p * width_ * depth);
        hn::StoreU(y, d, to + p * width_ * depth + vector);
      }
    }
  }

  GemmShape s_;
  Index panels_;
  Index sections_ = 1, section_ = 0;   // of k, and the depth of one
  Index depth_ = 1;                    // of a block
  Index rows_ = 1, chunk_panels_ = 1;  // of a chunk
  bool packs_a_ = false, packs_b_ = false;
  bool shares_b_ = false;  // packed once, for all chunks
};

template <class T>
GemmBytes bytes_of(const GemmShape& shape) {
  const Product<T> product(shape);
  return {product.shared_bytes(), product.worker_bytes()};
}

void run_f32(Pool& pool, const GemmShape& shape, const GemmOperands<float>& operands, const GemmMemory& memory) {
  Product<float>(shape).run(pool, operands, memory);
}
void run_f64(Pool& pool, const GemmShape& shape, const GemmOperands<double>& operands, const GemmMemory& memory) {
  Product<double>(shape).run(pool, operands, memory);
}
GemmBytes bytes_f32(const GemmShape& shape) { return bytes_of<float>(shape); }
GemmBytes bytes_f64(const GemmShape& shape) { return bytes_of<double>(shape); }

}  // namespace
}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace fathom {

HWY_EXPORT(run_f32);
HWY_EXPORT(run_f64);
HWY_EXPORT(bytes_f32);
HWY_EXPORT(bytes_f64);

GemmBytes gemm_bytes(Dtype dtype, const GemmShape& shape) {
  return dtype == Dtype::f32 ? HWY_DYNAMIC_DISPATCH(bytes_f32)(shape) : HWY_DYNAMIC_DISPATCH(bytes_f64)(shape);
}

template <>
void gemm<float>(Pool& pool, const GemmShape& shape, const GemmOperands<float>& operands,
                 const GemmMemory& memory) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f32)(pool, shape, operands, memory);
}
template <>
void gemm<double>(Pool& pool, const GemmShape& shape, const GemmOperands<double>& operands,
                  const GemmMemory& memory) noexcept {
  HWY_DYNAMIC_DISPATCH(run_f64)(pool, shape, operands, memory);
}

}  // namespace fathom
#endif
