// Sparse rows: finds the gradients of tables that a step touches in few rows, and writes them on those rows alone.
#pragma once

#include <optional>

#include "fathom/graph/var.hpp"

namespace fathom {

struct CompactRows {
  Var rows;    // i32 [n]: each touched row of the table once, then -1
  Var values;  // [n, ...]: the gradient of those rows; 0 for a row of -1
};

// Gives the gradient on its touched rows when it is structurally one that leaves the others zero: scatter_adds into
// zeros, their chains, sums, differences and multiples by scalars; and when twice the rows that it may touch are fewer
// than those of the table. Row sums run in the order of the dense gradient, so values have its bits.
std::optional<CompactRows> compact_rows(Var gradient);

}  // namespace fathom
