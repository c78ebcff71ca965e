// Var: a value in a graph that is being traced. It has a type but no numbers, so it converts to nothing:
// freezing a value into a model by accident does not compile.
#pragma once

#include <concepts>
#include <vector>

#include "fathom/base/shape.hpp"
#include "fathom/graph/location.hpp"

namespace fathom {

class Graph;
struct Node;
using NodeId = std::int32_t;

class Var {
 public:
  Var() = default;
  Var(Graph& graph, NodeId id) : graph_(&graph), id_(id) {}

  explicit operator bool() const = delete;
  bool defined() const { return graph_ != nullptr; }
  Graph& graph() const { return *graph_; }
  NodeId id() const { return id_; }
  const Node& node() const;
  const Type& type() const;
  const Shape& shape() const;
  Dtype dtype() const;
  // The length of the first axis.
  Index rows() const { return shape()[0]; }
  // The length of the last axis.
  Index columns() const { return shape()[shape().rank() - 1]; }

  friend bool operator==(const Var& a, const Var& b) { return a.graph_ == b.graph_ && a.id_ == b.id_; }

 private:
  Graph* graph_ = nullptr;
  NodeId id_ = -1;
};

using Vars = std::vector<Var>;

// An argument of an op: a Var or a number, with the place in the source where it was written.
class Operand {
 public:
  Operand(Var var, SourceLocation at = SourceLocation::here()) : var_(var), at_(at) {}
  template <class Number>
  requires std::integral<Number> || std::floating_point<Number> Operand(Number number,
                                                                        SourceLocation at = SourceLocation::here())
      : number_(static_cast<double>(number)), at_(at) {}

  bool is_number() const { return !var_.defined(); }
  // Throws Error(usage) for a number: most ops take numbers only beside a value.
  Var var() const;
  double number() const { return number_; }
  SourceLocation at() const { return at_; }

 private:
  Var var_;
  double number_ = 0;
  SourceLocation at_;
};

}  // namespace fathom
