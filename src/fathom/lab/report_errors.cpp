#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/heat_table.hpp"
#include "fathom/chart/scale.hpp"
#include "fathom/chart/text.hpp"
#include "fathom/data/csv.hpp"
#include "fathom/lab/report_sections.hpp"
#include "fathom/lab/row_images.hpp"
#include "fathom/lab/row_values.hpp"

namespace fathom::report {

namespace {

constexpr std::size_t most_drawn_classes = 60, most_listed_classes = 40, most_mistakes = 8;

struct ClassFigures {
  std::size_t number = 0;
  double rows = 0, found = 0, recall = 0, precision = 0;
};

std::vector<ClassFigures> class_figures(const std::vector<std::vector<double>>& confusion) {
  std::vector<ClassFigures> all;
  for (std::size_t i = 0; i < confusion.size(); ++i) {
    ClassFigures figures{.number = i};
    for (std::size_t k = 0; k < confusion.size(); ++k) {
      figures.rows += confusion[i][k];
      figures.found += confusion[k][i];
    }
    figures.recall = confusion[i][i] / figures.rows;  // NaN without rows, as precision without predictions
    figures.precision = confusion[i][i] / figures.found;
    all.push_back(figures);
  }
  return all;
}

void add_confusion(chart::Page& page, const RunRecord& record, const std::vector<ClassFigures>& figures,
                   const ReportWords& words) {
  chart::HeatTable table{.title = words.say("Confusion matrix"),
                         .row_label = words.say("actual ↓"),
                         .column_label = words.say("predicted →"),
                         .rows = record.classes,
                         .columns = record.classes,
                         .width = page_width};
  table.description = words.say("rows of the test part by their actual and their predicted class");
  for (std::size_t i = 0; i < figures.size(); ++i)
    for (std::size_t k = 0; k < figures.size(); ++k) {
      table.values.push_back(record.confusion[i][k]);
      // The root lets rare confusions show.
      table.shades.push_back(std::sqrt(record.confusion[i][k] / figures[i].rows));
    }
  page.picture(chart::svg(table),
               words.say("Rows of the test part; the shade is the root of a cell's share of its line."));
}

// The classes that are taken for others most, by rows.
void add_mistakes(chart::Page& page, const RunRecord& record, const std::vector<ClassFigures>& figures,
                  const ReportWords& words) {
  struct Mistake {
    std::size_t actual, predicted;
    double rows;
  };
  std::vector<Mistake> mistakes;
  for (std::size_t i = 0; i < figures.size(); ++i)
    for (std::size_t k = 0; k < figures.size(); ++k)
      if (i != k && record.confusion[i][k] > 0) mistakes.push_back({i, k, record.confusion[i][k]});
  std::stable_sort(mistakes.begin(), mistakes.end(),
                   [](const Mistake& a, const Mistake& b) { return a.rows > b.rows; });
  mistakes.resize(std::min(mistakes.size(), most_mistakes));
  if (mistakes.empty()) return;
  page.subheading(words.say("The most frequent confusions"));
  chart::PageTable table{
      .header = {words.say("actual"), words.say("predicted"), words.say("rows"), words.say("share of the class")},
      .numbers = {false, false, true, true}};
  for (const Mistake& mistake : mistakes)
    table.rows.push_back({record.classes[mistake.actual], record.classes[mistake.predicted],
                          chart::count(std::lround(mistake.rows)),
                          percent(mistake.rows / figures[mistake.actual].rows)});
  page.table(table);
}

void add_classes(chart::Page& page, const RunRecord& record, std::vector<ClassFigures> figures,
                 const ReportWords& words) {
  std::stable_sort(figures.begin(), figures.end(), [](const ClassFigures& a, const ClassFigures& b) {
    return (std::isnan(a.recall) ? 2 : a.recall) < (std::isnan(b.recall) ? 2 : b.recall);
  });
  page.subheading(words.say("By class, the least recognised first"));
  chart::PageTable table{.header = {words.say("class"), words.say("rows"), words.say("recall"), words.say("precision")},
                         .numbers = {false, true, true, true}};
  for (std::size_t i = 0; i < std::min(figures.size(), most_listed_classes); ++i)
    table.rows.push_back({record.classes[figures[i].number], chart::count(std::lround(figures[i].rows)),
                          percent(figures[i].recall), percent(figures[i].precision)});
  page.table(table);
  page.note(
      words.say("Recall: the share of a class's rows that are recognised. Precision: the share of the rows predicted "
                "as a class that are of it."));
}

void add_class_errors(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  const std::vector<ClassFigures> figures = class_figures(record.confusion);
  double right = 0, rows = 0;
  for (const ClassFigures& figure : figures) {
    right += record.confusion[figure.number][figure.number];
    rows += figure.rows;
  }
  if (rows == 0) return;
  page.heading(words.say("Where it is wrong"));
  page.paragraph(
      words.say(message("{} of {} test rows are predicted wrongly, {}.", chart::count(std::lround(rows - right)),
                        chart::count(std::lround(rows)), percent((rows - right) / rows))));
  if (figures.size() <= most_drawn_classes) add_confusion(page, record, figures, words);
  if (figures.size() > 2) add_mistakes(page, record, figures, words);
  add_classes(page, record, figures, words);
  if (!record.settings.output.row_weight.empty())
    page.note(words.say("Each row counts once here, whatever its weight; the metrics above go by the weights."));
}

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

struct Residuals {
  std::vector<double> truth, predicted, error;
};

Residuals residuals_of(const RunRecord& record) {
  Residuals result;
  for (const JudgedRow& row : record.test) {
    const auto truth = parse_number(row.truth), predicted = parse_number(row.prediction);
    if (!truth || !predicted) continue;
    result.truth.push_back(*truth);
    result.predicted.push_back(*predicted);
    result.error.push_back(*predicted - *truth);
  }
  return result;
}

// How errors are distributed, in bins of a round width over the middle 99 %.
std::string error_histogram(const std::vector<double>& sorted, std::size_t& outside, const ReportWords& words) {
  const std::vector<double> ends{quantile(sorted, 0.005), quantile(sorted, 0.995)};
  const chart::Scale scale = chart::make_scale(ends, {.ticks = 30});
  const double width = (scale.high - scale.low) / static_cast<double>(scale.ticks.size() - 1);
  chart::Series bars{.mark = chart::Mark::bars, .width = width};
  for (std::size_t i = 0; i + 1 < scale.ticks.size(); ++i) {
    bars.x.push_back(scale.ticks[i] + width / 2);
    bars.y.push_back(0);
  }
  outside = 0;
  for (const double error : sorted) {
    const double place = std::floor((error - scale.low) / width);
    if (place < 0 || place >= static_cast<double>(bars.y.size()))
      ++outside;
    else
      ++bars.y[static_cast<std::size_t>(place)];
  }
  return chart::svg(chart::Chart{.title = words.say("Errors"),
                                 .description = words.say("how many test rows have an error of each size"),
                                 .x = {.label = words.say("predicted − actual")},
                                 .panels = {{.y = {.label = words.say("rows")},
                                             .series = {bars},
                                             .rules = {{chart::Rule::Along::x, 0, ""}},
                                             .height = 290}},
                                 .width = half_width});
}

void add_residuals(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  const Residuals residuals = residuals_of(record);
  if (residuals.error.empty()) return;
  page.heading(words.say("Where it is wrong"));
  std::vector<double> sorted = residuals.error, sizes;
  std::sort(sorted.begin(), sorted.end());
  for (const double error : sorted) sizes.push_back(std::abs(error));
  std::sort(sizes.begin(), sizes.end());
  page.paragraph(
      words.say(message("Half of the {} test rows are predicted to within {}, nine in ten to within {}; the "
                        "largest error is {}.",
                        chart::count(static_cast<long long>(sizes.size())), words.figure(quantile(sizes, 0.5)),
                        words.figure(quantile(sizes, 0.9)), words.figure(sizes.back()))));
  // The network that predicts a logarithm is looked at on one, where all that is drawn has a place.
  const auto positive = [](const std::vector<double>& values) {
    return std::all_of(values.begin(), values.end(), [](double value) { return value > 0; });
  };
  const bool log = record.log_target && positive(residuals.truth) && positive(residuals.predicted);
  chart::Chart scatter{
      .title = words.say("Predicted and actual"),
      .description = words.say("a dot for each test row; on the line it is predicted exactly"),
      .x = {.label = words.say("actual"), .log = log},
      .panels = {{.y = {.label = words.say("predicted"), .log = log},
                  .series = {{.mark = chart::Mark::points, .x = residuals.truth, .y = residuals.predicted}},
                  .diagonal = true,
                  .height = 290}},
      .width = half_width};
  // Both axes have the same range.
  const auto [low, high] = std::minmax_element(residuals.truth.begin(), residuals.truth.end());
  const auto [lowest, highest] = std::minmax_element(residuals.predicted.begin(), residuals.predicted.end());
  for (chart::Axis* axis : {&scatter.x, &scatter.panels[0].y}) {
    axis->low = std::min(*low, *lowest);
    axis->high = std::max(*high, *highest);
    axis->exact = true;
  }
  std::size_t outside = 0;
  const std::string histogram = error_histogram(sorted, outside, words);
  page.pictures({chart::svg(scatter), histogram});
  std::string note = words.say("Dots that would lie on top of each other are drawn once.");
  if (outside > 0) note += " " + words.say(message("{} rows have larger errors than the histogram shows.", outside));
  page.note(note);
}

}  // namespace

void add_errors(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  if (record.task == Task::regression)
    add_residuals(page, record, words);
  else if (!record.confusion.empty() && record.confusion.size() == record.classes.size())
    add_class_errors(page, record, words);
}

void add_worst_rows(chart::Page& page, const RunRecord& record, const ReportWords& words) {
  if (record.worst.empty()) return;
  constexpr std::size_t most_rows = 20, most_columns = 12;
  constexpr double widest_value = 260;  // pixels
  const std::span<const JudgedRow> rows(record.worst.data(), std::min(most_rows, record.worst.size()));
  const bool classes = record.task != Task::regression;
  page.heading(words.say("The worst rows"));
  page.paragraph(
      words.say(message("The {} test rows with the largest {}. Rows are numbered as in the file, from 1, without "
                        "its header: mistakes of the data are often among them.",
                        rows.size(), classes ? Message("loss") : Message("error"))));
  const std::vector<Image> images = row_images(record, rows);
  std::vector<chart::Thumbnail> pictures;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const JudgedRow& row = rows[i];
    pictures.push_back({png_bytes(images[i]),
                        words.say(!classes                      ? message("{}, predicted {}", row.truth, row.prediction)
                                  : row.truth == row.prediction ? message("{}, rightly", row.truth)
                                                                : message("{}, not {}", row.truth, row.prediction)),
                        words.say(message("row {}", chart::count(row.row)))});
  }
  if (!pictures.empty()) page.thumbnails(pictures);
  chart::PageTable table{.header = {words.say("row"), words.say("actual"), words.say("predicted")},
                         .numbers = {true, !classes, !classes}};
  if (classes) table.header.push_back(words.say("probability"));
  table.header.push_back(words.say(classes ? "loss" : "error"));
  table.numbers.resize(table.header.size(), true);
  const RowValues values = row_values(record, rows);
  const std::size_t columns = std::min(most_columns, values.columns.size());
  table.header.insert(table.header.end(), values.columns.begin(),
                      values.columns.begin() + static_cast<std::ptrdiff_t>(columns));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const JudgedRow& row = rows[i];
    const auto value = [&](const std::string& text) {
      const auto number = classes ? std::nullopt : parse_number(text);
      return number ? words.figure(*number) : text;
    };
    std::vector<std::string> cells{chart::count(row.row), value(row.truth), value(row.prediction)};
    if (classes) cells.push_back(words.figure(row.probability));
    cells.push_back(words.figure(row.loss));
    for (std::size_t k = 0; k < columns; ++k) cells.push_back(chart::shortened(values.rows[i][k], 13, widest_value));
    table.rows.push_back(std::move(cells));
  }
  page.table(table);
  if (classes)
    page.note(
        words.say("Probability: what the network gave the class that it predicted. Loss: minus the logarithm of what "
                  "it gave the actual one."));
  if (columns < values.columns.size())
    page.note(words.say(message("{} more columns are not shown.", values.columns.size() - columns)));
}

}  // namespace fathom::report
