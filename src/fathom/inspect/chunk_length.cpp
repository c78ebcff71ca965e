#include "fathom/inspect/chunk_length.hpp"

#include <algorithm>

#include "fathom/derive/derive.hpp"
#include "fathom/inspect/loss_program.hpp"

namespace fathom::curvature {

namespace {

constexpr Index most_rows = 256;
constexpr std::size_t vectors_beside = 4, never_missed = std::size_t{4} << 20;

// What derivatives of the loss of so many rows keep at a time; `of` gives them.
template <class F>
std::size_t arena_bytes(const LossRows& rows, const Flat& weights, Index count, Mode mode, F&& of) {
  Trace trace(mode);
  trace.freeze(rows.frozen);
  const Var loss = weighted_loss(rows, batch_in(trace, rows.source.inputs(count), weights.dtype()));
  const Vars wrt = learned_in_trace(weights.layout(), rows.frozen);
  return make_plan({.outputs = of(trace, loss, wrt)}).arena_bytes;
}

}  // namespace

Index chunk_within_training(const LossRows& rows, const Flat& weights, Index batch) {
  const std::size_t of_training = arena_bytes(rows, weights, batch, Mode::training,
                                              [](Trace&, Var loss, const Vars& wrt) { return grad(loss, wrt); });
  const auto vector_bytes =
      static_cast<std::size_t>(ParameterVector(weights.layout(), rows.frozen).dimension()) * size_of(weights.dtype());
  const std::size_t allowed = std::max(of_training + vectors_beside * vector_bytes, never_missed);
  const auto product = [](Trace& trace, Var loss, const Vars& wrt) {
    return hvp(loss, wrt, directions_in_trace(trace, wrt));
  };
  Index length = most_rows;
  while (length > 1 && arena_bytes(rows, weights, length, rows.mode, product) > allowed) length /= 2;
  return length;
}

}  // namespace fathom::curvature
