// Trace: the graph that model code is writing into, with what that code may ask about it.
//
// A trace is current on its thread while it lives, innermost first; modules find their parameters and
// random streams through it. Model code is a plain function: the trace is how it stays one.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fathom/graph/graph.hpp"

namespace fathom {

enum class Mode { training, inference };

class Trace {
 public:
  explicit Trace(Mode mode = Mode::inference);
  ~Trace();
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  // Ends its being current; the graph stays.
  void leave();

  Graph& graph() { return graph_; }
  Mode mode() const { return mode_; }
  // A random stream that no other caller of this trace has: the n-th call of every equal trace gives the same one.
  Index next_stream() { return streams_++; }
  // The i32[4] input {seed low, seed high, step low, step high} that random ops read.
  Var random_key();

  // Says that after a run in training mode the input `target` is to hold `value`: how a module keeps numbers that it
  // does not learn. Whoever runs the trace carries it out. Throws Error(usage) when the target has another value
  // already.
  void assign(Var target, Var value);
  const std::vector<std::pair<Var, Var>>& assigned() const { return assigned_; }

  // Names of inputs that training leaves as they are. A module that keeps numbers beside what it learns reads those
  // that are frozen as in inference mode, and does not assign to them.
  void freeze(std::set<std::string> names) { frozen_ = std::move(names); }
  bool is_frozen(const std::string& name) const { return frozen_.contains(name); }

  // Throws Error(usage) when no trace is current.
  static Trace& current();

  static constexpr const char* random_key_name = "random.key";

 private:
  Graph graph_;
  Mode mode_;
  Index streams_ = 0;
  std::vector<std::pair<Var, Var>> assigned_;
  std::set<std::string> frozen_;
  Trace* outer_;
};

}  // namespace fathom
