// fathom export: a trained model for other programs.
#include <sys/stat.h>

#include "command.hpp"
#include "fathom/data/json.hpp"
#include "fathom/onnx/export.hpp"
#include "fathom/train/checkpoint.hpp"
#include "fathom/train/model_files.hpp"
#include "fathom/train/served_model.hpp"

namespace fathom::app {

namespace {

std::string port_text(const onnx::Port& port) {
  std::vector<std::string> lengths;
  for (const auto& dim : port.dims) {
    if (const auto* fixed = std::get_if<std::int64_t>(&dim))
      lengths.push_back(fmt::format("{}", *fixed));
    else
      lengths.push_back(std::get<std::string>(dim));
  }
  const char* element = port.element == onnx::Element::f32 ? "f32" : port.element == onnx::Element::f64 ? "f64" : "i64";
  return fmt::format("{}  {} [{}]", printable(port.name), element, fmt::join(lengths, ", "));
}

Json ports_json(const std::vector<onnx::Port>& ports) {
  Json list = Json::array();
  for (const onnx::Port& port : ports) list.push_back(port_text(port));
  return list;
}

// Nothing that is there is lost without being asked for.
void need_free(const Arguments& arguments, const std::string& path) {
  struct stat existing {};
  if (arguments.has("--force") || ::stat(path.c_str(), &existing) != 0 || !S_ISREG(existing.st_mode)) return;
  throw Error(Code::usage, message("{} is already there", path), {},
              "--force replaces it; -o FILE writes to another place");
}

void write_onnx_model(const Predictor& predictor, const std::string& path, const Interface& interface) {
  const ServedModel served(predictor);
  const auto constants = served.constants();
  const onnx::Model model =
      onnx::to_onnx([&](Trace& trace, Index batch) { return served(trace.graph(), batch); }, constants,
                    {.name = "fathom",
                     .about = fmt::format("Predicts {}. Fathom {}; docs/onnx.md tells what the inputs and outputs are.",
                                          predictor.pipeline.target.name, version),
                     .metadata = served.description()});
  onnx::write_onnx(path, model);
  if (interface.json) {
    fmt::print("{}\n", write_json({{"schema", "fathom/1"},
                                   {"event", "export"},
                                   {"format", "onnx"},
                                   {"opset", onnx::opset},
                                   {"path", path},
                                   {"inputs", ports_json(model.inputs)},
                                   {"outputs", ports_json(model.outputs)}}));
    return;
  }
  for (const onnx::Port& port : model.inputs)
    interface.tell(fmt::format("{}{}", padded(interface.say("Input", "输入"), 8), port_text(port)));
  for (const onnx::Port& port : model.outputs)
    interface.tell(fmt::format("{}{}", padded(interface.say("Output", "输出"), 8), port_text(port)));
  fmt::print("{}\n", path);
}

}  // namespace

int run_export(const Arguments& arguments, Interface& interface) {
  const std::string format = arguments.get("--format", "onnx"), opset = arguments.get("--opset", "17");
  if (format != "onnx" && format != "safetensors")
    throw Error(Code::usage, message("--format must be onnx or safetensors, not \"{}\"", format));
  if (opset != fmt::format("{}", onnx::opset))
    throw Error(Code::usage, message("--opset must be {}, not \"{}\"", onnx::opset, opset), {},
                "newer runtimes read it as well");
  const auto predictor = load_predictor(model_folder(runs_folder(arguments), arguments.positional[0]));
  const std::string path = arguments.get("--output", "model." + format);
  need_free(arguments, path);
  if (format == "onnx") {
    write_onnx_model(*predictor, path, interface);
    return 0;
  }
  const auto described = ServedModel(*predictor).description();
  save_weights(path, predictor->weights, Metadata(described.begin(), described.end()));
  if (interface.json)
    fmt::print("{}\n",
               write_json({{"schema", "fathom/1"}, {"event", "export"}, {"format", "safetensors"}, {"path", path}}));
  else
    fmt::print("{}\n", path);
  return 0;
}

}  // namespace fathom::app
