#include "fathom/lab/curvature_path.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/scale.hpp"
#include "fathom/lab/curvature_report.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom {

namespace {

using chart::number;
using curvature::PathPoint;

Json or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

template <class Value>
chart::Series along(const std::vector<PathPoint>& points, std::string name, Value&& value) {
  chart::Series series{.name = std::move(name)};
  for (const PathPoint& one : points) {
    series.x.push_back(static_cast<double>(one.epoch));
    series.y.push_back(value(one));
  }
  return series;
}

constexpr curvature::Eigenvalue not_computed{std::numeric_limits<double>::quiet_NaN(),
                                             std::numeric_limits<double>::quiet_NaN()};

// The largest eigenvalue of the matrix that the edge is of; NaN where it is not known.
double compared(const PathPoint& one) { return one.preconditioned.value_or(not_computed).value; }

chart::Chart path_chart(const CurvaturePath& path, const ReportWords& words) {
  const auto& points = path.points;
  std::vector<chart::Panel> panels{{.y = {.label = words.say("eigenvalue"), .log = true},
                                    .series = {along(points, words.say("largest eigenvalue"),
                                                     [](const PathPoint& one) { return one.largest.value; })},
                                    .height = 190}};
  // Where a schedule ends at a rate of 0 its edge is far off: what would press the eigenvalues together is left out.
  double highest = 0;
  for (const PathPoint& one : points) highest = std::max(highest, path.divides ? compared(one) : one.largest.value);
  chart::Series edge = along(points, words.say("what the rate bears"),
                             [&](const PathPoint& one) { return one.edge <= 30 * highest ? one.edge : std::nan(""); });
  edge.dashed = true;
  if (path.divides)
    panels.push_back({.y = {.label = words.say("largest, as the optimizer divides"), .log = true},
                      .series = {along(points, words.say("largest eigenvalue"), compared), edge},
                      .height = 190});
  else
    panels.front().series.push_back(edge);
  const chart::Panel others[] = {
      {.y = {.label = words.say("smallest eigenvalue")},
       .series = {along(points, {}, [](const PathPoint& one) { return one.smallest.value; })},
       .rules = {{chart::Rule::Along::y, 0, {}}},
       .height = 130},
      {.y = {.label = words.say("noise scale, rows"), .log = true},
       .series = {along(points, {},
                        [](const PathPoint& one) {
                          return one.noise_scale.is_known() ? one.noise_scale.scale.value : std::nan("");
                        })},
       .height = 130},
      {.y = {.label = words.say("loss"), .log = true},
       .series = {along(points, {}, [](const PathPoint& one) { return one.loss; })},
       .height = 130}};
  panels.insert(panels.end(), std::begin(others), std::end(others));
  return {.title = words.say("Sharpness along the training"),
          .description = words.say(message("the largest eigenvalue goes from {} at epoch {} to {} at epoch {}",
                                           number(points.front().largest.value), points.front().epoch,
                                           number(points.back().largest.value), points.back().epoch)),
          .x = {.label = words.say("epoch"), .whole = true},
          .panels = panels,
          .width = report::page_width};
}

}  // namespace

std::vector<Message> path_sentences(const CurvaturePath& path) {
  const PathPoint &first = path.points.front(), &last = path.points.back();
  const auto sharpest =
      std::max_element(path.points.begin(), path.points.end(),
                       [](const PathPoint& a, const PathPoint& b) { return a.largest.value < b.largest.value; });
  std::vector<Message> all{
      message("The largest eigenvalue goes from {} (epoch {}) to {} (epoch {}); its highest, {}, is at epoch {}.",
              number(first.largest.value), first.epoch, number(last.largest.value), last.epoch,
              number(sharpest->largest.value), sharpest->epoch)};
  const auto negative = std::count_if(path.points.begin(), path.points.end(),
                                      [](const PathPoint& one) { return one.smallest.value + one.smallest.bound < 0; });
  all.push_back(
      message("At {} of {} checkpoints some direction bends down.", static_cast<Index>(negative), path.points.size()));
  // For certain: by more than the eigenvalue's bound.
  std::ptrdiff_t known = 0, above = 0;
  for (const PathPoint& one : path.points) {
    const curvature::Eigenvalue largest = path.divides ? one.preconditioned.value_or(not_computed) : one.largest;
    known += std::isfinite(largest.value) ? 1 : 0;
    above += largest.value - largest.bound > one.edge ? 1 : 0;
  }
  all.push_back(path.divides ? message("Of the Hessian as {} divides it, the largest eigenvalue is above what the rate "
                                       "bears (dashed) at {} of "
                                       "{} checkpoints.",
                                       path.optimizer, above, known)
                             : message("It is above what the rate of {} bears (dashed) at {} of {} checkpoints.",
                                       path.optimizer, above, known));
  all.push_back("With small batches a training can be unstable below that edge: their noise sets one of its own.");
  return all;
}

