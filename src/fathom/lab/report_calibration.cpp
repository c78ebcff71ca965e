#include <cmath>

#include "fathom/chart/chart.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom {

Calibration calibration_of(const RunRecord& record) {
  std::vector<double> probabilities;
  std::vector<std::uint8_t> happened;
  const bool binary = record.task == Task::binary && record.classes.size() == 2;
  if (record.task != Task::regression)
    for (const JudgedRow& row : record.test) {
      if (!std::isfinite(row.probability)) continue;
      if (binary) {
        probabilities.push_back(row.prediction == record.classes[1] ? row.probability : 1 - row.probability);
        happened.push_back(row.truth == record.classes[1] ? 1 : 0);
      } else {
        probabilities.push_back(row.probability);
        happened.push_back(row.truth == row.prediction ? 1 : 0);
      }
    }
  return calibration(probabilities, happened);
}

void report::add_calibration(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  const Calibration calibration = calibration_of(record);
  if (!std::isfinite(calibration.error)) return;
  page.heading(words.say("Calibration"));
  page.paragraph(
      words.say(message("What is said with a probability should come true in that share of the rows. On average "
                        "it is off by {} (expected calibration error, {} bins); chance alone would make it {} "
                        "on these rows.",
                        percent(calibration.error), calibration.bins.size(), percent(calibration.error_by_chance))));
  chart::Series shares{.mark = chart::Mark::points}, rows{.mark = chart::Mark::bars, .color = 6, .width = 0.1};
  rows.width = 1 / static_cast<double>(calibration.bins.size());
  for (const CalibrationBin& bin : calibration.bins) {
    rows.x.push_back((bin.low + bin.high) / 2);
    rows.y.push_back(static_cast<double>(bin.rows));
    if (bin.rows == 0) continue;
    shares.x.push_back(bin.probability);
    shares.y.push_back(bin.share.value);
    shares.low.push_back(bin.share.low);
    shares.high.push_back(bin.share.high);
  }
  const bool binary = record.task == Task::binary && record.classes.size() == 2;
  const std::string positive = binary ? record.classes[1] : std::string();
  chart::Chart chart{
      .title = words.say("Reliability"),
      .description = words.say("the share of rows in which it came true, by the probability that was given"),
      .x = {.label = words.say(binary ? message("predicted probability of \"{}\"", positive)
                                      : Message("probability of the predicted class")),
            .low = 0.0,
            .high = 1.0},
      .panels = {{.y = {.label = words.say(binary ? message("share of rows that are \"{}\"", positive)
                                                  : Message("share of rows predicted rightly")),
                        .low = 0.0,
                        .high = 1.0},
                  .series = {shares},
                  .diagonal = true,
                  .height = 300},
                 {.y = {.label = words.say("rows"), .low = 0.0}, .series = {rows}, .height = 60}},
      .width = 420};
  page.picture(
      chart::svg(chart),
      words.say("Dots: the rows of a bin, with 95 % intervals. On the line, probabilities are what they say; below "
                "it, they are too high."));
}

}  // namespace fathom
