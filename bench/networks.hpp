// The networks of bench/problems, the same as in bench/peer_torch.py.
#pragma once

#include <memory>

#include "bench/problem.hpp"
#include "fathom/nn/module.hpp"

namespace fathom::bench {

struct Network : Module {
  virtual ~Network() = default;
  // [batch, ...] -> scores [batch, classes]; one column: the logit or the number.
  virtual Var operator()(Var x) const = 0;
};

std::unique_ptr<Network> make_network(const Problem& problem);
Index classes_of(const Problem& problem);
// Types of one batch's input and target, and the mean loss over it.
Type input_type(const Problem& problem);
Type target_type(const Problem& problem);
Var loss_of(const Problem& problem, Var scores, Var target);

}  // namespace fathom::bench
