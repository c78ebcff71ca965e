#include "fathom/onnx/export.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <set>

#include "fathom/base/atomic_file.hpp"
#include "fathom/graph/ops/conv.hpp"
#include "support/test_files.hpp"

namespace fathom::onnx {
namespace {

// A message as it is read: its fields by number, in order. Everything that is not well formed fails the test.
class Message {
 public:
  struct Field {
    std::uint64_t number = 0;
    std::string bytes;
  };

  explicit Message(std::string_view bytes) : bytes_(bytes) {
    while (at_ < bytes_.size()) {
      const std::uint64_t key = varint();
      Field field;
      switch (key & 7) {
        case 0:
          field.number = varint();
          break;
        case 2:
          field.bytes = take(varint());
          break;
        case 5:
          field.bytes = take(4);
          break;
        default:
          throw Error(Code::data, "a field is of no kind that is written");
      }
      fields_[static_cast<int>(key >> 3)].push_back(std::move(field));
    }
  }

  const std::vector<Field>& all(int number) { return fields_[number]; }
  std::string text(int number) { return fields_[number].empty() ? "" : fields_[number].front().bytes; }
  std::int64_t whole(int number) {
    return fields_[number].empty() ? 0 : static_cast<std::int64_t>(fields_[number].front().number);
  }
  Message inner(int number) { return Message(text(number)); }

 private:
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1)[0]);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
    throw Error(Code::data, "a number does not end");
  }
  std::string take(std::uint64_t count) {
    if (count > bytes_.size() - at_) throw Error(Code::data, "a field is cut off");
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  std::string bytes_;
  std::size_t at_ = 0;
  std::map<int, std::vector<Field>> fields_;
};

// What a reader of the standard asks of a file: every name is given once and before it is read, and every constant has
// as many bytes as its lengths say. Gives the ops in order.
std::vector<std::string> checked_ops(const std::string& file) {
  Message model(file);
  EXPECT_EQ(model.whole(1), 8);
  EXPECT_EQ(model.inner(8).whole(2), 17);
  const std::string graph_bytes = model.text(7);
  Message graph(graph_bytes);
  EXPECT_FALSE(graph.text(2).empty());
  std::set<std::string> known, node_names;
  const std::map<std::int64_t, std::size_t> widths{{1, 4}, {6, 4}, {7, 8}, {11, 8}};
  for (const auto& field : graph.all(5)) {
    Message tensor(field.bytes);
    std::size_t bytes = widths.at(tensor.whole(2));
    for (const auto& dim : tensor.all(1)) bytes *= dim.number;
    EXPECT_EQ(tensor.text(9).size(), bytes) << tensor.text(8);
    EXPECT_TRUE(known.insert(tensor.text(8)).second) << tensor.text(8);
  }
  for (const auto& field : graph.all(11)) EXPECT_TRUE(known.insert(Message(field.bytes).text(1)).second);
  std::vector<std::string> ops;
  for (const auto& field : graph.all(1)) {
    Message node(field.bytes);
    ops.push_back(node.text(4));
    for (const auto& input : node.all(1)) EXPECT_TRUE(known.contains(input.bytes)) << ops.back() << " " << input.bytes;
    for (const auto& output : node.all(2)) EXPECT_TRUE(known.insert(output.bytes).second) << output.bytes;
    EXPECT_TRUE(node_names.insert(node.text(3)).second) << node.text(3);
    for (const auto& attribute : node.all(5)) {
      Message a(attribute.bytes);
      const std::map<std::int64_t, int> places{{1, 2}, {2, 3}, {7, 8}};
      EXPECT_FALSE(a.all(places.at(a.whole(20))).empty()) << ops.back() << " " << a.text(1);
    }
  }
  EXPECT_FALSE(graph.all(12).empty());
  for (const auto& field : graph.all(12)) EXPECT_TRUE(known.contains(Message(field.bytes).text(1)));
  return ops;
}

using Ops = std::vector<std::string>;

