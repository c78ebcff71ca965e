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
      {"optimizer",
       "which optimizer trains best, each at its own best rate, and how far it moves each layer",
       {},
       lab_optimizer},
      {"rate", "which learning rates the training bears, by a range test and at x0.1, x1 and x10", {}, lab_rate},
      {"schedule",
       "how the learning rate should change over the training, and what warm-up and decay do",
       {},
       lab_schedule},
      {"momentum",
       "going on in the direction of the updates before: curves, and the way the weights take",
       {},
       lab_momentum},
      {"loss", "cross-entropy against squared errors; for numbers MSE, MAE and Huber with outliers", {}, lab_loss},
      {"depth", "more layers: at the same number of weights, and added at one width", {}, lab_depth},
      {"regularization",
       "what each kind of regularization is worth, and more rows, and an ensemble",
       {},
       lab_regularization},
  };
  return all;
}

LabReport run_experiment(const Experiment& experiment, Laboratory& lab) {
  if (lab.prepared().source->rows(Part::valid) == 0) {
    const std::string command = (experiment.name == "tune" ? "fathom " : "fathom lab ") + experiment.name;
    throw Error(Code::config, message("{} compares on validation rows, and there are none", command), {},
                "set split.valid above 0");
  }
  LabReport report = experiment.run(lab);
  if (lab.is_cut())
    report.advice = {
        message("Nothing is advised before all of the trainings are done: the same command with a longer --time-limit "
                "goes on. One training takes about {}.",
                time_text(lab.training_seconds(lab.settings())))};
  return report;
}

std::vector<std::string> experiment_names() {
  std::vector<std::string> names;
  for (const Experiment& experiment : experiments()) names.push_back(experiment.name);
  return names;
}

const Experiment& find_experiment(const std::string& name) {
  for (const Experiment& experiment : experiments())
    if (experiment.name == name) return experiment;
  const std::vector<std::string> names = experiment_names();
  const std::string closest = closest_name(name, names);
  throw Error(Code::usage, message("there is no experiment \"{}\"", name), {},
              closest.empty() ? message("the experiments are {}", fmt::format("{}", fmt::join(names, ", ")))
                              : message("did you mean \"{}\"?", closest));
}

}  // namespace fathom
