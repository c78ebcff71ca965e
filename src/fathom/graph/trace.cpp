#include "fathom/graph/trace.hpp"

namespace fathom {

namespace {
thread_local Trace* current_trace = nullptr;
}

Trace::Trace(Mode mode) : mode_(mode), outer_(current_trace) { current_trace = this; }
Trace::~Trace() { leave(); }

void Trace::leave() {
  // Traces may end in any order: each is taken out of the chain where it stands.
  for (Trace** link = &current_trace; *link != nullptr; link = &(*link)->outer_)
    if (*link == this) {
      *link = outer_;
      return;
    }
}

Trace& Trace::current() {
  if (current_trace == nullptr)
    throw Error(Code::usage, "a module was applied outside of a trace", {},
                "call it inside program(...) or make a Trace first");
  return *current_trace;
}

void Trace::assign(Var target, Var value) {
  for (const auto& [known, old] : assigned_) {
    if (known != target) continue;
    if (old == value) return;  // applied again to the same
    fail(Code::usage, "\"{}\" is assigned twice in one trace: the module that keeps it was applied twice",
         target.node().name);
  }
  assigned_.emplace_back(target, value);
}

Var Trace::random_key() { return graph_.input(random_key_name, {Dtype::i32, {4}}); }

}  // namespace fathom
