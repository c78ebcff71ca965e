// The table of experiments: what `fathom lab` can be asked to measure. An experiment is a function from a laboratory to
// what it found; each has a file of its own.
#pragma once

#include <string>
#include <vector>

#include "fathom/lab/lab_report.hpp"

namespace fathom {

// A key of one experiment, given as --NAME VALUE.
struct ExperimentOption {
  std::string name;
  std::vector<std::string> choices;  // the first is taken where none is given
};

struct Experiment {
  std::string name;   // "schedule"
  std::string about;  // what it measures, in a line
  std::vector<ExperimentOption> options;
  LabReport (*run)(Laboratory&);
};

const std::vector<Experiment>& experiments();
std::vector<std::string> experiment_names();
// Throws Error(usage) with the names there are, and a suggestion.
const Experiment& find_experiment(const std::string& name);

// Of `fathom tune`, which is not among them.
const Experiment& tune_experiment();

// Runs it. Where time was lacking, the report advises nothing. Throws what the experiment does, and Error(config) where
// there are no validation rows, by which all of them compare.
LabReport run_experiment(const Experiment& experiment, Laboratory& lab);

LabReport lab_batch(Laboratory& lab);
LabReport lab_optimizer(Laboratory& lab);
LabReport lab_rate(Laboratory& lab);
LabReport lab_schedule(Laboratory& lab);
LabReport lab_depth(Laboratory& lab);
LabReport lab_momentum(Laboratory& lab);
LabReport lab_loss(Laboratory& lab);
LabReport lab_regularization(Laboratory& lab);

}  // namespace fathom
