#include "fathom/graph/graph.hpp"

#include <bit>
#include <cstring>

namespace fathom {

const Op input_op{.name = "input", .kind = Kind::leaf, .arity = 0, .infer = {}, .about = "a value given at run time"};

bool operator==(const Attributes& a, const Attributes& b) {
  return a.ints == b.ints && a.reals.size() == b.reals.size() &&
         (a.reals.empty() || std::memcmp(a.reals.data(), b.reals.data(), a.reals.size() * sizeof(double)) == 0);
}

std::string to_string(SourceLocation at) {
  const std::string_view file(at.file);
  const std::size_t slash = file.rfind('/');
  return fmt::format("{}:{}", slash == std::string_view::npos ? file : file.substr(slash + 1), at.line);
}

const Node& Var::node() const { return graph_->node(id_); }
const Type& Var::type() const { return node().type; }
const Shape& Var::shape() const { return node().type.shape; }
Dtype Var::dtype() const { return node().type.dtype; }

Var Operand::var() const {
  if (is_number())
    fail(Code::usage, "an operand is the number {}, but must be a value of a trace ({})", number_, to_string(at_));
  return var_;
}

Var Applied::in(int i) const { return out.graph().var(out.node().operands[static_cast<std::size_t>(i)]); }
const Attributes& Applied::attributes() const { return out.node().attributes; }

namespace {

std::size_t combine(std::size_t seed, std::size_t value) {
  return (seed ^ (value + 0x9e3779b97f4a7c15 + (seed << 6) + (seed >> 2))) * 0xff51afd7ed558ccd;
}

template <class OperandHash>
std::size_t hash_of(const Node& node, OperandHash&& operand_hash) {
  std::size_t hash = std::hash<std::string_view>{}(node.op->name);
  for (NodeId operand : node.operands) hash = combine(hash, operand_hash(operand));
  for (Index value : node.attributes.ints) hash = combine(hash, static_cast<std::size_t>(value));
  for (double value : node.attributes.reals) hash = combine(hash, std::bit_cast<std::size_t>(value));
  hash = combine(hash, std::hash<std::string>{}(node.name));
  hash = combine(hash, static_cast<std::size_t>(node.type.dtype));
  for (Index length : node.type.shape) hash = combine(hash, static_cast<std::size_t>(length));
  return hash;
}

}  // namespace

NodeId Graph::insert(Node node) {
  const std::size_t hash = hash_of(node, [](NodeId id) { return static_cast<std::size_t>(id); });
  const auto [first, last] = by_hash_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    const Node& known = nodes_[static_cast<std::size_t>(it->second)];
    if (known.op == node.op && known.operands == node.operands && known.attributes == node.attributes &&
        known.name == node.name && known.type == node.type)
      return it->second;
  }
  const NodeId id = size();
  nodes_.push_back(std::move(node));
  by_hash_.emplace(hash, id);
  return id;
}

Var Graph::apply(const Op& op, std::span<const Var> operands, Attributes attributes, SourceLocation at) {
  Node node{.op = &op, .operands = {}, .attributes = std::move(attributes), .type = {}, .name = {}, .at = at};
  std::vector<Type> types;
  for (const Var& operand : operands) {
    if (!operand.defined() || &operand.graph() != this)
      fail(Code::usage, "{}: an operand belongs to another trace ({})", op.name, to_string(at));
    node.operands.push_back(operand.id());
    types.push_back(operand.type());
  }
  if (op.arity < 0 ? types.empty() : static_cast<int>(types.size()) != op.arity)
    fail(Code::usage, "{}: {} operands were given to an op of {} ({})", op.name, types.size(),
         op.arity < 0 ? "one or more" : fmt::format("{}", op.arity), to_string(at));
  node.type = in_op(op.name, at, [&] {
    const Type type = op.infer(types, node.attributes);
    need_size(type);
    return type;
  });
  return Var(*this, insert(std::move(node)));
}

