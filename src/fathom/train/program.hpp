// Program: a function over Vars, traced once, derived, planned and ready to replay.
//
// 1. A debug build traces twice and refuses a function that does not give the same graph each time.
// 2. run() allocates nothing; a new input shape needs a new program.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "fathom/cpu/executor.hpp"
#include "fathom/graph/evaluate.hpp"
#include "fathom/graph/trace.hpp"

namespace fathom {

class Program {
 public:
  // Called with the trace that it writes into; gives what to compute and which inputs to update.
  using Body = std::function<Request(Trace&)>;

  explicit Program(const Body& body, Mode mode = Mode::inference, const PlanOptions& options = {});

  // Binds an input by name to memory of the caller. Throws Error(usage) when the type differs; a name that the
  // program does not read is ignored, so that one list of buffers serves every program of a model.
  void bind(const std::string& name, TensorView view);
  bool needs(const std::string& name) const { return executor_->needs(name); }
  // Throws Error(usage) naming the inputs that are not bound.
  void run();
  // Valid until the next run.
  TensorView output(std::size_t i) const { return executor_->output(i); }
  // The scalar output i as a number.
  double number(std::size_t i) const;

  // The arena of this program if it were planned so.
  std::size_t arena_bytes(const PlanOptions& options) const { return make_plan(request_, options).arena_bytes; }
  // Bytes held beside the bound buffers.
  std::size_t bytes() const { return executor_->bytes(); }
  const Plan& plan() const { return executor_->plan(); }
  std::string explain() const { return executor_->explain(); }

  // Replays with the reference executor on the bound inputs, which stay as they are, and gives the first value that
  // is not finite: "exp f32[128, 10] (losses.cpp:31), operands up to 3.1e+38"; empty when there is none.
  Message first_bad_value() const;

 private:
  std::unique_ptr<Trace> trace_;
  Request request_;
  std::unique_ptr<Executor> executor_;
  std::map<std::string, TensorView> bound_;
  bool complete_ = false;
};

}  // namespace fathom
