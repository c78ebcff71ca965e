#include "fathom/onnx/model.hpp"

namespace fathom::onnx {

namespace {

// The numbers of fields in onnx.proto.
namespace attribute {
constexpr int name = 1, f = 2, i = 3, ints = 8, type = 20;
constexpr int is_f = 1, is_i = 2, is_ints = 7;
}  // namespace attribute
namespace node {
constexpr int input = 1, output = 2, name = 3, op_type = 4, attributes = 5;
}
namespace tensor {
constexpr int dims = 1, data_type = 2, name = 8, raw_data = 9;
}
namespace port {
constexpr int name = 1, type = 2, tensor_type = 1, elem_type = 1, shape = 2, dim = 1, dim_value = 1, dim_param = 2;
}
namespace graph {
constexpr int node = 1, name = 2, initializer = 5, input = 11, output = 12;
}
namespace file {
constexpr int ir_version = 1, producer_name = 2, doc_string = 6, graph = 7, opset_import = 8, metadata_props = 14;
constexpr int opset_version = 2, key = 1, value = 2;
}  // namespace file

Protobuf written(const Attribute& a) {
  Protobuf out;
  out.text(attribute::name, a.name);
  if (const auto* i = std::get_if<std::int64_t>(&a.value)) {
    out.number(attribute::i, *i);
    out.number(attribute::type, attribute::is_i);
  } else if (const auto* f = std::get_if<float>(&a.value)) {
    out.real(attribute::f, *f);
    out.number(attribute::type, attribute::is_f);
  } else {
    for (std::int64_t number : std::get<Integers>(a.value)) out.number(attribute::ints, number);
    out.number(attribute::type, attribute::is_ints);
  }
  return out;
}

Protobuf written(const OnnxNode& n) {
  Protobuf out;
  for (const std::string& input : n.inputs) out.text(node::input, input);
  out.text(node::output, n.output);
  out.text(node::name, n.name);
  out.text(node::op_type, n.op);
  for (const Attribute& a : n.attributes) out.message(node::attributes, written(a));
  return out;
}

Protobuf written(const Initializer& t) {
  Protobuf out;
  for (std::int64_t length : t.dims) out.number(tensor::dims, length);
  out.number(tensor::data_type, static_cast<int>(t.element));
  out.text(tensor::name, t.name);
  out.lent(tensor::raw_data, t.lent);
  return out;
}

Protobuf written(const Port& p) {
  Protobuf shape;
  for (const auto& length : p.dims) {
    Protobuf dim;
    if (const auto* fixed = std::get_if<std::int64_t>(&length))
      dim.number(port::dim_value, *fixed);
    else
      dim.text(port::dim_param, std::get<std::string>(length));
    shape.message(port::dim, std::move(dim));
  }
  Protobuf tensor_type, type, out;
  tensor_type.number(port::elem_type, static_cast<int>(p.element));
  tensor_type.message(port::shape, std::move(shape));
  type.message(port::tensor_type, std::move(tensor_type));
  out.text(port::name, p.name);
  out.message(port::type, std::move(type));
  return out;
}

}  // namespace

Element element_of(Dtype dtype) {
  return dtype == Dtype::f32 ? Element::f32 : dtype == Dtype::f64 ? Element::f64 : Element::i32;
}

Protobuf to_protobuf(const Model& model) {
  Protobuf body;
  for (const OnnxNode& n : model.nodes) body.message(graph::node, written(n));
  body.text(graph::name, model.name);
  for (const Initializer& t : model.initializers) body.message(graph::initializer, written(t));
  for (const Port& p : model.inputs) body.message(graph::input, written(p));
  for (const Port& p : model.outputs) body.message(graph::output, written(p));
  Protobuf out, version;
  out.number(file::ir_version, ir_version);
  out.text(file::producer_name, "fathom");
  if (!model.about.empty()) out.text(file::doc_string, model.about);
  out.message(file::graph, std::move(body));
  version.number(file::opset_version, opset);
  out.message(file::opset_import, std::move(version));
  for (const auto& [key, value] : model.metadata) {
    Protobuf entry;
    entry.text(file::key, key);
    entry.text(file::value, value);
    out.message(file::metadata_props, std::move(entry));
  }
  if (out.size() >= (std::size_t{1} << 31))
    fail(Code::usage, "the network takes {} bytes, but an ONNX file may have no more than 2 GiB", out.size());
  return out;
}

}  // namespace fathom::onnx
