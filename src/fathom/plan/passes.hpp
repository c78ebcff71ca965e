// The passes of make_plan, each a pure function.
#pragma once

#include "fathom/plan/plan.hpp"
#include "fathom/plan/reads.hpp"

namespace fathom::passes {

// A request over a graph that it owns.
struct Owned {
  std::shared_ptr<Graph> graph;
  Request request;
};

// Copies what the request depends on into a graph of its own.
Owned prune(const Request& request);
// The same values by fewer ops: identities dropped, constants folded, work done before a broadcast rather than after.
Owned simplify(const Owned& owned);

// The same request, with a copy made of each updated input that an output, or the update of another input, takes as it
// is: the input's own buffer holds the new value when these are read.
Owned keep_old_values(const Owned& owned);

// The same request, with values from before `turn` made again for what reads them behind it, where that lowers the most
// bytes that are alive at a time; and the nodes that are made again. Their operands pass through stop_gradient, which
// moves nothing and tells them from the nodes that they repeat.
struct Recomputed {
  Owned owned;
  std::vector<NodeId> again;
};
Recomputed recompute(const Owned& owned);

// Nodes that run together: one non-elementwise node, a group of elementwise ones with sums of their results, or a
// product and the group that takes its result piece by piece.
struct Unit {
  std::vector<NodeId> nodes;      // ascending
  NodeId whole = -1;              // the one that is not elementwise
  Index columns = 0;              // of the rows that nodes of it reduce; 0: none does
  std::vector<NodeId> sums = {};  // of the nodes, those that sum what others make

  bool has_group() const { return nodes.size() > (whole >= 0 ? 1u : 0u); }
};
struct Units {
  std::vector<Unit> units;
  std::vector<int> unit_of;  // for each node, or -1
};
Units group(const Owned& owned, const PlanOptions& options);
// Moves what only a later group reads, and what that can make from values in memory, into that group: the mask that a
// derivative takes from a result, say. It is not written.
void defer(const Owned& owned, Units& units);
// Puts groups behind the products whose results they read element by element.
void carry(const Owned& owned, Units& units);

// Puts groups together with reductions of their rows, and with groups that read what these give.
void rows(const Owned& owned, Units& units);
// Puts sums over the rows of a group's results into the group.
void sums(const Owned& owned, Units& units);

// The units' order of execution. `direct[k]` says whether update k may write into its target.
struct Order {
  std::vector<int> units;
  std::vector<bool> direct;
};
Order order(const Owned& owned, const Units& units);

// Makes one step of neighbouring groups that write nothing but updated inputs, each of its own: a rule of an optimizer
// runs over all parameters at once, as over one vector. Needs: updates have their places.
void join(Plan& plan);

// Gives every value a place, and says how large the arena is.
void place(Plan& plan, const Owned& owned, const PlanOptions& options);

// --- what the passes share ---------------------------------------------------------------------------

// Where a unit or a node stands in a vector.
inline std::size_t index(int i) { return static_cast<std::size_t>(i); }

// Through the broadcasts that are not written out, too: to the value that an elementwise step reads.
NodeId memory_of(const Graph& graph, const Units& units, NodeId id);
// Whether a value is read by another name: what is computed again there must not join what it repeats, which would keep
// it from the first time on.
bool by_another_name(const Graph& graph, NodeId id);
// Keeps one tile of every instruction of a group within the first-level cache.
constexpr std::size_t largest_group = 32;

// A reduction of the axes at the end, or a pick: one value from each row, of a length that a group can take.
bool reduces_rows(const Graph& graph, const Node& node);
// A 1 in each row at a place of its own: of a length that a group can take.
bool marks_rows(const Graph& graph, const Node& node);
// The columns of the rows that a node of one of these kinds makes or reduces.
Index columns_of(const Graph& graph, const Node& node);
// Whether operand i of a node is whole numbers, one for each row, that it reads from memory as they lie.
bool is_row_index(const Node& node, int i);
// Elementwise over one float type: what a group can hold.
bool groupable(const Graph& graph, const Node& node);
// The values, from outside of the unit, that it reads; with repeats.
std::vector<NodeId> dependencies(const Graph& graph, const Units& units, int unit);

// For each node, whether its value outlives its unit: something outside of that, an output or an update reads it.
std::vector<bool> kept_values(const Owned& owned, const Units& units);
// The elements of a group's largest values.
Index elements_of(const Graph& graph, const Unit& group);

// Units that become one.
class Merger {
 public:
  Merger(const Graph& graph, Units& units);

  // Whether two units can run as one: neither waits for the other through a third.
  bool may_merge(int a, int b) { return a != b && !waits_through_another(a, b) && !waits_through_another(b, a); }
  // Moves the nodes of b into a.
  void merge(int a, int b);

 private:
  bool waits_through_another(int a, int b);
  void note(const Unit& unit);

  const Graph& graph_;
  Units& units_;
  std::vector<int> stack_;
  std::vector<int> visited_;  // the number of the last search that came by
  int search_ = 0;
  std::vector<NodeId> furthest_;  // for each node: the last node of the units that hold it or one before it
};

}  // namespace fathom::passes