// The file of y = f(x) for rows of four numbers.
std::string file_of(const std::function<Var(Var)>& f, const std::map<std::string, TensorView>& constants = {},
                    const ExportOptions& options = {}, Shape row = {4}) {
  return to_protobuf(to_onnx(
                         [&](Trace& trace, Index batch) -> std::vector<std::pair<std::string, Var>> {
                           Shape shape{batch};
                           for (Index length : row) shape.push_back(length);
                           return {{"y", f(trace.graph().input("x", {Dtype::f32, shape}))}};
                         },
                         constants, options))
      .bytes();
}

TEST(Protobuf, WritesWhatTheFormatSays) {
  Protobuf inner, out;
  inner.number(1, -1);
  out.number(2, 300);
  out.real(3, 1.0f);
  out.text(16, "ab");
  out.message(4, inner);
  const std::string expected(
      "\x10\xac\x02\x1d\x00\x00\x80\x3f\x82\x01\x02"
      "ab"
      "\x22\x0b\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
      26);
  EXPECT_EQ(out.bytes(), expected);
  EXPECT_EQ(out.size(), expected.size());
}

TEST(Protobuf, LentBytesLieBetweenTheOthers) {
  const std::string long_text(1000, 'x');
  Protobuf inner, out;
  inner.lent(1, std::as_bytes(std::span(long_text)));
  inner.number(2, 5);
  inner.lent(3, {});
  out.message(1, inner);
  out.number(2, 6);
  Message read(out.bytes());
  EXPECT_EQ(out.size(), out.bytes().size());
  EXPECT_EQ(read.whole(2), 6);
  Message again(read.all(1).front().bytes);
  EXPECT_EQ(again.text(1), long_text);
  EXPECT_EQ(again.whole(2), 5);
}

TEST(OnnxExport, AFileIsWellFormed) {
  Tensor w({4, 3}, std::vector<float>(12, 0.5f)), b({3}, std::vector<float>{1, 2, 3});
  const std::map<std::string, TensorView> constants{{"hidden.weight", w.view()}, {"hidden.bias", b.view()}};
  const auto hidden = [](Var x) {
    Graph& g = x.graph();
    const Var y = matmul(x, g.input("hidden.weight", {Dtype::f32, {4, 3}})) + g.input("hidden.bias", {Dtype::f32, {3}});
    return relu(y);
  };
  const std::string file =
      file_of(hidden, constants, {.name = "net", .about = "about it", .metadata = {{"key", "value"}}});
  EXPECT_EQ(checked_ops(file), (Ops{"MatMul", "Add", "Relu", "Identity"}));
  Message model(file);
  EXPECT_EQ(model.text(6), "about it");
  EXPECT_EQ(model.inner(14).text(1), "key");
  EXPECT_EQ(model.inner(14).text(2), "value");
  const std::string graph_bytes = model.text(7);
  Message graph(graph_bytes);
  EXPECT_EQ(Message(graph.all(1).front().bytes).text(3), "hidden/MatMul");
  EXPECT_EQ(graph.all(5).size(), 2u);  // the weights as they are named, and nothing that Relu makes needless
  const std::string type = Message(graph.all(11).front().bytes).inner(2).inner(1).text(2);
  Message shape(type);
  EXPECT_EQ(Message(shape.all(1)[0].bytes).text(2), "batch");
  EXPECT_EQ(Message(shape.all(1)[1].bytes).whole(1), 4);
}

