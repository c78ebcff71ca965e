// Builder: an ONNX graph that grows node by node, and the values in it.
//
// 1. A value may be held smaller than it is: what a broadcast repeats is repeated only for who needs it (whole()).
// 2. Images are held channels first where a convolution left them so; who reads them asks for one order or the other,
//    and both are made at most once.
// 3. What is known from constants alone is computed here and now, and becomes an initializer if someone reads it.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "fathom/graph/graph.hpp"
#include "fathom/onnx/dims.hpp"
#include "fathom/onnx/model.hpp"

namespace fathom::onnx {

struct Value {
  std::string name;  // of its tensor; empty for a constant that nobody has read yet
  Dtype dtype = Dtype::f32;
  Dims dims;                               // as it is held, axes as Fathom orders them
  bool channels_first = false;             // held as [n, c, h, w], dims being those of [n, h, w, c]
  std::string mask = {};                   // a tensor of truth values that says the same, held in the same way
  TensorView constant = {};                // data is nullptr for what is not known
  std::shared_ptr<const Tensor> own = {};  // what the constant lies in, if it was made here

  bool known() const { return constant.data != nullptr; }
};

class Builder {
 public:
  // A name that no tensor or node has: `wanted`, or `wanted` with a number.
  std::string unique(const std::string& wanted);

  // Keeps a name for an input or an output, which are named by the caller. Throws Error(usage) when it is taken.
  void reserve(const std::string& name);

  // Where in the model the nodes that follow belong: "hidden1", or empty.
  void enter(std::string layer) { layer_ = std::move(layer); }

  // An input and an output, of reserved names.
  Value input(const std::string& name, Dtype dtype, const Dims& dims);
  void output(const std::string& name, const Value& value);
  // A constant of the caller's, or one made here; the name is what it is to be called.
  static Value constant(std::string name, TensorView numbers);
  static Value constant(std::string name, Tensor numbers);
  static Value scalar(double value, Dtype dtype);

  // Adds a node; gives the name of its output.
  std::string add(const std::string& op, std::vector<std::string> inputs, std::vector<Attribute> attributes = {});
  // The same as a value of the given type.
  Value make(const std::string& op, std::vector<std::string> inputs, Dtype dtype, Dims dims,
             std::vector<Attribute> attributes = {});

  // The name of a value's tensor, axes in Fathom's order, or channels first (which needs four axes, or fewer that
  // broadcast to them).
  std::string plain(const Value& value);
  std::string channels_first(const Value& value);
  // The tensor with every repetition written out.
  std::string whole(const Value& value, const Dims& dims);
  // Swaps or moves axes; of a constant, at once.
  std::string transposed(const Value& value, const Integers& axes);
  std::string reshaped(const std::string& tensor, const Dims& dims);
  std::string truth(const std::string& tensor);
  std::string number(double value, Dtype dtype) { return plain(scalar(value, dtype)); }

  // Lists of i64 that ops take as inputs.
  std::string integers(const Integers& numbers);
  std::string lengths(const Dims& dims);

  // Drops what nobody reads, and gives the model.
  Model finish();

 private:
  void keep(const Value& constant) { kept_.push_back(constant.own); }
  std::string once(const std::string& key, const std::function<std::string()>& make);
  std::string initializer(const std::string& wanted, Initializer tensor);
  std::string batch_size();

  Model model_;
  std::string layer_;
  std::set<std::string> names_;
  std::map<std::string, std::string> made_;
  std::vector<std::shared_ptr<const Tensor>> kept_;  // made_ knows constants by their address
  std::string batch_input_;
  std::int64_t batch_axis_ = -1;
};

}  // namespace fathom::onnx
