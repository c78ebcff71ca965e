// A whole training step of a model, with values for all that it reads: what laws of training start from.
#pragma once

#include "fathom/nn/module.hpp"
#include "fathom/plan/plan.hpp"
#include "tests/laws/sample.hpp"

namespace fathom::laws {

// The loss, the weights' update (momentum, clipped), and what the model keeps beside them.
Request training_step(Trace& trace, const Module& model, Var scores, Var classes);

// Random values for every input of a request: class numbers, the key of random streams, the model's own parameters.
Feed feed_of(const Request& request, const Module& model, Index classes, Random& random);

}  // namespace fathom::laws