// Between two convolutions an image stays as it lies.
TEST(OnnxExport, ImagesAreTurnedOnceInAndOnceOut) {
  Tensor w(Type{Dtype::f32, {3, 3, 2, 2}}), scale({2}, std::vector<float>{1, 2}), shift({2}, std::vector<float>{3, 4});
  const std::map<std::string, TensorView> constants{
      {"conv.weight", w.view()}, {"norm.weight", scale.view()}, {"norm.bias", shift.view()}};
  const auto f = [](Var x) {
    Graph& g = x.graph();
    const Var weights = g.input("conv.weight", {Dtype::f32, {3, 3, 2, 2}});
    const auto channel = [&](const char* name) { return g.input(name, {Dtype::f32, {2}}); };
    const auto layer = [&](Var image) {
      const Var y = conv2d(image, weights) * (channel("norm.weight") * 2.0) + channel("norm.bias");
      return relu(y);
    };
    return layer(layer(x));
  };
  const Ops once{"Conv", "Mul", "Add", "Relu"};
  Ops expected{"Transpose"};
  for (int i = 0; i < 2; ++i) expected.insert(expected.end(), once.begin(), once.end());
  expected.insert(expected.end(), {"Transpose", "Identity"});
  EXPECT_EQ(checked_ops(file_of(f, constants, {}, {8, 8, 2})), expected);
}

TEST(OnnxExport, ConstantsAreComputedOnceAndEqualOnesAreOne) {
  EXPECT_EQ(checked_ops(file_of([](Var x) { return x * full_like(x, 2.0) + exp(full_like(x, 0.0)); })),
            (Ops{"Mul", "Add", "Identity"}));
  EXPECT_EQ(checked_ops(file_of([](Var x) {
              return x - broadcast_to(reshape(logsumexp(x, 1), {x.rows(), 1}), x.shape());
            })),
            (Ops{"LogSoftmax", "Identity"}));
}

TEST(OnnxExport, AFileIsReplacedAsAWhole) {
  const TestFolder folder;
  const std::string path = folder.write("net.onnx", "what was there");
  const auto body = [](Trace& trace, Index batch) -> std::vector<std::pair<std::string, Var>> {
    return {{"y", exp(trace.graph().input("x", {Dtype::f32, {batch, 4}}))}};
  };
  write_onnx(path, to_onnx(body, {}));
  EXPECT_EQ(read_file(path), to_protobuf(to_onnx(body, {})).bytes());
  EXPECT_EQ(checked_ops(read_file(path)), (Ops{"Exp", "Identity"}));
  EXPECT_THROW(write_onnx(folder.path() + "/none/net.onnx", to_onnx(body, {})), Error);
}

// What the caller names keeps its name, whatever else would bear it.
TEST(OnnxExport, NamesOfInputsAndOutputsAreKept) {
  Tensor w({4}, std::vector<float>(4, 0.5f));
  const std::map<std::string, TensorView> constants{{"Add", w.view()}};
  const Model model = to_onnx(
      [](Trace& trace, Index batch) -> std::vector<std::pair<std::string, Var>> {
        Graph& g = trace.graph();
        const Type rows{Dtype::f32, {batch, 4}};
        const Var grown = exp(g.input("first", rows)), first = grown + g.input("Exp", rows);
        return {{"Add", first + g.input("Add", {Dtype::f32, {4}})}, {"Mul", first * 2.0}};
      },
      constants);
  std::vector<std::string> inputs, outputs;
  for (const Port& port : model.inputs) inputs.push_back(port.name);
  for (const Port& port : model.outputs) outputs.push_back(port.name);
  EXPECT_EQ(inputs, (std::vector<std::string>{"first", "Exp"}));
  EXPECT_EQ(outputs, (std::vector<std::string>{"Add", "Mul"}));
  checked_ops(to_protobuf(model).bytes());
  const Error twice = error_from([] {
    to_onnx(
        [](Trace& trace, Index batch) -> std::vector<std::pair<std::string, Var>> {
          return {{"x", exp(trace.graph().input("x", {Dtype::f32, {batch}}))}};
        },
        {});
  });
  EXPECT_STREQ(twice.what(), "export: two inputs or outputs are named \"x\"");
}

TEST(OnnxExport, WrongConstantsAreRefused) {
  Tensor w(Type{Dtype::f32, {3}});
  const std::map<std::string, TensorView> constants{{"x", w.view()}};
  EXPECT_THROW(file_of([](Var x) { return exp(x); }, constants), Error);
}

}  // namespace
}  // namespace fathom::onnx
