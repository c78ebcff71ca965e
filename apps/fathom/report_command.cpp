// fathom report: all that a run's folder knows, as one page.
#include <cmath>

#include "command.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/data/json.hpp"
#include "fathom/lab/report.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "page_command.hpp"

namespace fathom::app {

int run_report(const Arguments& arguments, Interface& interface) {
  const RunInfo run = find_run(runs_folder(arguments), arguments.positional[0]);
  const std::string path = arguments.get("--output", run.path + "/report.html");
  if (path == "-" && interface.json)
    throw Error(Code::usage, "-o - writes the page to the standard output, where --json writes a document", {},
                "name a file, or leave --json out");
  const RunRecord record = read_run_record(run.path);
  const std::string page = report_page(record, report_words(interface));
  if (path == "-") {
    std::fwrite(page.data(), 1, page.size(), stdout);
    return 0;
  }
  write_file(path, page);
  if (!interface.json) {
    fmt::print("{}\n", path);
    return 0;
  }
  const double calibration = calibration_of(record).error;
  fmt::print("{}\n", write_json({{"schema", "fathom/1"},
                                 {"event", "report"},
                                 {"run", run.number},
                                 {"status", name_of(run.status)},
                                 {"path", path},
                                 {"bytes", page.size()},
                                 {"best_epoch", record.best_epoch()},
                                 {"calibration_error", std::isfinite(calibration) ? Json(calibration) : Json()}}));
  return 0;
}

}  // namespace fathom::app
