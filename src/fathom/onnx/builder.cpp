#include "fathom/onnx/builder.hpp"

#include <algorithm>

#include "fathom/graph/ops/shape.hpp"

namespace fathom::onnx {

namespace {

// [n, h, w, c] <-> [n, c, h, w].
const Integers to_channels_first{0, 3, 1, 2}, to_channels_last{0, 2, 3, 1};

Tensor permuted(const TensorView& from, const Integers& axes) {
  Shape shape;
  for (std::int64_t axis : axes) shape.push_back(from.type.shape[static_cast<int>(axis)]);
  Tensor to({from.type.dtype, shape});
  const Attributes attributes{axes, {}};
  const TensorView in[] = {from};
  permute_op.reference({in, to.view(), attributes});
  return to;
}

Dims fixed_dims(const Shape& shape) { return dims_of(shape, shape); }

}  // namespace

std::string Builder::unique(const std::string& wanted) {
  std::string name = wanted;
  for (int number = 2; !names_.insert(name).second; ++number) name = fmt::format("{}_{}", wanted, number);
  return name;
}

void Builder::reserve(const std::string& name) {
  if (!names_.insert(name).second) fail(Code::usage, "export: two inputs or outputs are named \"{}\"", name);
}

std::string Builder::once(const std::string& key, const std::function<std::string()>& make) {
  if (const auto it = made_.find(key); it != made_.end()) return it->second;
  return made_[key] = make();
}

Value Builder::input(const std::string& name, Dtype dtype, const Dims& dims) {
  Port port{.name = name, .element = dtype == Dtype::i32 ? Element::i64 : element_of(dtype), .dims = {}};
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] == Dim{0, 1} && batch_input_.empty()) {
      batch_input_ = port.name;
      batch_axis_ = static_cast<std::int64_t>(axis);
    }
    if (dims[axis].is_fixed())
      port.dims.emplace_back(dims[axis].fixed);
    else if (dims[axis] == Dim{0, 1})
      port.dims.emplace_back(std::string(batch_dimension));
    else
      fail(Code::usage, "the input \"{}\" has a length of {} times the batch plus {}, which ONNX cannot say", name,
           dims[axis].times, dims[axis].fixed);
  }
  model_.inputs.push_back(port);
  Value value{.name = port.name, .dtype = dtype, .dims = dims};
  // Whole numbers come as most programs have them.
  if (dtype == Dtype::i32) value.name = add("Cast", {port.name}, {{"to", static_cast<std::int64_t>(Element::i32)}});
  return value;
}

Value Builder::constant(std::string name, TensorView numbers) {
  Value value{.name = std::move(name), .dtype = numbers.type.dtype, .dims = fixed_dims(numbers.type.shape)};
  value.constant = numbers;
  return value;
}

Value Builder::constant(std::string name, Tensor numbers) {
  const auto own = std::make_shared<const Tensor>(std::move(numbers));
  Value value = constant(std::move(name), own->view());
  value.own = own;
  return value;
}

Value Builder::scalar(double number, Dtype dtype) {
  Tensor tensor(Type{dtype, {}});
  tensor.set(0, number);
  return constant(fmt::format("{:g}", number), std::move(tensor));
}

std::string Builder::initializer(const std::string& wanted, Initializer tensor) {
  const auto* bytes = reinterpret_cast<const char*>(tensor.lent.data());
  // Equal small ones are one.
  const auto add = [&] {
    tensor.name = unique(wanted);
    model_.initializers.push_back(tensor);
    return tensor.name;
  };
  if (tensor.lent.size() > 256) return add();
  return once(fmt::format("initializer {} {} [{}] {}", wanted, static_cast<int>(tensor.element),
                          fmt::join(tensor.dims, ","), std::string_view(bytes, tensor.lent.size())),
              add);
}

std::string Builder::add(const std::string& op, std::vector<std::string> inputs, std::vector<Attribute> attributes) {
  const std::string name = unique(layer_.empty() ? op : layer_ + "/" + op);
  model_.nodes.push_back(
      {.op = op, .name = name, .inputs = std::move(inputs), .output = name, .attributes = std::move(attributes)});
  return name;
}