Var Graph::input(const std::string& name, Type type, SourceLocation at) {
  if (const auto it = inputs_.find(name); it != inputs_.end()) {
    const Var known = var(it->second);
    if (known.type() != type)
      fail(Code::usage, "the input \"{}\" is {} and cannot also be {} ({})", name, to_string(known.type()),
           to_string(type), to_string(at));
    return known;
  }
  need_size(type);
  const NodeId id =
      insert(Node{.op = &input_op, .operands = {}, .attributes = {}, .type = type, .name = name, .at = at});
  inputs_.emplace(name, id);
  return Var(*this, id);
}

Var Graph::placeholder(Type type) {
  nodes_.push_back({.op = &input_op, .operands = {}, .attributes = {}, .type = type, .name = {}, .at = {}});
  return Var(*this, size() - 1);
}

void Graph::relocate(NodeId first, SourceLocation at) {
  for (NodeId id = first; id < size(); ++id) nodes_[static_cast<std::size_t>(id)].at = at;
}

std::vector<NodeId> reachable(const Graph& graph, std::span<const Var> outputs) {
  std::vector<bool> wanted(static_cast<std::size_t>(graph.size()), false);
  for (const Var& output : outputs) wanted[static_cast<std::size_t>(output.id())] = true;
  for (NodeId id = graph.size() - 1; id >= 0; --id)
    if (wanted[static_cast<std::size_t>(id)])
      for (NodeId operand : graph.node(id).operands) wanted[static_cast<std::size_t>(operand)] = true;
  std::vector<NodeId> result;
  for (NodeId id = 0; id < graph.size(); ++id)
    if (wanted[static_cast<std::size_t>(id)]) result.push_back(id);
  return result;
}

std::string print(const Graph& graph, std::span<const Var> outputs) {
  std::string text;
  for (NodeId id : reachable(graph, outputs)) {
    const Node& node = graph.node(id);
    text += fmt::format("%{} {} = {}", id, to_string(node.type), node.op->name);
    if (!node.name.empty()) text += fmt::format(" \"{}\"", node.name);
    if (!node.operands.empty()) text += fmt::format("(%{})", fmt::join(node.operands, ", %"));
    if (!node.attributes.ints.empty()) text += fmt::format(" {{{}}}", fmt::join(node.attributes.ints, " "));
    if (!node.attributes.reals.empty()) text += fmt::format(" {{{}}}", fmt::join(node.attributes.reals, " "));
    if (node.at.line > 0) text += "  " + to_string(node.at);
    text += '\n';
  }
  return text;
}

std::size_t structural_hash(const Graph& graph, std::span<const Var> outputs) {
  std::vector<std::size_t> hashes(static_cast<std::size_t>(graph.size()), 0);
  for (NodeId id : reachable(graph, outputs))
    hashes[static_cast<std::size_t>(id)] =
        hash_of(graph.node(id), [&](NodeId operand) { return hashes[static_cast<std::size_t>(operand)]; });
  std::size_t result = outputs.size();
  for (const Var& output : outputs) result = combine(result, hashes[static_cast<std::size_t>(output.id())]);
  return result;
}

void need_same_graph(std::span<const Var> values, const Graph& graph, std::string_view who) {
  for (const Var& value : values)
    if (!value.defined() || &value.graph() != &graph) fail(Code::usage, "{}: a value belongs to another trace", who);
}

void verify(const Graph& graph) {
  for (NodeId id = 0; id < graph.size(); ++id) {
    const Node& node = graph.node(id);
    std::vector<Type> types;
    for (NodeId operand : node.operands) {
      if (operand < 0 || operand >= id)
        fail(Code::bug, "node %{} ({}) uses %{}, which does not come before it", id, node.op->name, operand);
      types.push_back(graph.node(operand).type);
    }
    if (is_input(node)) continue;
    if (node.op->infer(types, node.attributes) != node.type)
      fail(Code::bug, "node %{} ({}) has type {}, which its shape rule does not give", id, node.op->name,
           to_string(node.type));
  }
}

}  // namespace fathom
