// What a training tells other programs: one JSON object a line, each with "schema" and "event".
#pragma once

#include "fathom/train/initial_weights.hpp"
#include "fathom/train/run_folder_info.hpp"
#include "fathom/train/trainer.hpp"

namespace fathom {

std::string epoch_json(const EpochReport& report, const std::vector<ResultMetric>& valid);
// {"event": "run", ...}: a training begins, or goes on. {"event": "end", ...}: it has ended, and why.
std::string run_json(const RunInfo& run);
std::string end_json(const TrainResult& ended, Index best_epoch, double seconds);
// {"event": event, "metrics": {name: {value, low, high}}}
std::string metrics_json(const std::string& event, const std::vector<ResultMetric>& metrics);
// The same of an ensemble, with "runs": [{"run": name, "metrics": ...}] for its members.
std::string ensemble_json(const std::string& event, const std::vector<ResultMetric>& metrics,
                          const std::vector<std::pair<std::string, std::vector<ResultMetric>>>& runs);
// {"event": "init_from", "run": path, "loaded": [names], "new": [{name, why}], "left": [names]}
std::string initial_json(const InitialWeights& initial);

}  // namespace fathom
