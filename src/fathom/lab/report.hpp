// The report of a run: one page with all that its folder knows, drawn and in words.
//
// 1. Every number on it is read from the run's folder or computed from what is read; where something is not known, the
//    page does without it or says so. Of the data itself, only the worst rows are read.
// 2. The page is a file of its own: it loads nothing and runs nothing.
#pragma once

#include <functional>
#include <string>

#include "fathom/lab/run_record.hpp"

namespace fathom {

// How the reader is spoken to.
struct ReportWords {
  std::string language = "en";                            // of the page, as HTML names it
  std::function<std::string(const Message&)> say;         // a sentence, a label
  std::function<std::string(const std::string&)> metric;  // the title of a metric: "valid/auc" is "AUC"
  std::function<std::string(double)> figure;              // a metric's value, as it is shown everywhere
};

// HTML.
std::string report_page(const RunRecord& record, const ReportWords& words);

}  // namespace fathom