Value Builder::make(const std::string& op, std::vector<std::string> inputs, Dtype dtype, Dims dims,
                    std::vector<Attribute> attributes) {
  return {.name = add(op, std::move(inputs), std::move(attributes)), .dtype = dtype, .dims = std::move(dims)};
}

std::string Builder::plain(const Value& value) {
  if (value.known()) {
    keep(value);
    const Type& type = value.constant.type;
    const std::span bytes(static_cast<const std::byte*>(value.constant.data), type.bytes());
    return once(fmt::format("constant {} {}", value.constant.data, to_string(type)), [&] {
      return initializer(value.name.empty() ? "constant" : value.name, {.name = {},
                                                                        .element = element_of(type.dtype),
                                                                        .dims = {type.shape.begin(), type.shape.end()},
                                                                        .lent = bytes,
                                                                        .own = value.own});
    });
  }
  if (!value.channels_first) return value.name;
  return once("plain " + value.name, [&] { return add("Transpose", {value.name}, {{"perm", to_channels_last}}); });
}

std::string Builder::channels_first(const Value& value) {
  if (value.channels_first) return value.name;
  const std::size_t rank = value.dims.size();
  if (rank == 0) return plain(value);
  if (value.known()) {
    keep(value);
    Shape four = value.constant.type.shape;
    while (four.rank() < 4) {
      Shape longer{1};
      for (Index length : four) longer.push_back(length);
      four = longer;
    }
    return once(fmt::format("channels first {} {}", value.constant.data, to_string(value.constant.type)), [&] {
      Tensor moved = permuted({{value.dtype, four}, value.constant.data}, to_channels_first);
      return plain(constant(value.name, std::move(moved)));
    });
  }
  return once("channels first " + value.name, [&] {
    std::string tensor = value.name;
    if (rank < 4) {
      Integers axes;
      for (std::size_t axis = 0; axis < 4 - rank; ++axis) axes.push_back(static_cast<std::int64_t>(axis));
      tensor = add("Unsqueeze", {tensor, integers(axes)});
    }
    return add("Transpose", {tensor}, {{"perm", to_channels_first}});
  });
}

std::string Builder::whole(const Value& value, const Dims& dims) {
  const std::string tensor = plain(value);
  if (value.dims == dims) return tensor;
  // A length of 1 leaves what is there.
  Dims target = dims;
  const std::size_t lead = dims.size() - value.dims.size();
  for (std::size_t axis = 0; axis < value.dims.size(); ++axis)
    if (value.dims[axis] == dims[axis + lead]) target[axis + lead] = {1, 0};
  return once("whole " + tensor + " " + lengths(target), [&] { return add("Expand", {tensor, lengths(target)}); });
}

std::string Builder::transposed(const Value& value, const Integers& axes) {
  if (std::is_sorted(axes.begin(), axes.end())) return plain(value);
  if (value.known() && static_cast<std::size_t>(value.constant.type.shape.rank()) == axes.size()) {
    keep(value);
    return once(fmt::format("transposed {} [{}]", value.constant.data, fmt::join(axes, ",")),
                [&] { return plain(constant(value.name, permuted(value.constant, axes))); });
  }
  // An image that lies in the wanted order already.
  if (value.channels_first && axes == to_channels_first) return value.name;
  const std::string tensor = plain(value);
  return once(fmt::format("transposed {} [{}]", tensor, fmt::join(axes, ",")), [&] {
    return add("Transpose", {tensor}, {{"perm", axes}});
  });
}

std::string Builder::reshaped(const std::string& tensor, const Dims& dims) {
  const bool empty = std::any_of(dims.begin(), dims.end(), [](const Dim& dim) { return dim.is(0); });
  const auto open = std::count_if(dims.begin(), dims.end(), [](const Dim& dim) { return !dim.is_fixed(); });
  std::string shape;
  if (open == 1 && !empty) {
    Integers numbers;
    for (const Dim& dim : dims) numbers.push_back(dim.is_fixed() ? dim.fixed : -1);
    shape = integers(numbers);
  } else {
    shape = lengths(dims);
  }
  return add("Reshape", {tensor, shape},
             empty ? std::vector<Attribute>{{"allowzero", std::int64_t{1}}} : std::vector<Attribute>{});
}

