// ONNX Runtime as a child process: many networks are run by one, for starting it takes a second.
#pragma once

#include <string>
#include <vector>

#include "fathom/onnx/export.hpp"
#include "support/test_files.hpp"

namespace fathom {

class OnnxRuntime {
 public:
  // Why there is none here; empty when there is one.
  static std::string absent();

  struct Result {
    std::string error;            // of ONNX Runtime; empty: it ran
    std::vector<Tensor> outputs;  // whole numbers, of 64 bits in ONNX, as i32
  };

  // A network with values for its inputs, to be run; gives its number. i32 values are given as the i64 that they are in
  // the file.
  std::size_t add(const onnx::Model& model, const std::vector<std::pair<std::string, Tensor>>& inputs);
  // The same for a model in a file, whose outputs and their types are named.
  std::size_t add(const std::string& path, const std::vector<std::pair<std::string, Tensor>>& inputs,
                  const std::vector<std::pair<std::string, Dtype>>& outputs);
  // Runs all that was added.
  std::vector<Result> run();

 private:
  struct Waiting {
    std::string model, inputs;  // as JSON
    std::vector<std::pair<std::string, Dtype>> outputs;
  };

  TestFolder folder_;
  std::vector<Waiting> waiting_;
};

}  // namespace fathom

// NOLINTNEXTLINE: a macro because GTEST_SKIP must return from the test
#define NEEDS_ONNX_RUNTIME() \
  if (const std::string why = fathom::OnnxRuntime::absent(); !why.empty()) GTEST_SKIP() << why
