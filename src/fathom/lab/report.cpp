#include "fathom/lab/report.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "fathom/chart/scale.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom {

namespace {

using namespace report;

std::string title_of(const RunRecord& record, const ReportWords& words) {
  return words.say(message("Run {}: {}", record.info.number, record.info.name));
}

std::string moment(const std::string& utc) {
  return utc.size() >= 16 ? utc.substr(0, 10) + " " + utc.substr(11, 5) + " UTC" : utc;
}

Message duration(double seconds) {
  if (seconds < 60) return message("{:.1f} s", seconds);
  const auto whole = std::lround(seconds);
  return whole < 3600 ? message("{} min {} s", whole / 60, whole % 60)
                      : message("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string version_of(const RunInfo& info) {
  for (const auto& [what, version] : info.versions)
    if (what == "fathom") return version;
  return "?";
}

// The value of a column in an epoch; NaN where it is not written down.
double value_at(const MetricsTable& epochs, Index epoch, std::size_t column) {
  const auto place = static_cast<std::size_t>(std::max(0, epochs.column("epoch")));
  for (const auto& row : epochs.rows)
    if (static_cast<Index>(row[place]) == epoch) return row[column];
  return std::numeric_limits<double>::quiet_NaN();
}

// The last epoch that is written down.
Index epochs_done(const RunRecord& record) {
  const int column = record.epochs.column("epoch");
  return column < 0 || record.epochs.rows.empty()
             ? 0
             : static_cast<Index>(record.epochs.rows.back()[static_cast<std::size_t>(column)]);
}

void add_status(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  const RunInfo& info = record.info;
  const Index done = epochs_done(record), all = record.settings.trainer.epochs;
  switch (info.status) {
    case RunStatus::running:
      page.warning(
          words.say(message("This run is still training: the page shows it after {} of {} epochs.", done, all)));
      break;
    case RunStatus::interrupted:
    case RunStatus::stopped:
      page.warning(words.say(
          message("This run was stopped after {} of {} epochs; fathom resume {} goes on.", done, all, info.number)));
      break;
    case RunStatus::diverged:
      page.warning(words.say(message("This run diverged after {} of {} epochs: {}.", done, all, info.problem)));
      break;
    case RunStatus::failed:
      page.warning(words.say(message("This run failed after {} of {} epochs: {}.", done, all, info.problem)));
      break;
    case RunStatus::finished:
    case RunStatus::damaged:
      break;
  }
  if (info.results.empty() && info.status != RunStatus::finished)
    page.paragraph(
        words.say("The test part has not been looked at, so nothing here says how good the network is on it."));
  else if (info.results.empty())
    page.paragraph(words.say("There is no test part: the figures are those of the rows that chose the best epoch."));
}

// Test metrics, or those of the best epoch where there are none.
void add_cards(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  std::vector<chart::Card> cards;
  for (const ResultMetric& metric : record.info.results) {
    if (cards.size() == 3) break;
    cards.push_back({words.say(message("Test {}", Message(words.metric(metric.name)))), words.figure(metric.value),
                     interval_text(metric, words)});
  }
  const Index best = record.best_epoch();
  if (record.info.results.empty() && best > 0) {
    const std::string part = record.judged_part();
    for (std::size_t i = 0; i < record.epochs.columns.size() && cards.size() < 3; ++i) {
      const std::string& name = record.epochs.columns[i];
      if (name.substr(0, part.size() + 1) != part + "/") continue;
      const double value = value_at(record.epochs, best, i);
      const Message title(words.metric(name));
      cards.push_back({words.say(part == "valid" ? message("Validation {}", title) : message("Training {}", title)),
                       words.figure(value), words.say(message("at epoch {}", best))});
    }
  }
  if (best > 0)
    cards.push_back({words.say("Best epoch"), chart::count(best), words.say(message("of {}", epochs_done(record)))});
  if (!cards.empty()) page.cards(cards);
}

}  // namespace

std::string report::interval_text(const ResultMetric& metric, const ReportWords& words) {
  if (!std::isfinite(metric.low) || !std::isfinite(metric.high)) return {};
  return words.say(message("95 %: {} to {}", words.figure(metric.low), words.figure(metric.high)));
}

std::string report::percent(double share) {
  if (!std::isfinite(share)) return "–";
  return fmt::format("{:.{}f} %", share * 100, share > 0 && share < 0.01 ? 2 : 1);
}

std::string report_page(const RunRecord& record, const ReportWords& words) {
  const RunInfo& info = record.info;
  chart::Page page(words.language, title_of(record, words));
  if (!record.target.empty() && !record.data.path.empty())
    page.paragraph(
        words.say(message("Predicts \"{}\" from {} ({}).", record.target,
                          std::filesystem::path(record.data.path).filename().string(), Message(name_of(record.task)))));
  page.note(words.say(message("Begun {}, trained for {}, seed {}, Fathom {}.", moment(info.started),
                              duration(info.seconds), info.seed, version_of(info))));
  add_status(page, record, words);
  add_cards(page, record, words);
  add_baselines(page, record, words);
  add_training(page, record, words);
  add_errors(page, record, words);
  add_calibration(page, record, words);
  add_worst_rows(page, record, words);
  add_data(page, record, words);
  add_settings(page, record, words);
  return page.html();
}

}  // namespace fathom
