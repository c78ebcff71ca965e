#include "fathom/inspect/chunk_length.hpp"

#include <algorithm>

#include "fathom/derive/derive.hpp"
#include "fathom/inspect/loss_program.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom::curvature {

namespace {

constexpr Index most_rows = 256;
constexpr std::size_t vectors_beside = 4, never_missed = std::size_t{4} << 20;

// What derivatives of the loss of so many rows keep at a time; `of` gives them.
template <class F>
std::size_t arena_bytes(const LossRows& rows, const Flat& weights, Index count, Mode mode, bool recompute, F&& of) {
  Trace trace(mode);
  trace.freeze(rows.frozen);
  const Var loss = weighted_loss(rows, batch_in(trace, rows.source.inputs(count), weights.dtype()));
  const Vars wrt = learned_in_trace(weights.layout(), rows.frozen);
  return make_plan({.outputs = of(trace, loss, wrt), .turn = loss}, {.recompute = recompute}).arena_bytes;
}

}  // namespace

StepSize step_size(const Settings& settings, Index rows) {
  return {std::min(batch_size(settings, rows), rows), settings.trainer.recompute};
}

Index chunk_within_training(const LossRows& rows, const Flat& weights, const StepSize& step) {
  const std::size_t width = size_of(weights.dtype());
  const std::size_t of_training = arena_bytes(rows, weights, step.batch, Mode::training, step.recompute,
                                              [](Trace&, Var loss, const Vars& wrt) { return grad(loss, wrt); }) *
                                  size_of(Dtype::f32) / width;
  const auto vector_bytes =
      static_cast<std::size_t>(ParameterVector(weights.layout(), rows.frozen).dimension()) * width;
  const std::size_t allowed = std::max(of_training + vectors_beside * vector_bytes, never_missed);
  const auto product = [](Trace& trace, Var loss, const Vars& wrt) {
    return hvp(loss, wrt, directions_in_trace(trace, wrt));
  };
  Index length = most_rows;
  while (length > 1 && arena_bytes(rows, weights, length, rows.mode, false, product) > allowed) length /= 2;
  return length;
}

}  // namespace fathom::curvature
