#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/scale.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom::report {

namespace {

struct Range {
  double low = std::numeric_limits<double>::infinity(), high = -low;
  void add(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

class Curves {
 public:
  Curves(const RunRecord& record, const ReportWords& words)
      : record_(record), words_(words), epochs_(column("epoch")) {}

  std::vector<double> column(const std::string& name) const {
    std::vector<double> values;
    const int place = record_.epochs.column(name);
    if (place < 0) return values;
    for (const auto& row : record_.epochs.rows) values.push_back(row[static_cast<std::size_t>(place)]);
    return values;
  }
  chart::Series line(const std::string& name, const std::string& title, int color, bool dashed = false) const {
    return {.name = title, .x = epochs_, .y = column(name), .color = color, .dashed = dashed};
  }
  chart::Rule best_rule(bool labelled) const {
    const Index best = record_.best_epoch();
    return {chart::Rule::Along::x, static_cast<double>(best),
            labelled ? words_.say(message("best: epoch {}", best)) : std::string()};
  }

  chart::Panel losses() const {
    chart::Panel panel{.y = {.label = words_.say("loss")}};
    const std::string judged = record_.judged_part();
    panel.series.push_back(line("train/loss", words_.say("training"), 0, true));
    if (judged == "valid") panel.series.push_back(line("valid/loss", words_.say("validation"), 1));
    Range range;
    for (const chart::Series& series : panel.series)
      for (const double value : series.y) range.add(value);
    panel.y.log = range.low > 0 && range.high > 30 * range.low;
    panel.rules = {best_rule(true)};
    panel.height = 230;
    return panel;
  }

  // A metric of the judged part with the baselines that it does not leave far behind; the others are told of.
  chart::Panel metric(const std::string& name, double height, std::vector<std::string>* beyond) const {
    chart::Panel panel{.y = {.label = words_.metric(name)}, .height = height};
    const bool valid = record_.judged_part() == "valid";
    panel.series = {line(name, words_.say(valid ? "validation" : "training"), valid ? 1 : 0)};
    panel.rules = {best_rule(false)};
    Range range;
    for (const double value : panel.series[0].y) range.add(value);
    for (const auto& [title, metrics] :
         {std::pair{"linear model", &record_.linear}, std::pair{"constant", &record_.constant}}) {
      const ResultMetric* baseline = RunRecord::find(*metrics, name);
      if (baseline == nullptr || !std::isfinite(baseline->value)) continue;
      Range wider = range;
      wider.add(baseline->value);
      const std::string label = fmt::format("{} {}", words_.say(Message(title)), words_.figure(baseline->value));
      if (wider.high - wider.low <= 3 * (range.high - range.low)) {
        panel.rules.push_back({chart::Rule::Along::y, baseline->value, label});
      } else if (beyond != nullptr) {
        beyond->push_back(label);
      }
    }
    return panel;
  }

  chart::Panel strip(const std::string& name, const std::string& title) const {
    chart::Panel panel{.y = {.label = title, .low = 0.0}, .height = 52};
    panel.series = {line(name, "", 6)};
    return panel;
  }

  chart::Chart chart(const std::string& title, std::vector<chart::Panel> panels) const {
    return {.title = title,
            .description = words_.say(message("{} epochs", epochs_.size())),
            .x = {.label = words_.say("epoch"), .exact = true, .whole = true},
            .panels = std::move(panels),
            .width = page_width};
  }

 private:
  const RunRecord& record_;
  const ReportWords& words_;
  std::vector<double> epochs_;
};

// What the loss did, in a sentence.
void tell_losses(chart::Page& page, const RunRecord& record, const Curves& curves, const ReportWords& words) {
  const std::string name = record.judged_part() + "/loss";
  const std::vector<double> losses = curves.column(name), epochs = curves.column("epoch");
  std::size_t lowest = losses.size();
  for (std::size_t i = 0; i < losses.size(); ++i)
    if (std::isfinite(losses[i]) && (lowest == losses.size() || losses[i] < losses[lowest])) lowest = i;
  if (lowest == losses.size()) return;
  const bool valid = record.judged_part() == "valid";
  const std::string low = words.figure(losses[lowest]);
  const auto at = static_cast<Index>(epochs[lowest]);
  if (lowest + 1 == losses.size())
    page.paragraph(words.say(valid ? message("The validation loss was lowest in the last epoch, {}, at {}.", at, low)
                                   : message("The training loss was lowest in the last epoch, {}, at {}.", at, low)));
  else
    page.paragraph(words.say(
        valid ? message("The validation loss was lowest in epoch {}, at {}; in the last epoch, {}, it was {}.", at, low,
                        static_cast<Index>(epochs.back()), words.figure(losses.back()))
              : message("The training loss was lowest in epoch {}, at {}; in the last epoch, {}, it was {}.", at, low,
                        static_cast<Index>(epochs.back()), words.figure(losses.back()))));
}

}  // namespace

void add_training(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  page.heading(words.say("Training"));
  if (record.epochs.rows.empty()) {
    page.paragraph(words.say("No epoch is done yet."));
    return;
  }
  const Curves curves(record, words);
  tell_losses(page, record, curves, words);
  const std::string part = record.judged_part() + "/";
  std::vector<std::string> metrics;
  for (const std::string& name : record.epochs.columns)
    if (name.substr(0, part.size()) == part && name != part + "loss") metrics.push_back(name);
  std::vector<chart::Panel> panels{curves.losses()};
  std::vector<std::string> beyond;
  if (!metrics.empty()) panels.push_back(curves.metric(metrics.front(), 150, &beyond));
  if (record.epochs.column("learning_rate") >= 0)
    panels.push_back(curves.strip("learning_rate", words.say("learning rate")));
  std::string caption = words.say(
      "The training loss is the mean over an epoch in which the weights still change, with dropout and augmentation "
      "where they are set: it may lie above the validation loss.");
  for (const std::string& baseline : beyond)
    caption += " " + words.say(message("Beyond the picture: {}.", Message(baseline)));
  page.picture(chart::svg(curves.chart(words.say("Loss, metric and learning rate by epoch"), std::move(panels))),
               caption);
  std::vector<chart::Panel> others;
  for (std::size_t i = 1; i < metrics.size(); ++i) others.push_back(curves.metric(metrics[i], 110, nullptr));
  if (record.epochs.column("gradient_norm") >= 0)
    others.push_back(curves.strip("gradient_norm", words.say("gradient norm")));
  if (others.empty()) return;
  page.begin_details(words.say("The other metrics, and the gradient"));
  page.picture(chart::svg(curves.chart(words.say("Other metrics by epoch"), std::move(others))));
  page.end_details();
}

void add_baselines(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  const std::vector<ResultMetric>& results = record.info.results;
  if (results.empty()) return;
  page.heading(words.say("Beside baselines"));
  const std::string& main = results.front().name;
  const ResultMetric* linear = RunRecord::find(record.linear, main);
  const std::string title = words.metric(main);
  if (linear != nullptr && std::isfinite(linear->value) && std::isfinite(results.front().low)) {
    const ResultMetric& network = results.front();
    const bool better = network.better == Better::higher ? linear->value < network.low : linear->value > network.high;
    const bool worse = network.better == Better::higher ? linear->value > network.high : linear->value < network.low;
    const Message name(title);
    const std::string value = words.figure(linear->value);
    page.paragraph(words.say(
        better ? message("The network is better than a linear model: the {} of that, {}, lies outside of its interval.",
                         name, value)
        : worse
            ? message("The network is worse than a linear model: the {} of that, {}, lies outside of its interval.",
                      name, value)
            : message("The {} of a linear model, {}, lies within the network's interval: by it, the two cannot be told "
                      "apart.",
                      name, value)));
  }
  chart::PageTable table;
  table.header = {words.say("test metric"), words.say("constant"), words.say("linear model"), words.say("network"),
                  words.say("95 % interval")};
  table.numbers = {false, true, true, true, true};
  for (const ResultMetric& metric : results) {
    const auto value = [&](const std::vector<ResultMetric>& baseline) {
      const ResultMetric* found = RunRecord::find(baseline, metric.name);
      return found == nullptr ? std::string("–") : words.figure(found->value);
    };
    const bool known = std::isfinite(metric.low) && std::isfinite(metric.high);
    table.rows.push_back({words.metric(metric.name), value(record.constant), value(record.linear),
                          words.figure(metric.value),
                          known ? fmt::format("{} – {}", words.figure(metric.low), words.figure(metric.high)) : "–"});
  }
  page.table(table);
  chart::Panel panel{.y = {.names = {}}, .height = 96};
  chart::Series series{.mark = chart::Mark::points};
  const auto add = [&](const std::string& name, const ResultMetric* metric) {
    if (metric == nullptr || !std::isfinite(metric->value)) return;
    series.x.push_back(metric->value);
    series.y.push_back(static_cast<double>(panel.y.names.size()));
    series.low.push_back(metric->low);
    series.high.push_back(metric->high);
    panel.y.names.push_back(name);
  };
  add(words.say("constant"), RunRecord::find(record.constant, main));
  add(words.say("linear model"), linear);
  add(words.say("network"), &results.front());
  if (panel.y.names.size() < 2) return;
  panel.series = {series};
  const std::string picture_title = words.say(message("{} on the test part, with 95 % intervals", Message(title)));
  page.picture(chart::svg(chart::Chart{.title = picture_title,
                                       .description = picture_title,
                                       .x = {.label = title},
                                       .panels = {panel},
                                       .width = page_width}),
               words.say("Constant: the same prediction for every row, the mean or the shares of the classes."));
}

}  // namespace fathom::report
