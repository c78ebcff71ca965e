// Losses of each row: [batch] or [batch, ...] -> [batch], the mean over the other axes. Every loss is finite, with a
// finite gradient, for logits of any finite size that the type can hold.
#pragma once

#include "fathom/graph/ops/index.hpp"

namespace fathom {

// Throw Error(usage) when the two shapes differ.
Var mse(Operand prediction, Operand target);  // the squared error
Var mae(Operand prediction, Operand target);  // the absolute error

struct HuberOptions {
  double delta = 1;
};
// e^2 / 2 up to delta, delta (|e| - delta / 2) beyond (Huber 1964).
Var huber(Operand prediction, Operand target, HuberOptions options = {});

// -y log p - (1 - y) log (1 - p) for p = sigmoid(logits) and targets y in [0, 1].
Var binary_cross_entropy(Operand logits, Operand target);

struct CrossEntropyOptions {
  double label_smoothing = 0;  // the share of the target that is spread over all classes (Szegedy et al. 2016)
};
// -log softmax(logits)[class]: logits [batch, classes], i32 classes [batch] in [0, classes).
Var softmax_cross_entropy(Operand logits, Operand classes, CrossEntropyOptions options = {});

// sum(weights losses) / sum(weights); 0, with a gradient of 0, where every weight is 0.
Var weighted_mean(Operand losses, Operand weights);

// Penalties over parameters: the sum of |w|, and half the sum of w^2 (whose gradient is w).
Var l1_penalty(const Vars& parameters);
Var l2_penalty(const Vars& parameters);

}  // namespace fathom
