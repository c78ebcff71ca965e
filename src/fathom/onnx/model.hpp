// An ONNX model as it lies in a file: the messages of onnx.proto that a network needs, and how they are written.
// Format: https://github.com/onnx/onnx/blob/v1.12.0/onnx/onnx.proto (IR version 8, opset 17).
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "fathom/base/tensor.hpp"
#include "fathom/onnx/protobuf.hpp"

namespace fathom::onnx {

inline constexpr int ir_version = 8;
inline constexpr int opset = 17;
inline constexpr const char* batch_dimension = "batch";

// TensorProto.DataType.
enum class Element : std::uint8_t { f32 = 1, i32 = 6, i64 = 7, boolean = 9, f64 = 11 };
Element element_of(Dtype dtype);

using Integers = std::vector<std::int64_t>;
struct Attribute {
  std::string name;
  std::variant<std::int64_t, float, Integers> value;
};

struct OnnxNode {
  std::string op, name;
  std::vector<std::string> inputs;
  std::string output;
  std::vector<Attribute> attributes = {};
};

// A constant. Its numbers are the caller's, or `own`.
struct Initializer {
  std::string name;
  Element element = Element::f32;
  Integers dims;
  std::span<const std::byte> lent = {};
  std::shared_ptr<const Tensor> own = {};
};

// An input or output of the model.
struct Port {
  std::string name;
  Element element = Element::f32;
  std::vector<std::variant<std::int64_t, std::string>> dims;
};

struct Model {
  std::string name, about;
  std::vector<Port> inputs, outputs;
  std::vector<Initializer> initializers;
  std::vector<OnnxNode> nodes;  // each after those whose outputs it reads
  std::vector<std::pair<std::string, std::string>> metadata;
};

// The file's bytes. Refers to the model's constants. Throws Error(usage) for a model of 2 GiB or more, which protobuf
// cannot hold.
Protobuf to_protobuf(const Model& model);

}  // namespace fathom::onnx
