// Ensembles: several runs that answer the same question, averaged (Hansen and Salamon 1990).
#pragma once

#include "fathom/base/tensor.hpp"
#include "fathom/data/pipeline.hpp"

namespace fathom {

// One run's outputs for rows that all members have in the same order.
struct Member {
  std::string name;  // of the run, for messages
  const Pipeline* pipeline = nullptr;
  Tensor outputs;
};

// Throws Error(config) naming the first two runs that differ in target, task or classes, and Error(data) when they have
// read different numbers of rows. Needs: at least one member.
void check_same_question(const std::vector<Member>& members);

// Outputs of which the first member's pipeline makes the mean of the members' probabilities, or of their predicted
// numbers in the target's unit.
Tensor mean_outputs(const std::vector<Member>& members);

}  // namespace fathom
