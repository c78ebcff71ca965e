// What curvature says along a training: as a page, as JSON and as a table.
#pragma once

#include <string>
#include <vector>

#include "fathom/data/json.hpp"
#include "fathom/inspect/sharpness_path.hpp"
#include "fathom/lab/report.hpp"

namespace fathom {

struct CurvaturePath {
  int run = 0;
  std::string run_name;
  std::string optimizer;
  bool divides = false;  // the optimizer divides gradients, so that its edge is of the Hessian as it divides it
  Index rows = 0, all_rows = 0;
  std::vector<curvature::PathPoint> points = {};  // at least 1
};

std::vector<Message> path_sentences(const CurvaturePath& path);
// HTML.
std::string path_page(const CurvaturePath& path, const ReportWords& words);
// Without "schema" and "event".
Json path_json(const CurvaturePath& path);
// CSV: a row a checkpoint.
std::string path_csv(const CurvaturePath& path);

}  // namespace fathom
