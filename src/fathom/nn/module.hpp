// Module: a part of a model that owns parameters. Members register under their names, so a model is a plain struct:
//
//   struct Reviews : Module {
//     Embedding words{*this, "words", {.rows = 20'000, .width = 32}};
//     Linear scores{*this, "scores", {.in = 32, .out = 5}};
//     Var operator()(Var tokens) const { return scores(mean(words(tokens), {1})); }
//   };
//
// 1. The root owns the Parameters; a part's names are its path and a dot: "scores.weight".
// 2. A module is neither copied nor moved. A list of parts is a std::deque, filled by emplace_back(*this, "0", ...).
// 3. A module holds no numbers: applied inside a trace, it reads its parameters as that trace's inputs.
#pragma once

#include <memory>
#include <string_view>

#include "fathom/nn/params.hpp"

namespace fathom {

class Module {
 public:
  // The root of a model: `Reviews model;`, or `Reviews model{{Dtype::f64}};`.
  Module(Dtype dtype = Dtype::f32);
  // A part. Throws Error(usage) when the name is empty.
  Module(Module& parent, std::string_view name);
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  // Of the whole model.
  const Parameters& parameters() const { return *parameters_; }
  Dtype dtype() const { return parameters_->dtype(); }
  // "block.hidden"; empty for the root.
  const std::string& path() const { return path_; }
  // The full name of a parameter or part of this module.
  std::string path_of(std::string_view name) const;

 private:
  friend class Weight;

  std::shared_ptr<Parameters> parameters_;
  std::string path_;
};

struct WeightOptions {
  Shape shape;
  Init init = Init::zeros();
  Fans fans = {};
  bool learned = true;  // false: a number that training keeps beside what it learns
};

// One parameter of a module: `Weight gain{*this, "gain", {.shape = {8}, .init = Init::constant(1)}};`.
class Weight {
 public:
  Weight(Module& owner, std::string_view name, const WeightOptions& options);

  // Its value in the current trace.
  Var operator()(SourceLocation at = SourceLocation::here()) const;
  const std::string& name() const { return name_; }
  const Type& type() const { return type_; }

 private:
  std::string name_;
  Type type_;
};

}  // namespace fathom
