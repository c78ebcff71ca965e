#include "fathom/lab/bowl_section.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/lab/report_sections.hpp"

namespace fathom {

namespace {

const BowlWalk& walk_of(const std::vector<BowlWalk>& walks, std::string_view optimizer) {
  return *std::find_if(walks.begin(), walks.end(), [&](const BowlWalk& walk) { return walk.optimizer == optimizer; });
}

chart::ContourChart bowl_chart(const Laboratory& lab, const Bowl& bowl, const std::vector<BowlWalk>& walks) {
  // Beyond the start's level on all sides: no walk leaves it.
  const double level = bowl.loss(bowl.x, bowl.y);
  const double wide = 1.1 * std::sqrt(2 * level / bowl.flat), high = 1.1 * std::sqrt(2 * level / bowl.steep);
  chart::Grid grid{.x_low = -wide, .x_high = wide, .y_low = -high, .y_high = high, .columns = 81, .rows = 61};
  for (std::size_t row = 0; row < grid.rows; ++row)
    for (std::size_t column = 0; column < grid.columns; ++column)
      grid.values.push_back(
          bowl.loss(-wide + 2 * wide * static_cast<double>(column) / static_cast<double>(grid.columns - 1),
                    -high + 2 * high * static_cast<double>(row) / static_cast<double>(grid.rows - 1)));
  chart::ContourChart chart{
      .title = lab.say("The way down a bowl that is flat along x and steep along y"),
      .description = lab.say("Contours of the loss, and the path of each optimizer at its best rate."),
      .x_label = lab.say(message("x (curvature {:g})", bowl.flat)),
      .y_label = lab.say(message("y (curvature {:g})", bowl.steep)),
      .value_label = lab.say("loss"),
      .grid = std::move(grid),
      .levels = {},
      .paths = {},
      .width = report::page_width,
      .height = 360};
  for (const double share : {0.001, 0.01, 0.05, 0.2, 0.5, 1.0}) chart.levels.push_back(share * level);
  for (std::size_t i = 0; i < walks.size(); ++i)
    if (const BowlBest* best = walks[i].best())
      chart.paths.push_back({.name = lab.say(message("{}: {} steps", walks[i].title, best->steps)),
                             .x = best->path.x,
                             .y = best->path.y,
                             .color = static_cast<int>(i)});
  return chart;
}

}  // namespace

const BowlBest* BowlWalk::best() const {
  if (held && (!falling || held->steps <= falling->steps)) return &*held;
  return falling ? &*falling : nullptr;
}

std::vector<BowlWalk> walk_bowl(const Bowl& bowl, const std::vector<std::pair<std::string, std::string>>& titles) {
  const std::vector<double> rates = bowl_rates();
  std::vector<BowlWalk> walks;
  for (const auto& [name, title] : titles) {
    BowlWalker walker(bowl, optimizer(name));
    walks.push_back({name, title, best_constant(walker, rates, bowl_tolerance, bowl_limit),
                     best_decaying(walker, rates, bowl_tolerance, bowl_limit)});
  }
  return walks;
}

LabSection bowl_section(const Laboratory& lab, const Bowl& bowl, const std::vector<BowlWalk>& walks) {
  chart::PageTable table{.header = {"", lab.say("best rate, held"), lab.say("steps"),
                                    lab.say("best rate, falling to 0"), lab.say("steps"), lab.say("of SGD's steps")},
                         .rows = {},
                         .numbers = {false, true, true, true, true, true}};
  const BowlBest* sgd = walk_of(walks, "sgd").best();
  for (const BowlWalk& walk : walks) {
    std::vector<std::string> row{walk.title};
    for (const auto* found : {&walk.held, &walk.falling}) {
      row.push_back(*found ? fmt::format("{:.2g}", (*found)->rate) : "–");
      row.push_back(*found ? fmt::format("{}", (*found)->steps) : fmt::format("> {}", bowl_limit));
    }
    row.push_back(
        sgd != nullptr && walk.best() != nullptr && &walk != &walk_of(walks, "sgd")
            ? fmt::format("1/{:.1f}", static_cast<double>(sgd->steps) / static_cast<double>(walk.best()->steps))
            : "");
    table.rows.push_back(std::move(row));
  }
  return {
      .heading = lab.say("Why one rate for all directions fails"),
      .paragraphs = {lab.say(message(
          "The loss ({:g} x² + {:g} y²) / 2 from x = {:g}, y = {:g}, where both directions hold the same share of "
          "it. A rate above 2/{:g} leaves the bowl along y; below it, x comes nearer by at most {:.1f} % a step. "
          "Theory has {:.0f} steps for gradient descent at its best. What divides each direction's step by the size "
          "of its gradients goes straight down.",
          bowl.flat, bowl.steep, bowl.x, bowl.y, bowl.steep, 200 * bowl.flat / bowl.steep,
          gradient_descent_steps(bowl, bowl_tolerance)))},
      .exhibits = {{"bowl", bowl_chart(lab, bowl, walks),
                    lab.say("A ring is the start, a dot the end. Drawn is the shorter of the two walks below.")},
                   {"bowl_steps", table}},
      .note = lab.say(message(
          "Walked by the same update rules as the trainings, without batches and noise. Held: steps until the loss "
          "stays at or below {:g} of the start's, at the best of {} constant rates from {:.2g} to {:.2g}. Falling: "
          "the length of the shortest walk that ends there while its rate falls to 0 by a cosine. Rates at which "
          "the loss is ever above the start's are left out. AdamW without weight decay walks as Adam does.",
          bowl_tolerance, bowl_rates().size(), bowl_rates().front(), bowl_rates().back()))};
}

Finding bowl_finding(const Bowl& bowl, const std::vector<BowlWalk>& walks) {
  Finding finding{.name = "bowl", .sentence = {}};
  for (const BowlWalk& walk : walks)
    finding.values.emplace_back(walk.optimizer,
                                walk.best() != nullptr ? static_cast<double>(walk.best()->steps) : std::nan(""));
  finding.values.emplace_back("sgd_theory", gradient_descent_steps(bowl, bowl_tolerance));
  const BowlWalk &sgd = walk_of(walks, "sgd"), &adam = walk_of(walks, "adam");
  if (adam.held) finding.values.emplace_back("adam_held", static_cast<double>(adam.held->steps));
  if (sgd.best() != nullptr && adam.best() != nullptr) {
    const Index slow = sgd.best()->steps, fast = adam.best()->steps;
    finding.sentence =
        message("On a bowl with curvatures {:g}:{:g}, SGD needs {} steps at its best rate, Adam {}: 1/{:.1f}.",
                bowl.flat, bowl.steep, slow, fast, static_cast<double>(slow) / static_cast<double>(fast));
    for (const double loss : adam.best()->path.losses) finding.trace.push_back(std::log10(std::max(loss, 1e-12)));
  }
  return finding;
}

}  // namespace fathom
