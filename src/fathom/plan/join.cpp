#include <algorithm>

#include "fathom/plan/passes.hpp"

namespace fathom::passes {

namespace {

// The input in whose buffer a value lies; -1: it lies elsewhere.
NodeId input_of(const Plan& plan, NodeId value) {
  if (is_input(plan.graph->node(value))) return value;
  const Place& place = plan.places[index(value)];
  return place.kind == Place::Kind::input ? place.input : -1;
}

bool updates_inputs_alone(const Plan& plan, const Step& step) {
  return step.kind == Step::Kind::group && step.group.sums.empty() && !step.writes.empty() &&
         std::all_of(step.writes.begin(), step.writes.end(), [&](NodeId value) { return input_of(plan, value) >= 0; });
}

// Whether a step reads what another one writes, or what that writes over.
bool reads_what_is_written(const Plan& plan, const Step& reader, const Step& writer) {
  return std::any_of(reader.reads.begin(), reader.reads.end(), [&](NodeId read) {
    const NodeId input = input_of(plan, read);
    return input >= 0 && std::any_of(writer.writes.begin(), writer.writes.end(),
                                     [&](NodeId written) { return input_of(plan, written) == input; });
  });
}

void append(std::vector<NodeId>& to, const std::vector<NodeId>& from) {
  to.insert(to.end(), from.begin(), from.end());
  std::sort(to.begin(), to.end());
  to.erase(std::unique(to.begin(), to.end()), to.end());
}

}  // namespace

void join(Plan& plan) {
  std::vector<Step> steps;
  for (Step& step : plan.steps) {
    if (!steps.empty() && updates_inputs_alone(plan, steps.back()) && updates_inputs_alone(plan, step) &&
        !reads_what_is_written(plan, step, steps.back()) && !reads_what_is_written(plan, steps.back(), step)) {
      Step& whole = steps.back();
      whole.beside.push_back(std::move(step.group));
      append(whole.reads, step.reads);
      append(whole.writes, step.writes);
    } else {
      steps.push_back(std::move(step));
    }
  }
  plan.steps = std::move(steps);
}

}  // namespace fathom::passes
