// What a training tells other programs: one JSON object a line, each with "schema" and "event".
#pragma once

#include "fathom/train/run_folder_info.hpp"
#include "fathom/train/trainer.hpp"

namespace fathom {

std::string epoch_json(const EpochReport& report, const std::vector<ResultMetric>& valid);
// {"event": event, "metrics": {name: {value, low, high}}}
std::string metrics_json(const std::string& event, const std::vector<ResultMetric>& metrics);

}  // namespace fathom
