#include "fathom/lab/landscape_sentences.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/chart/scale.hpp"
#include "fathom/lab/report_sections.hpp"

namespace fathom {

namespace {

using chart::number;
using curvature::checkpoint_title;
using report::percent;

// Of the difference of two losses, or of themselves where they are about equal: what counts as nothing.
double nothing_beside(double start, double end) {
  return std::max(1e-3 * std::abs(start - end), 1e-4 * std::max(std::abs(start), std::abs(end)));
}

Message on_the_way(const landscape::Line& line, const std::vector<double>& losses) {
  const auto found = landscape::barrier(line.t, losses);
  if (!found) return "At one of the ends the network gives no loss that is a number.";
  if (std::isinf(found->height))
    return message("Between them lies a place, {} of the way, where the network gives no loss that is a number.",
                   percent(found->t));
  const auto at = [&](double t) {
    return losses[static_cast<std::size_t>(std::find(line.t.begin(), line.t.end(), t) - line.t.begin())];
  };
  const double nothing = nothing_beside(at(0), at(1));
  if (found->height <= nothing)
    return "Nowhere between them is it above the straight line from one to the other: there is no barrier.";
  if (found->climb <= nothing)
    return message(
        "There is no barrier that it climbs on the way down, but it falls late: {} of the way it lies {} above the "
        "straight line from one to the other.",
        percent(found->t), number(found->height));
  return message(
      "Between them is a barrier: {} of the way it lies {} above the straight line from one to the other, and on the "
      "way "
      "down it climbs by {}.",
      percent(found->t), number(found->height), number(found->climb));
}

// The lowest and the highest finite value on the rim of a grid; nothing where none is.
std::optional<std::pair<double, double>> on_the_rim(const landscape::PlaneGrid& grid,
                                                    const std::vector<double>& values) {
  std::optional<std::pair<double, double>> ends;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = i / grid.columns, column = i % grid.columns;
    const bool rim = row == 0 || column == 0 || row + 1 == grid.rows || column + 1 == grid.columns;
    if (!rim || !std::isfinite(values[i])) continue;
    if (!ends) ends = {values[i], values[i]};
    ends = {std::min(ends->first, values[i]), std::max(ends->second, values[i])};
  }
  return ends;
}

Message lower_places(double here, const std::vector<double>& values) {
  const auto lower = std::count_if(values.begin(), values.end(), [&](double value) { return value < here; });
  if (lower == 0) return message("None of the {} points of the picture is lower.", values.size());
  double lowest = here;
  for (const double value : values) lowest = std::min(lowest, std::isnan(value) ? here : value);
  return message("Of the {} points of the picture {} are lower, the lowest by {}.", values.size(), lower,
                 number(here - lowest));
}

// How far the loss is the quadratic form of its curvature: at the edge along one of the two eigenvectors.
Message at_the_edge(const LandscapeRecord::Eigen& eigen, double here, bool along_top) {
  const landscape::PlaneGrid& grid = eigen.surface.grid;
  const std::size_t middle_row = grid.rows / 2, middle = grid.columns / 2;
  const auto at = [&](std::size_t row, std::size_t column) {
    return eigen.surface.losses.train[row * grid.columns + column];
  };
  const double low = along_top ? at(middle_row, 0) : at(0, middle),
               high = along_top ? at(middle_row, grid.columns - 1) : at(grid.rows - 1, middle);
  const double side = grid.a_high, by_form = here + (along_top ? eigen.top : eigen.bottom).value * side * side / 2;
  return along_top ? message(
                         "At a distance of {} along the top one the loss is {} on one side and {} on the other; its "
                         "curvature alone would make it {} on both.",
                         number(side), number(low), number(high), number(by_form))
                   : message(
                         "At the same distance along the bottom one it is {} and {}; its curvature alone would make "
                         "it {}.",
                         number(low), number(high), number(by_form));
}

}  // namespace

