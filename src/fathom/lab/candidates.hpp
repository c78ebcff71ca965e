// Candidates: trainings that compete, of which the better ones are trained on.
#pragma once

#include "fathom/lab/laboratory.hpp"
#include "fathom/lab/search.hpp"

namespace fathom {

struct Candidate {
  std::size_t number = 0;
  std::vector<Drawn> drawn = {};  // none: the configuration as it is
  Trial trial = {};
  TrialResult result = {};
  Index epochs = 0;  // that it was given
  double score = std::numeric_limits<double>::quiet_NaN();
};

// The lowest value that the validation part has shown until an epoch (0: the last); NaN where the training diverged or
// has not begun. An experiment that goes on finds trainings beyond the epoch: they must count as they did.
double lowest_until(const TrialResult& result, const std::string& metric, Index until = 0);

// Trains them side by side until an epoch (0: to the end), and sets their results, epochs and scores by the metric.
void train_until(Laboratory& lab, const std::vector<Candidate*>& candidates, Index until, const std::string& metric);

// By score, then by number; without a score last.
bool is_better(const Candidate* a, const Candidate* b);

}  // namespace fathom
