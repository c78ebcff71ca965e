#include "fathom/lab/candidates.hpp"

#include <cmath>

namespace fathom {

double lowest_until(const TrialResult& result, const std::string& metric, Index until) {
  double lowest = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> values = result.column(metric);
  const bool is_all = until == 0 || static_cast<Index>(values.size()) < until;
  if (result.status == RunStatus::diverged && is_all) return lowest;
  for (std::size_t i = 0; i < values.size() && (until == 0 || static_cast<Index>(i) < until); ++i)
    if (std::isfinite(values[i]) && !(lowest <= values[i])) lowest = values[i];
  return lowest;
}

void train_until(Laboratory& lab, const std::vector<Candidate*>& candidates, Index until, const std::string& metric) {
  std::vector<Trial> trials;
  for (Candidate* candidate : candidates) {
    candidate->trial.until = until;
    trials.push_back(candidate->trial);
  }
  std::vector<TrialResult> results = lab.train(trials);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i]->result = std::move(results[i]);
    candidates[i]->score = lowest_until(candidates[i]->result, metric, until);
    candidates[i]->epochs = static_cast<Index>(candidates[i]->result.epochs.rows.size());
  }
}

bool is_better(const Candidate* a, const Candidate* b) {
  if (std::isnan(a->score) != std::isnan(b->score)) return std::isnan(b->score);
  return a->score != b->score ? a->score < b->score : a->number < b->number;
}

}  // namespace fathom
