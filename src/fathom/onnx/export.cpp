#include "fathom/onnx/export.hpp"

#include <algorithm>

#include "fathom/base/atomic_file.hpp"
#include "fathom/graph/ops/shape.hpp"
#include "fathom/onnx/lower.hpp"

namespace fathom::onnx {

namespace {

// One function, traced with a batch of a certain size.
struct Traced {
  explicit Traced(const Body& body, Index batch) : trace(Mode::inference), outputs(body(trace, batch)) {
    trace.leave();
    if (outputs.empty()) fail(Code::usage, "export: the function gives no outputs");
    for (const auto& [name, var] : outputs) vars.push_back(var);
    need_same_graph(vars, trace.graph(), "export");
    nodes = reachable(trace.graph(), vars);
  }

  Trace trace;
  std::vector<std::pair<std::string, Var>> outputs;
  std::vector<Var> vars;
  std::vector<NodeId> nodes;
};

[[noreturn]] void refuse_batch(const Node& node) {
  fail(Code::usage, "{}: what is computed depends on the batch's size, so it cannot be exported ({})", node.op->name,
       to_string(node.at));
}

class Export {
 public:
  Export(const Body& body, const std::map<std::string, TensorView>& constants)
      : constants_(constants), first_(body, first_batch), second_(body, second_batch) {}

  Model run(const ExportOptions& options) {
    Graph &graph = first_.trace.graph(), &other = second_.trace.graph();
    const auto count = static_cast<std::size_t>(graph.size());
    values_.resize(count);
    dims_.resize(count);
    layers_.resize(count);
    for (NodeId id : first_.nodes)
      if (is_input(graph.node(id)) && !constants_.contains(graph.node(id).name)) builder_.reserve(graph.node(id).name);
    for (const auto& [name, var] : first_.outputs) builder_.reserve(name);
    std::map<NodeId, NodeId> partner;
    if (first_.nodes.size() != second_.nodes.size()) refuse_batch(graph.node(first_.vars.front().id()));
    for (std::size_t i = 0; i < first_.nodes.size(); ++i) {
      const NodeId id = first_.nodes[i], its = second_.nodes[i];
      const Node &node = graph.node(id), &twin = other.node(its);
      partner[id] = its;
      const bool same = node.op == twin.op && node.name == twin.name &&
                        Attributes{{}, node.attributes.reals} == Attributes{{}, twin.attributes.reals} &&
                        node.attributes.ints.size() == twin.attributes.ints.size() &&
                        std::equal(node.operands.begin(), node.operands.end(), twin.operands.begin(),
                                   twin.operands.end(), [&](NodeId a, NodeId b) { return partner.at(a) == b; });
      if (!same) refuse_batch(node);
      in_op(node.op->name, node.at, [&] { lower(id, node, twin); });
    }
    for (const auto& [name, var] : first_.outputs) {
      builder_.enter({});
      const auto id = static_cast<std::size_t>(var.id());
      builder_.output(name, {.name = builder_.whole(values_[id], dims_[id]), .dtype = var.dtype(), .dims = dims_[id]});
    }
    Model model = builder_.finish();
    model.name = options.name;
    model.about = options.about;
    model.metadata = options.metadata;
    return model;
  }

 private:
  void lower(NodeId id, const Node& node, const Node& twin) {
    const auto at = static_cast<std::size_t>(id);
    dims_[at] = dims_of(node.type.shape, twin.type.shape);
    if (is_input(node)) {
      const auto it = constants_.find(node.name);
      if (it == constants_.end()) {
        builder_.enter({});
        values_[at] = builder_.input(node.name, node.type.dtype, dims_[at]);
        return;
      }
      if (it->second.type != node.type)
        fail(Code::usage, "the constant \"{}\" is {}, but {} is needed", node.name, to_string(it->second.type),
             to_string(node.type));
      layers_[at] = node.name.substr(0, node.name.rfind('.'));
      values_[at] = Builder::constant(node.name, it->second);
      return;
    }
    std::vector<Value> in;
    std::vector<Dims> full;
    for (NodeId operand : node.operands) {
      const auto from = static_cast<std::size_t>(operand);
      in.push_back(values_[from]);
      full.push_back(dims_[from]);
      // A weight says which layer this is; else it goes on with the layer of what it reads.
      if (!layers_[from].empty() && (layers_[at].empty() || values_[from].known())) layers_[at] = layers_[from];
    }
    builder_.enter(layers_[at]);
    Dims ints;
    for (std::size_t i = 0; i < node.attributes.ints.size(); ++i)
      ints.push_back(dim_of(node.attributes.ints[i], twin.attributes.ints[i]));
    if (computed(at, node, in, full, ints)) return;
    const Lowering* lowering = lowering_of(*node.op);
    if (lowering == nullptr) fail(Code::usage, "this belongs to training and cannot be exported");
    values_[at] = (*lowering)({.to = builder_,
                               .graph = first_.trace.graph(),
                               .node = node,
                               .in = in,
                               .full = full,
                               .out = dims_[at],
                               .ints = ints});
  }

  // What constants alone decide is computed here, as large as they are held, unless the result would be larger than
  // all of them.
  bool computed(std::size_t at, const Node& node, const std::vector<Value>& in, const std::vector<Dims>& full,
                const Dims& ints) {
    if (in.empty() || node.op == &broadcast_op || lowering_of(*node.op) == nullptr || !all_fixed(ints)) return false;
    Dims dims = dims_[at];
    Index most = 64;
    if (node.op->kind == Kind::elementwise) dims.clear();
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (!in[i].known()) return false;
      most = std::max(most, in[i].constant.type.shape.count());
      if (node.op->kind == Kind::elementwise)
        dims = broadcast_dims(dims, in[i].dims);
      else if (in[i].dims != full[i])
        return false;
    }
    if (!all_fixed(dims)) return false;
    const Shape shape = shape_of(dims);
    if (shape.count() > most) return false;
    std::vector<Tensor> operands;
    std::vector<TensorView> views;
    for (const Value& value : in) {
      const TensorView& from = value.constant;
      if (node.op->kind != Kind::elementwise || from.type.shape == shape) {
        views.push_back(from);
        continue;
      }
      operands.emplace_back(Type{from.type.dtype, shape});
      const Attributes to{{shape.begin(), shape.end()}, {}};
      broadcast_op.reference({{&from, 1}, operands.back().view(), to});
      views.push_back(operands.back().view());
    }
    Tensor out(Type{node.type.dtype, shape});
    node.op->reference({views, out.view(), node.attributes});
    values_[at] = Builder::constant(layers_[at].empty() ? "constant" : layers_[at] + ".constant", std::move(out));
    return true;
  }

  const std::map<std::string, TensorView>& constants_;
  Traced first_, second_;
  Builder builder_;
  std::vector<Value> values_;
  std::vector<Dims> dims_;
  std::vector<std::string> layers_;
};

}  // namespace

Model to_onnx(const Body& body, const std::map<std::string, TensorView>& constants, const ExportOptions& options) {
  return Export(body, constants).run(options);
}

void write_onnx(const std::string& path, const Model& model) {
  const Protobuf message = to_protobuf(model);
  AtomicFile file(path);
  message.for_each_piece([&](std::span<const std::byte> piece) { file.write(piece); });
  file.commit();
}

}  // namespace fathom::onnx
