// What the step of a node reads: mostly its operands, but two ops find their rows where these lie before they are
// gathered or repeated, so that lists of rows are not written out.
#pragma once

#include <optional>
#include <vector>

#include "fathom/graph/graph.hpp"

namespace fathom {

// sum(gather(table, indices), the last axis of the indices): `count` bags of `length` rows of `width` numbers.
struct Bags {
  NodeId table, indices;
  Index count, length, width;
};
// Nothing for other sums, for a single bag, for rows of one number, and where another op reads the gathered rows: these
// are written out then.
std::optional<Bags> bags_of(const Graph& graph, const Node& sum);

// The updates of a scatter that are a broadcast of `rows`, each of them `times` times in a row.
struct RepeatedRows {
  NodeId rows;
  Index times;
};
std::optional<RepeatedRows> repeated_rows_of(const Graph& graph, const Node& scatter);

// True when the step for `node` reads operand i: a scatter onto zeros does not.
bool reads_operand(const Graph& graph, const Node& node, int i);

// Through reshapes and stopped gradients, to the node whose numbers these are.
NodeId home_of(const Graph& graph, NodeId id);
// The values that the step for a node that is not elementwise reads.
std::vector<NodeId> values_read(const Graph& graph, const Node& node);

}  // namespace fathom
