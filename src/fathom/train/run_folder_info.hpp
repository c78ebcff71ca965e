// What is known about a run: the content of its run.json.
//
// 1. Reading what was written gives the same values; unknown keys of a newer version are passed over.
// 2. A damaged file gives Error(data); it never gives half a run.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fathom/base/message.hpp"

namespace fathom {

enum class RunStatus : std::uint8_t {
  running,      // a process writes it now
  finished,     // to its end
  interrupted,  // by the user or the queue; saved, can be resumed
  diverged,     // the loss became NaN or infinite; saved up to the last checkpoint
  failed,       // an error ended it
  stopped,      // said to be running, but no process writes it: killed, or the machine went down
  damaged,      // run.json cannot be read
};
std::string_view name_of(RunStatus status);

enum class Better : std::uint8_t { lower, higher };

struct ResultMetric {
  std::string name = {};  // as shown: "test/auc"
  double value = 0;
  double low = std::numeric_limits<double>::quiet_NaN(), high = low;  // the 95 % interval; NaN: not known
  Better better = Better::lower;
};

using Facts = std::vector<std::pair<std::string, std::string>>;

struct RunInfo {
  std::string path = {};  // of the folder; not stored, so that the folder may be copied and moved
  int number = 0;
  std::string name = {};
  RunStatus status = RunStatus::running;
  std::string started = {}, ended = {};  // UTC; ended is empty while running
  double seconds = 0;                    // spent training, over all sessions of the run
  std::string host = {};
  std::int64_t pid = 0;
  int threads = 0;
  int exit_code = 0;
  std::uint64_t seed = 0;
  std::string data_hash = {};
  std::vector<std::string> command = {};   // the command line, word by word
  Facts versions = {};                     // {"fathom", "0.1.0"}, {"compiler", ...}
  Facts facts = {};                        // whatever else belongs in the record: {"target", "price"}
  std::vector<ResultMetric> results = {};  // the first is the one that runs are compared by
  Message problem = {};                    // why it failed, or why run.json cannot be read
};

std::string to_json(const RunInfo& info);
// `source` names the text in errors. Gives a RunInfo without a path.
RunInfo run_info_from_json(std::string_view text, const std::string& source);

}  // namespace fathom
