// The register block that all products are made of. Include inside of a file that Highway compiles per target.
#if defined(FATHOM_CPU_REGISTER_BLOCK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_CPU_REGISTER_BLOCK_INL
#undef FATHOM_CPU_REGISTER_BLOCK_INL
#else
#define FATHOM_CPU_REGISTER_BLOCK_INL
#endif

#include <hwy/highway.h>

#include "fathom/base/shape.hpp"
#include "fathom/cpu/partial-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {

// Rows of a register block: with two vectors across, 24 accumulators of 32 registers, or 12 of 16.
#if HWY_TARGET <= HWY_AVX3
constexpr int block_rows = 12;
#else
constexpr int block_rows = 6;
#endif

template <class T>
constexpr Index lanes() {
  return static_cast<Index>(hn::MaxLanes(hn::ScalableTag<T>()));
}
// Columns of a register block.
template <class T>
constexpr Index panel_width() {
  return 2 * lanes<T>();
}

// Stretches of k whose products go into one sum: at stretch r, A begins at a_begins[r] and B at b_begins[r] (both in
// elements, from the block's a and b), and both are `depth` long.
struct Stretches {
  Index count;
  Index depth;
  const Index* a_begins;
  const Index* b_begins;
};

template <class T>
struct BlockOperands {
  const T* a;
  Index a_row;   // from a row of A to the next
  Index a_step;  // from a k to the next
  const T* b;
  Index b_step;
  T* c;
  Index c_row;
  Index columns;  // of C; above panel_width() - lanes() if the block is two vectors wide
  bool add;       // onto what C holds
};

// The columns of a block that C has, from rows of `width` numbers.
template <class T>
HWY_NOINLINE void store_columns(const T* HWY_RESTRICT from, Index width, Index rows, const BlockOperands<T>& o) {
  T* HWY_RESTRICT to = o.c;
  for (Index i = 0; i < rows; ++i, from += width, to += o.c_row)
    for (Index j = 0; j < o.columns; ++j) to[j] = o.add ? to[j] + from[j] : from[j];
}

// C[R rows, NV vectors] (+)= A B, each element a sum over k in order. Whole: C has as many columns as the block, and B
// may be read in whole vectors even if it has not. Loops over registers are written out, or they would be memory.
// Rows of A that do not lie beside each other are found from every fourth of them: so few addresses fit the registers.
template <class T, int R, int NV, bool Neighbours, bool WholeC, bool WholeB>
HWY_INLINE void register_block(const Stretches& stretches, const BlockOperands<T>& o) {
  constexpr int together = Neighbours ? R : 4;
  constexpr int bases = (R + together - 1) / together;
  const Index a_row = Neighbours ? 1 : o.a_row;
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr Index width = lanes<T>();
  V sums[R][NV];
  HWY_UNROLL(16)
  for (int i = 0; i < R; ++i) {
    HWY_UNROLL(16)
    for (int j = 0; j < NV; ++j) sums[i][j] = hn::Zero(d);
  }
  if constexpr (WholeC) {
    HWY_UNROLL(16)
    for (int i = 0; i < R; ++i) __builtin_prefetch(o.c + i * o.c_row + NV * width - 1, 1);
  }
  for (Index r = 0; r < stretches.count; ++r) {
    const T* a[bases];
    HWY_UNROLL(16)
    for (int i = 0; i < bases; ++i) a[i] = o.a + stretches.a_begins[r] + i * together * a_row;
    const T* HWY_RESTRICT b = o.b + stretches.b_begins[r];
    for (Index k = 0; k < stretches.depth; ++k) {
      V row[NV];
      HWY_UNROLL(16)
      for (int j = 0; j < NV; ++j)
        row[j] = WholeB
                     ? hn::LoadU(d, b + j * width)
                     : load_first(d, b + j * width, static_cast<std::size_t>(std::min(o.columns - j * width, width)));
      HWY_UNROLL(16)
      for (int i = 0; i < R; ++i) {
        const V x = hn::Set(d, a[i / together][i % together * a_row]);
        HWY_UNROLL(16)
        for (int j = 0; j < NV; ++j) sums[i][j] = hn::MulAdd(x, row[j], sums[i][j]);
      }
      HWY_UNROLL(16)
      for (int i = 0; i < bases; ++i) a[i] += o.a_step;
      b += o.b_step;
    }
  }
  if constexpr (WholeC) {
    HWY_UNROLL(16)
    for (int i = 0; i < R; ++i) {
      HWY_UNROLL(16)
      for (int j = 0; j < NV; ++j) {
        T* to = o.c + i * o.c_row + j * width;
        hn::StoreU(o.add ? hn::Add(hn::LoadU(d, to), sums[i][j]) : sums[i][j], d, to);
      }
    }
  } else {
    HWY_ALIGN T all[R * NV * width];
    HWY_UNROLL(16)
    for (int i = 0; i < R; ++i) {
      HWY_UNROLL(16)
      for (int j = 0; j < NV; ++j) hn::Store(sums[i][j], d, all + (i * NV + j) * width);
    }
    store_columns(all, NV * width, R, o);
  }
}

// Picks the block's width by its columns. Neighbours: the rows of A lie beside each other.
template <class T, int R, bool Neighbours, bool WholeB>
HWY_NOINLINE void block_of_rows(const Stretches& stretches, const BlockOperands<T>& o) {
  if (o.columns == panel_width<T>())
    register_block<T, R, 2, Neighbours, true, true>(stretches, o);
  else if (o.columns > lanes<T>())
    register_block<T, R, 2, Neighbours, false, WholeB>(stretches, o);
  else if (o.columns == lanes<T>())
    register_block<T, R, 1, Neighbours, true, true>(stretches, o);
  else
    register_block<T, R, 1, Neighbours, false, WholeB>(stretches, o);
}

// The block with this many rows, at most block_rows.
template <class T, bool Neighbours, bool WholeB>
HWY_INLINE void any_block(Index rows, const Stretches& stretches, const BlockOperands<T>& o) {
  switch (rows) {
#define FATHOM_BLOCK(R) \
  case R:               \
    return block_of_rows<T, R, Neighbours, WholeB>(stretches, o);
#if HWY_TARGET <= HWY_AVX3
    FATHOM_BLOCK(12)
    FATHOM_BLOCK(11)
    FATHOM_BLOCK(10)
    FATHOM_BLOCK(9)
    FATHOM_BLOCK(8)
    FATHOM_BLOCK(7)
#endif
    FATHOM_BLOCK(6)
    FATHOM_BLOCK(5)
    FATHOM_BLOCK(4)
    FATHOM_BLOCK(3)
    FATHOM_BLOCK(2)
    default:
      return block_of_rows<T, 1, Neighbours, WholeB>(stretches, o);
#undef FATHOM_BLOCK
  }
}

// The rows of the next of ceil(left / block_rows) blocks that share `left` rows as evenly as they can.
inline Index rows_of_block(Index left) {
  const Index blocks = (left + block_rows - 1) / block_rows;
  return (left + blocks - 1) / blocks;
}

}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
