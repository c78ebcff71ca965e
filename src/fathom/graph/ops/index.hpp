// Rows by number. An index outside of the table is padding: it reads zeros and writes nothing.
#pragma once

#include "fathom/graph/ops/matmul.hpp"

namespace fathom {

extern const Op gather_op;       // table [rows, ...], i32 indices [...]
extern const Op scatter_add_op;  // base [rows, ...], i32 indices [...], updates [indices..., ...]
extern const Op scatter_set_op;  // as scatter_add, for indices without repeats
extern const Op one_hot_op;      // ints {depth, dtype}: i32 indices [...] -> [..., depth]
extern const Op pick_op;         // x [..., n], i32 indices [...] -> [...]
extern const Op unique_rows_op;  // ints {rows}: i32 [n] -> i32 [n]
extern const Op row_slots_op;    // i32 [n], i32 unique [n] -> i32 [n]

// out[i..., :] = table[indices[i...], :]
Var gather(Operand table, Operand indices);
// base with updates[i..., :] added to row indices[i...], in the order of i.
Var scatter_add(Operand base, Operand indices, Operand updates);
// base with row indices[i...] replaced by updates[i..., :]. Needs: no index twice.
Var scatter_set(Operand base, Operand indices, Operand updates);
// 1 at the index, 0 elsewhere.
Var one_hot(Operand indices, Index depth, Dtype dtype);
// out[i...] = x[i..., indices[i...]]
Var pick(Operand x, Operand indices);
// The different indices inside of the table in the order of their first appearance, then -1.
Var unique_rows(Operand indices, Index rows);
// out[i] = the place of indices[i] in unique, or -1 for one that is not there.
Var row_slots(Operand indices, Operand unique);

}  // namespace fathom
