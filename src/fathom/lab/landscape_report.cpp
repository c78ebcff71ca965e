#include "fathom/lab/landscape_report.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "fathom/chart/chart.hpp"
#include "fathom/chart/scale.hpp"
#include "fathom/chart/surface.hpp"
#include "fathom/lab/landscape_sentences.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom {

namespace {

using chart::number;
using curvature::checkpoint_title;

// Whether the highest value is so many times the lowest, and a logarithmic axis can show them.
bool span_more_than(double times, const std::vector<double>& values) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  for (const double value : values)
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  return low > 0 && high > times * low;
}

chart::Grid picture_grid(const landscape::PlaneGrid& grid, std::vector<double> values) {
  for (double& value : values)
    if (!std::isfinite(value)) value = std::numeric_limits<double>::quiet_NaN();
  return {grid.a_low, grid.a_high, grid.b_low, grid.b_high, grid.columns, grid.rows, std::move(values)};
}

// What the sides of a plane mean, and what lies on it.
struct PlanePicture {
  const landscape::Surface& surface;
  std::string x_label, y_label;
  std::vector<chart::Series> paths;
};

class LandscapePage {
 public:
  LandscapePage(const LandscapeRecord& record, const ReportWords& words)
      : record_(record),
        words_(words),
        page_(words.language, words.say(message("The loss around run {}: {}", record.run, record.run_name))) {}

  std::string html() {
    cards();
    for (const Message& why : record_.missing) page_.warning(words_.say(why));
    if (record_.line) add_line();
    if (record_.walk) add_walk();
    if (record_.eigen) add_eigen();
    if (record_.random) add_random();
    notes();
    return page_.html();
  }

 private:
  std::string say(const Message& text) const { return words_.say(text); }
  void paragraphs(const std::vector<Message>& sentences) {
    std::string text;
    for (const Message& sentence : sentences)
      text += (text.empty() || words_.language == "zh" ? "" : " ") + say(sentence);
    page_.paragraph(text);
  }

  void cards() {
    std::vector<chart::Card> cards{
        {say("Training loss"), number(record_.at_stand.train.front(), 4), say(checkpoint_title(record_.checkpoint))}};
    if (!record_.at_stand.valid.empty())
      cards.push_back({say("Validation loss"), number(record_.at_stand.valid.front(), 4),
                       say(checkpoint_title(record_.checkpoint))});
    if (record_.line)
      if (const auto found = landscape::barrier(record_.line->line.t, record_.line->line.losses.train))
        cards.push_back(
            {say("Above the straight line"), std::isinf(found->height) ? "∞" : number(found->height),
             say(message("{} to {}", checkpoint_title(record_.line->from), checkpoint_title(record_.line->to)))});
    if (record_.walk)
      cards.push_back({say("Walk in its plane"), report::percent(record_.walk->first + record_.walk->second),
                       say(message("{} checkpoints", record_.walk->steps.size()))});
    page_.cards(cards);
  }

  void add_line() {
    const LandscapeRecord::Line& drawn = *record_.line;
    page_.heading(say("Along a line"));
    const std::vector<Message> sentences = line_sentences(record_);  // two of each part
    for (std::size_t k = 0; k + 1 < sentences.size(); k += 2) paragraphs({sentences[k], sentences[k + 1]});
    chart::Panel panel{.y = {.label = say("loss")}, .height = 260};
    std::vector<double> values;
    for (const auto& [title, losses, color] :
         {std::tuple{"training", &drawn.line.losses.train, 0}, {"validation", &drawn.line.losses.valid, 1}}) {
      if (losses->empty()) continue;
      panel.series.push_back(
          {.name = say(title), .x = drawn.line.t, .y = *losses, .color = color, .dashed = color == 1});
      values.insert(values.end(), losses->begin(), losses->end());
    }
    panel.y.log = span_more_than(100, values);  // else not: a barrier is one above a straight line
    panel.rules = {{chart::Rule::Along::x, 0, say(checkpoint_title(drawn.from))},
                   {chart::Rule::Along::x, 1, say(checkpoint_title(drawn.to))}};
    page_.picture(
        svg(chart::Chart{.title = say("Loss along the line"),
                         .description = say("The loss between the weights of two checkpoints, and beyond them."),
                         .x = {.label = say("share of the way"), .exact = true},
                         .panels = {panel},
                         .width = report::page_width}),
        off_scale(values));
  }