std::string Builder::truth(const std::string& tensor) {
  return add("Cast", {tensor}, {{"to", static_cast<std::int64_t>(Element::boolean)}});
}

std::string Builder::integers(const Integers& numbers) {
  // Held in a tensor of the same number of bytes, for there is none of i64.
  auto own = std::make_shared<Tensor>(Type{Dtype::f64, {static_cast<Index>(numbers.size())}});
  if (!numbers.empty()) std::memcpy(own->view().data, numbers.data(), numbers.size() * sizeof(std::int64_t));
  const std::span bytes(static_cast<const std::byte*>(own->view().data), own->bytes());
  return initializer(fmt::format("[{}]", fmt::join(numbers, ",")), {.name = {},
                                                                    .element = Element::i64,
                                                                    .dims = {static_cast<std::int64_t>(numbers.size())},
                                                                    .lent = bytes,
                                                                    .own = own});
}

std::string Builder::batch_size() {
  if (batch_input_.empty()) fail(Code::usage, "no input of the network has an axis whose length is the batch's size");
  return once("batch size", [&] {
    return add("Shape", {batch_input_}, {{"start", batch_axis_}, {"end", batch_axis_ + 1}});
  });
}

std::string Builder::lengths(const Dims& dims) {
  std::vector<std::string> parts;
  Integers run;
  const auto flush = [&] {
    if (!run.empty()) parts.push_back(integers(run));
    run.clear();
  };
  for (const Dim& dim : dims) {
    if (dim.is_fixed()) {
      run.push_back(dim.fixed);
      continue;
    }
    flush();
    parts.push_back(once(fmt::format("length {} {}", dim.fixed, dim.times), [&] {
      std::string length = batch_size();
      if (dim.times != 1) length = add("Mul", {length, integers({dim.times})});
      if (dim.fixed != 0) length = add("Add", {length, integers({dim.fixed})});
      return length;
    }));
  }
  flush();
  if (parts.empty()) return integers({});
  if (parts.size() == 1) return parts.front();
  return once(fmt::format("lengths {}", fmt::join(parts, " ")), [&] {
    return add("Concat", parts, {{"axis", std::int64_t{0}}});
  });
}

void Builder::output(const std::string& name, const Value& value) {
  Port port{.name = name, .element = element_of(value.dtype), .dims = {}};
  for (const Dim& dim : value.dims) {
    if (dim.is_fixed())
      port.dims.emplace_back(dim.fixed);
    else
      port.dims.emplace_back(dim == Dim{0, 1} ? std::string(batch_dimension)
                                              : fmt::format("{}*batch{:+}", dim.times, dim.fixed));
  }
  const std::string tensor = plain(value);
  if (value.dtype == Dtype::i32) port.element = Element::i64;
  model_.nodes.push_back({.op = value.dtype == Dtype::i32 ? "Cast" : "Identity",
                          .name = port.name,
                          .inputs = {tensor},
                          .output = port.name,
                          .attributes = {}});
  if (value.dtype == Dtype::i32)
    model_.nodes.back().attributes.push_back({"to", static_cast<std::int64_t>(Element::i64)});
  model_.outputs.push_back(std::move(port));
}

Model Builder::finish() {
  std::set<std::string> read;
  for (const Port& port : model_.outputs) read.insert(port.name);
  std::vector<OnnxNode> kept;
  for (auto node = model_.nodes.rbegin(); node != model_.nodes.rend(); ++node) {
    if (!read.contains(node->output)) continue;
    read.insert(node->inputs.begin(), node->inputs.end());
    kept.push_back(std::move(*node));
  }
  std::reverse(kept.begin(), kept.end());
  model_.nodes = std::move(kept);
  std::erase_if(model_.initializers, [&](const Initializer& tensor) { return !read.contains(tensor.name); });
  return std::move(model_);
}

}  // namespace fathom::onnx
