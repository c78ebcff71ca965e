#include "fathom/lab/experiments.hpp"

#include <fmt/ranges.h>

#include "fathom/data/table.hpp"

namespace fathom {

const std::vector<Experiment>& experiments() {
  static const std::vector<Experiment> all{
      {"batch",
       "how many rows an update should see: what it costs, what the trainings reach, how noisy gradients are",
       {{"scale", {"none", "linear", "sqrt"}}},
       lab_batch},
      {"schedule",
       "how the learning rate should change over the training, and what warm-up and decay do",
       {},
       lab_schedule},
  };
  return all;
}

const Experiment& find_experiment(const std::string& name) {
  std::vector<std::string> names;
  for (const Experiment& experiment : experiments()) {
    if (experiment.name == name) return experiment;
    names.push_back(experiment.name);
  }
  const std::string closest = closest_name(name, names);
  throw Error(Code::usage, message("there is no experiment \"{}\"", name), {},
              closest.empty() ? message("the experiments are {}", fmt::format("{}", fmt::join(names, ", ")))
                              : message("did you mean \"{}\"?", closest));
}

}  // namespace fathom