  void add_walk() {
    const LandscapeRecord::Walk& walk = *record_.walk;
    page_.heading(say("On the plane of the walk"));
    paragraphs(walk_sentences(record_));
    chart::Series path{.name = say("walk"), .color = 1};
    for (const LandscapeRecord::Step& step : walk.steps) {
      path.x.push_back(step.place.a);
      path.y.push_back(step.place.b);
    }
    chart::Series stand = stand_at(walk.stand.a, walk.stand.b);
    pictures({walk.surface, say("first direction"), say("second direction"), {path, stand}});
    std::vector<std::vector<std::string>> rows;
    for (const LandscapeRecord::Step& step : walk.steps)
      rows.push_back({say(checkpoint_title(step.checkpoint)), number(step.place.a), number(step.place.b),
                      number(step.place.off), number(step.loss, 4), number(step.loss_on_plane, 4)});
    page_.begin_details(say("The walk in numbers"));
    page_.table({.header = {say("checkpoint"), say("first direction"), say("second direction"), say("beside the plane"),
                            say("training loss"), say("on the plane")},
                 .rows = rows,
                 .numbers = {false, true, true, true, true, true}});
    page_.end_details();
  }

  void add_eigen() {
    page_.heading(say("Along the top and the bottom eigenvector"));
    paragraphs(eigen_sentences(record_));
    pictures({record_.eigen->surface, say("top eigenvector"), say("bottom eigenvector"), {stand_at(0, 0)}});
  }

  void add_random() {
    page_.heading(say("In two random directions"));
    paragraphs(random_sentences(record_));
    pictures(
        {record_.random->surface, say("first random direction"), say("second random direction"), {stand_at(0, 0)}});
    page_.note(say(
        message("The directions are drawn with seed {}, and each unit's part has the length of its weights (Li et al. "
                "2018); biases and norms stay. 1 is that length.",
                record_.random->seed)));
  }

  chart::Series stand_at(double a, double b) const {
    return {
        .name = say(checkpoint_title(record_.checkpoint)), .mark = chart::Mark::points, .x = {a}, .y = {b}, .color = 2};
  }

  // Both parts as contours, with the same levels, and the training loss as a surface.
  void pictures(const PlanePicture& plane) {
    const landscape::Losses& losses = plane.surface.losses;
    std::vector<double> both = losses.train;
    both.insert(both.end(), losses.valid.begin(), losses.valid.end());
    const std::vector<double> levels = chart::even_levels({.values = both});
    std::vector<std::string> contours;
    for (const auto& [title, values] : {std::pair{"Training loss", &losses.train}, {"Validation loss", &losses.valid}})
      if (!values->empty())
        contours.push_back(svg(chart::ContourChart{
            .title = say(title),
            .description = say("The loss on the plane as filled contours, with the same levels for both parts."),
            .x_label = plane.x_label,
            .y_label = plane.y_label,
            .grid = picture_grid(plane.surface.grid, *values),
            .levels = levels,
            .paths = plane.paths,
            .width = losses.valid.empty() ? report::page_width : report::half_width,
            .height = losses.valid.empty() ? 380.0 : 230.0}));
    page_.pictures(contours);
    const bool log = span_more_than(10, losses.train);
    page_.picture(svg(chart::SurfaceChart{.title = say("Training loss as a surface"),
                                          .description = say("The same losses as heights, seen from above one corner."),
                                          .x_label = plane.x_label,
                                          .y_label = plane.y_label,
                                          .value_label = log ? say("training loss, logarithmic") : say("training loss"),
                                          .grid = picture_grid(plane.surface.grid, losses.train),
                                          .log = log,
                                          .paths = plane.paths,
                                          .width = report::page_width}),
                  off_scale(both));
  }

  // What is left blank; empty where nothing is.
  std::string off_scale(const std::vector<double>& values) const {
    const auto off = std::count_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); });
    return off == 0
               ? std::string()
               : say(message("{} of {} values are off the scale (not finite) and left blank.", off, values.size()));
  }

  void notes() {
    const auto train = static_cast<std::size_t>(Part::train), valid = static_cast<std::size_t>(Part::valid);
    page_.note(say(message("Losses are of {} of {} training rows and {} of {} validation rows.",
                           chart::count(record_.rows[train]), chart::count(record_.all_rows[train]),
                           chart::count(record_.rows[valid]), chart::count(record_.all_rows[valid]))));
    page_.note(
        say("Dropout is off and batch normalisation uses what it has kept; on a line its statistics go along with the "
            "weights, on a plane they stay."));
    if (record_.penalised) page_.note(say("The penalty that was trained with is in none of the losses."));
  }

  const LandscapeRecord& record_;
  const ReportWords& words_;
  chart::Page page_;
};

Json numbers_json(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(std::isfinite(value) ? Json(value) : Json());
  return list;
}

