// A traced function as an ONNX model: what `fathom export --format onnx` writes.
//
// 1. Everything is opset 17 of the standard operators, so that any runtime can run it.
// 2. Inputs and outputs have the batch as a symbolic length, "batch": the function is traced with two sizes, and what
//    differs is the batch. Inputs of i32 are i64 in the file, as most programs have whole numbers.
// 3. Nodes bear the names of the layers whose weights they use; weights keep their names.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "fathom/graph/trace.hpp"
#include "fathom/onnx/model.hpp"

namespace fathom::onnx {

// Called inside of a trace in inference mode: gives the outputs by name for inputs of so many rows.
using Body = std::function<std::vector<std::pair<std::string, Var>>(Trace& trace, Index batch)>;

struct ExportOptions {
  std::string name = "fathom";
  std::string about = {};
  std::vector<std::pair<std::string, std::string>> metadata = {};
};

// `constants`: the inputs of the trace that are known, such as weights, by name; the model refers to their memory.
// Throws Error(usage) that names the op for what cannot be exported: random numbers, updates of tables, and shapes that
// are not linear in the batch's size.
Model to_onnx(const Body& body, const std::map<std::string, TensorView>& constants, const ExportOptions& options = {});

// Writes the model to a file, which is replaced as a whole or not at all.
void write_onnx(const std::string& path, const Model& model);

}  // namespace fathom::onnx
