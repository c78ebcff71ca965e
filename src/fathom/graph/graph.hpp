// Graph: primitives in the order in which they were traced.
//
// 1. Operands come before their users, so node order is a topological order.
// 2. Equal nodes exist once: same op, operands, attributes and name give the same id.
// 3. Inputs are named, and a name has one type.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "fathom/graph/op.hpp"

namespace fathom {

struct Node {
  const Op* op = nullptr;
  std::vector<NodeId> operands;
  Attributes attributes;
  Type type;
  std::string name;  // inputs only
  SourceLocation at;
};

class Graph {
 public:
  Graph() = default;
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  Graph(Graph&&) = default;
  Graph& operator=(Graph&&) = default;

  // Applies an op. Throws Error("op: reason (file:line)") when the operands do not fit.
  Var apply(const Op& op, std::span<const Var> operands, Attributes attributes = {}, SourceLocation at = {});
  Var apply(const Op& op, std::initializer_list<Var> operands, Attributes attributes = {}, SourceLocation at = {}) {
    return apply(op, std::span<const Var>(operands.begin(), operands.size()), std::move(attributes), at);
  }
  // A value that is given when the graph runs. Throws when the name is taken with another type.
  Var input(const std::string& name, Type type, SourceLocation at = SourceLocation::here());
  bool has_input(const std::string& name) const { return inputs_.contains(name); }
  // A value without a name that is never run: what a rule is written over while it is being transposed. Each is
  // another.
  Var placeholder(Type type);

  // Says that the nodes from `first` on were made for the user's code at `at`.
  void relocate(NodeId first, SourceLocation at);

  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id)]; }
  NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
  Var var(NodeId id) { return Var(*this, id); }

 private:
  NodeId insert(Node node);

  std::deque<Node> nodes_;  // references stay valid while the graph grows
  std::unordered_multimap<std::size_t, NodeId> by_hash_;
  std::unordered_map<std::string, NodeId> inputs_;
};

// Calls f(), whose refusals become "op: reason (file:line)".
template <class F>
auto in_op(std::string_view op, SourceLocation at, F&& f) {
  try {
    return f();
  } catch (const Error& error) {
    throw Error(error.code(),
                at.line > 0 ? fmt::format("{}: {} ({})", op, error.what(), to_string(at))
                            : fmt::format("{}: {}", op, error.what()),
                error.where(), error.hint());
  }
}

// The op of inputs and of placeholders.
extern const Op input_op;
inline bool is_input(const Node& node) { return node.op == &input_op; }

// The nodes that `outputs` depend on, in order.
std::vector<NodeId> reachable(const Graph& graph, std::span<const Var> outputs);
// One line a node: "%7 f32[128, 10] = matmul(%5, %6)  model.cpp:31".
std::string print(const Graph& graph, std::span<const Var> outputs);
// A hash of the part of the graph that `outputs` depend on: equal traces have equal hashes.
std::size_t structural_hash(const Graph& graph, std::span<const Var> outputs);
// Throws Error(usage) when one of the values belongs to another graph; `who` begins the sentence.
void need_same_graph(std::span<const Var> values, const Graph& graph, std::string_view who);
// Throws an Error(bug) when an invariant of the graph does not hold.
void verify(const Graph& graph);

}  // namespace fathom
