#include "onnx/runtime.hpp"

#include <nlohmann/json.hpp>

#include "fathom/base/atomic_file.hpp"

namespace fathom {

namespace {

const char* type_name(Dtype dtype) {
  return dtype == Dtype::f32 ? "float32" : dtype == Dtype::f64 ? "float64" : "int64";
}

std::string raw(const Tensor& tensor) {
  if (tensor.dtype() != Dtype::i32) return {static_cast<const char*>(tensor.view().data), tensor.bytes()};
  std::string bytes;
  for (const std::int32_t number : tensor.span<std::int32_t>()) {
    const std::int64_t wide = number;
    bytes.append(reinterpret_cast<const char*>(&wide), sizeof wide);
  }
  return bytes;
}

Tensor from_raw(const std::string& bytes, Dtype dtype, const std::vector<Index>& dims) {
  Tensor tensor(Type{dtype, Shape(std::span(dims))});
  const std::size_t width = dtype == Dtype::i32 ? 8 : size_of(dtype);
  if (bytes.size() != static_cast<std::size_t>(tensor.count()) * width)
    fail(Code::bug, "an output of {} has {} bytes", to_string(tensor.type()), bytes.size());
  if (dtype != Dtype::i32) {
    if (!bytes.empty()) std::memcpy(tensor.view().data, bytes.data(), bytes.size());
    return tensor;
  }
  for (Index i = 0; i < tensor.count(); ++i) {
    std::int64_t wide = 0;
    std::memcpy(&wide, bytes.data() + i * 8, sizeof wide);
    tensor.set(i, static_cast<double>(wide));
  }
  return tensor;
}

}  // namespace

std::string OnnxRuntime::absent() {
  if (std::system("command -v node > /dev/null 2>&1") != 0)
    return "no ONNX Runtime: node is not installed (./setup --tests)";
  if (!std::filesystem::exists(FATHOM_NODE_MODULES "/onnxruntime-node/package.json"))
    return "no ONNX Runtime: onnxruntime-node is not in " FATHOM_NODE_MODULES " (./setup --tests, with a network)";
  return {};
}

std::size_t OnnxRuntime::add(const onnx::Model& model, const std::vector<std::pair<std::string, Tensor>>& inputs) {
  const std::string path = fmt::format("{}/{}.onnx", folder_.path(), waiting_.size());
  onnx::write_onnx(path, model);
  std::vector<std::pair<std::string, Dtype>> outputs;
  for (const onnx::Port& port : model.outputs)
    outputs.emplace_back(port.name, port.element == onnx::Element::f32   ? Dtype::f32
                                    : port.element == onnx::Element::f64 ? Dtype::f64
                                                                         : Dtype::i32);
  std::vector<std::pair<std::string, Tensor>> read;  // a network may not read what the function was given
  for (const auto& input : inputs)
    for (const onnx::Port& port : model.inputs)
      if (port.name == input.first) read.push_back(input);
  return add(path, read, outputs);
}

std::size_t OnnxRuntime::add(const std::string& path, const std::vector<std::pair<std::string, Tensor>>& inputs,
                             const std::vector<std::pair<std::string, Dtype>>& outputs) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& [name, tensor] : inputs) {
    const std::string file = fmt::format("{}.{}.in", waiting_.size(), list.size());
    folder_.write(file, raw(tensor));
    list.push_back({{"name", name},
                    {"type", type_name(tensor.dtype())},
                    {"dims", std::vector<Index>(tensor.shape().begin(), tensor.shape().end())},
                    {"file", file}});
  }
  const std::string model = std::filesystem::relative(path, folder_.path()).string();
  waiting_.push_back({model, list.dump(), outputs});
  return waiting_.size() - 1;
}

std::vector<OnnxRuntime::Result> OnnxRuntime::run() {
  nlohmann::json cases = nlohmann::json::array();
  for (const Waiting& one : waiting_) {
    nlohmann::json names = nlohmann::json::array();
    for (const auto& [name, dtype] : one.outputs) names.push_back(name);
    cases.push_back({{"model", one.model}, {"inputs", nlohmann::json::parse(one.inputs)}, {"outputs", names}});
  }
  folder_.write("cases.json", cases.dump());
  const std::string command = fmt::format("NODE_PATH='{}' node '{}/run.js' '{}' > '{}/log' 2>&1", FATHOM_NODE_MODULES,
                                          FATHOM_ONNX_TESTS, folder_.path(), folder_.path());
  if (std::system(command.c_str()) != 0)
    fail(Code::bug, "ONNX Runtime did not run: {}", read_file(folder_.path() + "/log"));
  const auto answers = nlohmann::json::parse(read_file(folder_.path() + "/results.json"));
  std::vector<Result> results;
  for (std::size_t k = 0; k < waiting_.size(); ++k) {
    Result& result = results.emplace_back();
    result.error = answers[k].value("error", "");
    for (std::size_t i = 0; result.error.empty() && i < waiting_[k].outputs.size(); ++i)
      result.outputs.push_back(from_raw(read_file(fmt::format("{}/{}.{}.out", folder_.path(), k, i)),
                                        waiting_[k].outputs[i].second,
                                        answers[k]["dims"][i].get<std::vector<Index>>()));
  }
  waiting_.clear();
  return results;
}

}  // namespace fathom