std::vector<Message> line_sentences(const LandscapeRecord& record) {
  if (!record.line) return {};
  const landscape::Line& line = record.line->line;
  const auto place = [&](double t) {
    return static_cast<std::size_t>(std::find(line.t.begin(), line.t.end(), t) - line.t.begin());
  };
  std::vector<Message> all;
  for (const auto& [part, losses] :
       {std::pair{"training", &line.losses.train}, std::pair{"validation", &line.losses.valid}}) {
    if (losses->empty()) continue;
    all.push_back(message("From {} to {} the {} loss goes from {} to {}.", checkpoint_title(record.line->from),
                          checkpoint_title(record.line->to), Message(part), number((*losses)[place(0)]),
                          number((*losses)[place(1)])));
    all.push_back(on_the_way(line, *losses));
  }
  return all;
}

std::vector<Message> random_sentences(const LandscapeRecord& record) {
  if (!record.random) return {};
  const landscape::Surface& surface = record.random->surface;
  const double here = record.at_stand.train.front();
  std::vector<Message> all;
  if (const auto rim = on_the_rim(surface.grid, surface.losses.train))
    all.push_back(message(
        "Where the run stands the training loss is {}; at the edge of the picture, where each unit's weights have "
        "moved by their own length in one of two random directions, it is between {} and {}.",
        number(here), number(rim->first), number(rim->second)));
  all.push_back(lower_places(here, surface.losses.train));
  all.push_back(message(
      "Two directions of {} say little about the others: what is a bowl along these may fall along one that was "
      "not drawn.",
      chart::count(record.weights)));
  return all;
}

std::vector<Message> eigen_sentences(const LandscapeRecord& record) {
  if (!record.eigen) return {};
  const curvature::Eigenvalue &top = record.eigen->top, &bottom = record.eigen->bottom;
  const double here = record.at_stand.train.front();
  std::vector<Message> all{message(
      "Along the top eigenvector of the Hessian the training loss has curvature {} ± {}, along the bottom one {} "
      "± {}.",
      number(top.value), number(top.bound, 2), number(bottom.value), number(bottom.bound, 2))};
  if (bottom.value - bottom.bound > 0)
    all.push_back(
        message("It bends up along both, {} times as much along the top one.", number(top.value / bottom.value)));
  else if (bottom.value + bottom.bound < 0)
    all.push_back("Along the bottom one it bends down: where the run stands is no minimum of the loss of these rows.");
  else
    all.push_back(
        "The sign of the bottom one is within its bound of 0: along it the loss is flat as far as this can tell.");
  all.push_back(at_the_edge(*record.eigen, here, true));
  all.push_back(at_the_edge(*record.eigen, here, false));
  all.push_back(lower_places(here, record.eigen->surface.losses.train));
  return all;
}

std::vector<Message> walk_sentences(const LandscapeRecord& record) {
  if (!record.walk) return {};
  const LandscapeRecord::Walk& walk = *record.walk;
  const auto off = [](const LandscapeRecord::Step& step) { return step.place.off; };
  const auto& farthest = *std::max_element(walk.steps.begin(), walk.steps.end(),
                                           [&](const auto& a, const auto& b) { return off(a) < off(b); });
  const double length = std::hypot(walk.steps.front().place.a, walk.steps.front().place.b, off(walk.steps.front()));
  std::vector<Message> all{
      message("Of the squared distances of {} checkpoints from the last, this plane holds {}: {} along its first "
              "direction, {} along its second.",
              walk.steps.size(), percent(walk.first + walk.second), percent(walk.first), percent(walk.second)),
      message("The walk begins {} from its end.", number(length))};
  if (off(farthest) > 1e-3 * length)
    all.push_back(
        message("Farthest from the plane, by {}, is {}: its own training loss is {}, that of the plane there {}.",
                number(off(farthest)), checkpoint_title(farthest.checkpoint), number(farthest.loss),
                number(farthest.loss_on_plane)));
  return all;
}

}  // namespace fathom
