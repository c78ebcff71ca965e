// The sections of a run's report, each a function that adds to the page what the record knows, or nothing.
#pragma once

#include "fathom/chart/page.hpp"
#include "fathom/lab/calibration.hpp"
#include "fathom/lab/report.hpp"

namespace fathom::report {

inline constexpr double page_width = 680, half_width = 330;  // of charts, in pixels

// The network beside what needs none.
void add_baselines(chart::Page& page, const RunRecord& record, const ReportWords& words);
// Losses, metrics and the learning rate by epoch.
void add_training(chart::Page& page, const RunRecord& record, const ReportWords& words);
// Rows, parts and columns.
void add_data(chart::Page& page, const RunRecord& record, const ReportWords& words);
// Classes that are taken for others, or how far predictions lie from the truth.
void add_errors(chart::Page& page, const RunRecord& record, const ReportWords& words);
void add_calibration(chart::Page& page, const RunRecord& record, const ReportWords& words);
void add_worst_rows(chart::Page& page, const RunRecord& record, const ReportWords& words);
// What was set, and how to run it again.
void add_settings(chart::Page& page, const RunRecord& record, const ReportWords& words);

// "95 %: 0.81 to 0.83"; empty where the interval is not known.
std::string interval_text(const ResultMetric& metric, const ReportWords& words);
// 12.3 %
std::string percent(double share);

}  // namespace fathom::report

namespace fathom {

// Binary: of the second class, and whether a row is of it. Classes: of the one that is predicted, and whether it is
// right. Each row of the test part counts once. Regression has none.
Calibration calibration_of(const RunRecord& record);

}  // namespace fathom
