// Lowering: how each primitive is said in ONNX. One rule for each op, as the operand rules are one for each operand.
#pragma once

#include <functional>

#include "fathom/onnx/builder.hpp"

namespace fathom::onnx {

// One application of an op, as its lowering sees it.
struct Lowered {
  Builder& to;
  const Graph& graph;
  const Node& node;               // of the first trace
  const std::vector<Value>& in;   // operands, as they are held
  const std::vector<Dims>& full;  // operands' lengths, repetitions included
  Dims out;                       // the result's lengths
  Dims ints;                      // the attributes' whole numbers

  // An attribute that does not depend on the batch.
  Index number(std::size_t i) const;
  // An operand with every repetition written out, axes in Fathom's order.
  std::string whole(std::size_t operand) const { return to.whole(in[operand], full[operand]); }
  Value make(const std::string& op, std::vector<std::string> inputs, std::vector<Attribute> attributes = {}) const {
    return to.make(op, std::move(inputs), node.type.dtype, out, std::move(attributes));
  }
  const Node& operand(const Node& of, std::size_t i) const { return graph.node(of.operands[i]); }
  // Whether a node is a number, repeated or not.
  bool is_number(NodeId id, double* value = nullptr) const;
};
using Lowering = std::function<Value(const Lowered&)>;

// The rules of each file.
using Lowerings = std::map<const Op*, Lowering>;
Lowerings elementwise_lowerings();
Lowerings shape_lowerings();
Lowerings reduction_lowerings();
Lowerings index_lowerings();
Lowerings pool_lowerings();
Lowerings product_lowerings();  // matmul and convolutions

// nullptr for an op that no exported network may contain.
const Lowering* lowering_of(const Op& op);
// The ops of training alone: random numbers, updates of tables, and what only derivatives are made of.
const std::set<const Op*>& training_only();

// Elementwise, in the order of axes that costs no transposition: adds `op` over the operands.
Value elementwise(const Lowered& call, const std::string& op, std::vector<Attribute> attributes = {});
// A value that lies as `like` does.
Value placed(const Value& like, std::string name, Dtype dtype);

}  // namespace fathom::onnx