std::string path_page(const CurvaturePath& path, const ReportWords& words) {
  chart::Page page(words.language, words.say(message("Curvature along run {}: {}", path.run, path.run_name)));
  for (const Message& sentence : path_sentences(path)) page.paragraph(words.say(sentence));
  page.picture(svg(path_chart(path, words)), words.say("Each point is a checkpoint that was kept."));
  std::vector<std::vector<std::string>> rows;
  for (const PathPoint& one : path.points)
    rows.push_back({std::to_string(one.epoch), number(one.loss, 5),
                    fmt::format("{} ± {}", number(one.largest.value, 4), number(one.largest.bound, 2)),
                    fmt::format("{} ± {}", number(one.smallest.value, 4), number(one.smallest.bound, 2)),
                    noise_text(one.noise_scale), number(one.learning_rate)});
  page.table({.header = {words.say("epoch"), words.say("loss"), words.say("largest eigenvalue"),
                         words.say("smallest eigenvalue"), words.say("noise scale, rows"), words.say("learning rate")},
              .rows = rows,
              .numbers = {true, true, true, true, true, true}});
  page.note(words.say(message("Over {} of {} training rows, the same at each checkpoint.", chart::count(path.rows),
                              chart::count(path.all_rows))));
  page.note(words.say("Noise scale: with its 95 % interval; \"≥ n\" where these rows tell no more."));
  return page.html();
}

Json path_json(const CurvaturePath& path) {
  Json points = Json::array();
  for (const PathPoint& one : path.points)
    points.push_back({{"epoch", one.epoch},
                      {"loss", or_null(one.loss)},
                      {"gradient_norm", or_null(one.gradient_norm)},
                      {"largest", eigenvalue_json(one.largest)},
                      {"smallest", eigenvalue_json(one.smallest)},
                      {"noise_scale", noise_json(one.noise_scale)},
                      {"learning_rate", or_null(one.learning_rate)},
                      {"edge", or_null(one.edge)},
                      {"preconditioned", one.preconditioned ? eigenvalue_json(*one.preconditioned) : Json()}});
  return {{"run", path.run}, {"optimizer", path.optimizer}, {"rows", path.rows}, {"checkpoints", points}};
}

std::string path_csv(const CurvaturePath& path) {
  std::string text =
      "epoch,loss,gradient_norm,largest,largest_bound,smallest,smallest_bound,noise_scale,noise_low,noise_high,"
      "learning_rate,edge,preconditioned,preconditioned_bound\n";
  for (const PathPoint& one : path.points) {
    // Of a scale that the rows do not tell, no more than its low end.
    const curvature::NoiseScale& noise = one.noise_scale;
    const metrics::Estimate scale =
        noise.is_known() ? noise.scale : metrics::Estimate{std::nan(""), noise.at_least(), INFINITY};
    text +=
        fmt::format("{},{:.9g},{:.9g},{:.9g},{:.3g},{:.9g},{:.3g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.3g}\n",
                    one.epoch, one.loss, one.gradient_norm, one.largest.value, one.largest.bound, one.smallest.value,
                    one.smallest.bound, scale.value, scale.low, scale.high, one.learning_rate, one.edge, compared(one),
                    one.preconditioned.value_or(not_computed).bound);
  }
  return text;
}

}  // namespace fathom