Json losses_json(const landscape::Losses& losses) {
  Json json{{"train", numbers_json(losses.train)}};
  if (!losses.valid.empty()) json["valid"] = numbers_json(losses.valid);
  return json;
}

Json surface_json(const landscape::Surface& surface) {
  const landscape::PlaneGrid& grid = surface.grid;
  return {{"a", {grid.a_low, grid.a_high}},
          {"b", {grid.b_low, grid.b_high}},
          {"columns", grid.columns},
          {"rows", grid.rows},
          {"losses", losses_json(surface.losses)}};
}

Json barrier_json(const std::vector<double>& t, const std::vector<double>& losses) {
  const auto found = landscape::barrier(t, losses);
  if (!found) return {};
  Json json = numbers_json({found->height, found->t, found->climb});
  return {{"height", json[0]}, {"at", json[1]}, {"climb", json[2]}};
}

// ",train,valid" of one place.
std::string loss_cells(const landscape::Losses& losses, std::size_t place) {
  return losses.valid.empty() ? fmt::format(",{:.9g},\n", losses.train[place])
                              : fmt::format(",{:.9g},{:.9g}\n", losses.train[place], losses.valid[place]);
}

}  // namespace

std::string landscape_page(const LandscapeRecord& record, const ReportWords& words) {
  return LandscapePage(record, words).html();
}

Json landscape_json(const LandscapeRecord& record) {
  const auto train = static_cast<std::size_t>(Part::train), valid = static_cast<std::size_t>(Part::valid);
  Json json{{"run", record.run},
            {"checkpoint", record.checkpoint},
            {"weights", record.weights},
            {"rows", {{"train", record.rows[train]}, {"valid", record.rows[valid]}}},
            {"loss", losses_json(record.at_stand)}};
  if (record.line) {
    const landscape::Line& line = record.line->line;
    Json barriers{{"train", barrier_json(line.t, line.losses.train)}};
    if (!line.losses.valid.empty()) barriers["valid"] = barrier_json(line.t, line.losses.valid);
    json["line"] = {{"from", record.line->from},
                    {"to", record.line->to},
                    {"barrier", barriers},
                    {"t", line.t},
                    {"losses", losses_json(line.losses)}};
  }
  if (record.walk) {
    const LandscapeRecord::Walk& walk = *record.walk;
    Json steps = Json::array();
    for (const LandscapeRecord::Step& step : walk.steps) {
      const Json losses = numbers_json({step.loss, step.loss_on_plane});
      steps.push_back({{"checkpoint", step.checkpoint},
                       {"a", step.place.a},
                       {"b", step.place.b},
                       {"off", step.place.off},
                       {"loss", losses[0]},
                       {"loss_on_plane", losses[1]}});
    }
    json["path"] = {{"shares", {walk.first, walk.second}},
                    {"steps", steps},
                    {"stand", {{"a", walk.stand.a}, {"b", walk.stand.b}, {"off", walk.stand.off}}}};
    json["path"].update(surface_json(walk.surface));
  }
  if (record.eigen) {
    const LandscapeRecord::Eigen& eigen = *record.eigen;
    json["eigen"] = {{"top", {{"value", eigen.top.value}, {"bound", eigen.top.bound}}},
                     {"bottom", {{"value", eigen.bottom.value}, {"bound", eigen.bottom.bound}}},
                     {"products", eigen.products}};
    json["eigen"].update(surface_json(eigen.surface));
  }
  if (record.random) {
    json["random"] = {{"seed", record.random->seed}};
    json["random"].update(surface_json(record.random->surface));
  }
  return json;
}

std::string line_csv(const landscape::Line& line) {
  std::string text = "t,train,valid\n";
  for (std::size_t i = 0; i < line.t.size(); ++i) text += fmt::format("{:.9g}", line.t[i]) + loss_cells(line.losses, i);
  return text;
}

std::string surface_csv(const landscape::Surface& surface) {
  const landscape::PlaneGrid& grid = surface.grid;
  std::string text = "a,b,train,valid\n";
  for (std::size_t i = 0; i < grid.places(); ++i)
    text += fmt::format("{:.9g},{:.9g}", grid.a(i % grid.columns), grid.b(i / grid.columns)) +
            loss_cells(surface.losses, i);
  return text;
}

std::string walk_csv(const LandscapeRecord::Walk& walk) {
  std::string text = "checkpoint,a,b,off,loss,loss_on_plane\n";
  for (const LandscapeRecord::Step& step : walk.steps)
    text += fmt::format("{},{:.9g},{:.9g},{:.9g},{:.9g},{:.9g}\n", step.checkpoint, step.place.a, step.place.b,
                        step.place.off, step.loss, step.loss_on_plane);
  return text;
}

}  // namespace fathom
