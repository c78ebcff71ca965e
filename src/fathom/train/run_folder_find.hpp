// The runs of a folder: listing them, and finding the one that a user means.
//
// 1. Reading never changes a run and never waits for one.
// 2. Foreign files and folders are passed over; a damaged run is listed as damaged, with the reason.
#pragma once

#include <string>
#include <vector>

#include "fathom/train/run_folder_info.hpp"

namespace fathom {

// Every run in the folder by rising number; empty when the folder does not exist.
std::vector<RunInfo> list_runs(const std::string& runs_dir);

// The run in one folder; a run without a live writer is `stopped`. Throws Error(data) when the folder is no run.
RunInfo read_run(const std::string& path);

// The run that `spec` names: a path, `latest`, `best`, a number, a name, or the beginning of one name only.
// `latest` is the highest number. `best` compares, by their first result, the runs that were evaluated on the same data
// and by the same metric as the newest run that has a result.
// Throws Error(data) with the candidates when there is none or more than one.
RunInfo find_run(const std::string& runs_dir, const std::string& spec);

}  // namespace fathom
