// The block of products one side of whose result is short: the long side lies across the vectors, so that none of them
// is part empty, whatever the short one is. Include inside of a file that Highway compiles per target.
#if defined(FATHOM_CPU_THIN_BLOCK_INL) == defined(HWY_TARGET_TOGGLE)
#ifdef FATHOM_CPU_THIN_BLOCK_INL
#undef FATHOM_CPU_THIN_BLOCK_INL
#else
#define FATHOM_CPU_THIN_BLOCK_INL
#endif

#include <hwy/highway.h>

#include <algorithm>

#include "fathom/base/shape.hpp"
#include "fathom/cpu/pack-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace fathom::HWY_NAMESPACE {

// C (+)= L S: C and L have `rows` rows, the long side; C and S have `columns` columns, the short one.
template <class T>
struct ThinOperands {
  const T* l;
  Index l_row, l_step;  // to the next row, and to the next k; one of them is 1
  const T* s;
  Index s_step, s_column;
  T* c;
  Index c_row, c_column;
  Index rows, columns, depth;
  bool add;  // onto what C holds
};

// V vectors of rows, N columns, each element a sum over k in order. Along: L's rows lie along k.
template <class T, int V, int N, bool Along>
HWY_NOINLINE void thin_block(const ThinOperands<T>& o) {
#if HWY_TARGET <= HWY_AVX2
  const TurnTag<T> d;
  using Vector = hn::Vec<TurnTag<T>>;
  constexpr Index lanes = turn_lanes<T>(), steps = Turned<T>::steps;
  Vector sums[V][N];
  HWY_UNROLL(16)
  for (int v = 0; v < V; ++v) {
    HWY_UNROLL(16)
    for (int j = 0; j < N; ++j) sums[v][j] = hn::Zero(d);
  }
  const T* HWY_RESTRICT s = o.s;
  const auto add = [&](const Vector(&row)[V]) HWY_ATTR {
    HWY_UNROLL(16)
    for (int j = 0; j < N; ++j) {
      const Vector x = hn::Set(d, s[j * o.s_column]);
      HWY_UNROLL(16)
      for (int v = 0; v < V; ++v) sums[v][j] = hn::MulAdd(row[v], x, sums[v][j]);
    }
    s += o.s_step;
  };
  if constexpr (Along) {
    // A row that there is not is read as the last one.
    Index rows[V * lanes];
    for (Index i = 0; i < V * lanes; ++i) rows[i] = std::min(i, o.rows - 1) * o.l_row;
    Index k = 0;
    for (; k + steps <= o.depth; k += steps) {
      Turned<T> turned[V];
      HWY_UNROLL(16)
      for (int v = 0; v < V; ++v) turned[v] = turn(o.l + k, rows + v * lanes);
      HWY_UNROLL(16)
      for (int step = 0; step < steps; ++step) {
        Vector row[V];
        HWY_UNROLL(16)
        for (int v = 0; v < V; ++v) row[v] = turned[v].at[step];
        add(row);
      }
    }
    for (; k < o.depth; ++k) {
      HWY_ALIGN T all[V * lanes];
      for (Index i = 0; i < V * lanes; ++i) all[i] = o.l[rows[i] + k];
      Vector row[V];
      HWY_UNROLL(16)
      for (int v = 0; v < V; ++v) row[v] = hn::Load(d, all + v * lanes);
      add(row);
    }
  } else {
    const T* HWY_RESTRICT l = o.l;
    if (o.rows == V * lanes) {
      for (Index k = 0; k < o.depth; ++k, l += o.l_step) {
        Vector row[V];
        HWY_UNROLL(16)
        for (int v = 0; v < V; ++v) row[v] = hn::LoadU(d, l + v * lanes);
        add(row);
      }
    } else {
      for (Index k = 0; k < o.depth; ++k, l += o.l_step) {
        Vector row[V];
        HWY_UNROLL(16)
        for (int v = 0; v < V; ++v) {
          const Index left = std::min(lanes, o.rows - v * lanes);
          row[v] = left > 0 ? load_first(d, l + v * lanes, static_cast<std::size_t>(left)) : hn::Zero(d);
        }
        add(row);
      }
    }
  }
  if (o.c_row == 1 && o.rows == V * lanes) {
    HWY_UNROLL(16)
    for (int j = 0; j < N; ++j) {
      HWY_UNROLL(16)
      for (int v = 0; v < V; ++v) {
        T* to = o.c + j * o.c_column + v * lanes;
        hn::StoreU(o.add ? hn::Add(hn::LoadU(d, to), sums[v][j]) : sums[v][j], d, to);
      }
    }
    return;
  }
  HWY_ALIGN T all[N * V * lanes];
  HWY_UNROLL(16)
  for (int j = 0; j < N; ++j) {
    HWY_UNROLL(16)
    for (int v = 0; v < V; ++v) hn::Store(sums[v][j], d, all + (j * V + v) * lanes);
  }
  T* HWY_RESTRICT to = o.c;
  for (Index i = 0; i < o.rows; ++i, to += o.c_row)
    for (Index j = 0; j < N; ++j) {
      T& c = to[j * o.c_column];
      c = o.add ? c + all[j * V * lanes + i] : all[j * V * lanes + i];
    }
#else
  (void)o;
#endif
}

// The most columns that a block takes, and the vectors of rows beside so many: as many sums as hide the latency of an
// addition, and as there are registers for, beside the turned vectors of rows along k.
constexpr Index thin_columns(bool along) {
#if HWY_TARGET <= HWY_AVX3
  return along ? 10 : 6;
#else
  return along ? 4 : 6;
#endif
}
constexpr int thin_vectors(Index columns, bool along) {
#if HWY_TARGET <= HWY_AVX3
  return columns <= 2 || !along ? 4 : 2;
#else
  return columns <= 2 && !along ? 4 : 2;
#endif
}

// All rows, for at most thin_columns(Along) columns.
template <class T, int N, bool Along>
HWY_INLINE void thin_rows(ThinOperands<T> o) {
  constexpr int vectors = thin_vectors(N, Along);
  constexpr Index rows = vectors * turn_lanes<T>();
  for (Index left = o.rows; left > 0; left -= rows, o.l += rows * o.l_row, o.c += rows * o.c_row) {
    o.rows = std::min(left, rows);
    thin_block<T, vectors, N, Along>(o);
  }
}

// Any number of rows and columns: the columns in parts that are as equal as they can be.
template <class T, bool Along>
void thin_parts(ThinOperands<T> o) {
  for (Index left = o.columns; left > 0; left -= o.columns) {
    constexpr Index most = thin_columns(Along);
    const Index parts = (left + most - 1) / most;
    o.columns = (left + parts - 1) / parts;
    switch (o.columns) {
#define FATHOM_THIN(N)                                  \
  case N:                                               \
    if constexpr (N <= most) thin_rows<T, N, Along>(o); \
    break;
      FATHOM_THIN(1)
      FATHOM_THIN(2)
      FATHOM_THIN(3)
      FATHOM_THIN(4)
      FATHOM_THIN(5)
      FATHOM_THIN(6)
      FATHOM_THIN(7)
      FATHOM_THIN(8)
      FATHOM_THIN(9)
      FATHOM_THIN(10)
#undef FATHOM_THIN
    }
    o.s += o.columns * o.s_column;
    o.c += o.columns * o.c_column;
  }
}

}  // namespace fathom::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif
