// How the sum over k in each element of a product is cut, alike for every kernel of matrices: the bits of a product do
// not depend on which of them runs.
#pragma once

#include <algorithm>

#include "fathom/base/pool.hpp"
#include "fathom/cpu/finish.hpp"

namespace fathom {

// How many parts of this length make the whole, the last of them perhaps shorter.
inline Index parts(Index whole, Index part) { return (whole + part - 1) / part; }

// Each element is the sum, in order, of sums over equal stretches of `depth` neighbouring k (the last may be shorter),
// in order. A long sum of a small result is one of `sections` such sums over `section` k each.
struct LongSum {
  Index sections = 1, section = 0, depth = 1;
};

// Of a stretch, which is summed in registers before C is touched.
constexpr Index most_depth = 320;

inline LongSum long_sum(Index m, Index n, Index k) {
  constexpr Index most_section = 2048, most_elements = 128 * 128;
  LongSum sum;
  if (m * n > 0 && m * n <= most_elements && k > 2 * most_section) sum.sections = parts(k, most_section);
  sum.section = parts(k, sum.sections);
  sum.depth = std::max<Index>(1, parts(sum.section, std::max<Index>(1, parts(sum.section, most_depth))));
  return sum;
}

// C [m, n] += the sections' sums, which lie one after another, each [m, n]; and what is done with C's rows then.
template <class T>
void add_sections(Pool& pool, T* c, Index ldc, Index m, Index n, const T* sections, Index count, const Finish& finish,
                  Index begin) {
  constexpr Index rows = 12;
  pool.run((m + rows - 1) / rows, [&](std::int64_t chunk) {
    const Index first = chunk * rows, last = std::min(m, first + rows);
    for (Index section = 0; section < count; ++section)
      for (Index row = first; row < last; ++row) {
        T* to = c + row * ldc;
        const T* from = sections + (section * m + row) * n;
        for (Index j = 0; j < n; ++j) to[j] += from[j];
      }
    finish({begin + first * ldc, last - first, n, ldc});
  });
}

}  // namespace fathom
