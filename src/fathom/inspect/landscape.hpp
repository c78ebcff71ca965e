// The loss around the weights of a network: along a line between two points, and over planes.
//
// 1. The loss is the weighted mean over rows in inference mode, as Evaluator computes it: without the penalty, dropout
//    is off and batch normalisation uses what it has kept.
// 2. Points are computed by all threads, each with an evaluator of its own, and have the same bits for any number.
// 3. A loss that is not finite is kept as it is: a place where the network gives no numbers.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "fathom/inspect/plane.hpp"
#include "fathom/train/evaluator.hpp"

namespace fathom::landscape {

// What the losses are of.
struct Terrain {
  const Objective& objective;
  const Source& source;  // a RowSample where its rows are too many
  // Told now and then, by one thread at a time, which share of the places is done.
  std::function<void(double share)> on_progress = {};
};

// The losses of a part at `places` points, whose weights `at(place)` gives to any thread.
// Throws Error(usage) when the part has no rows.
std::vector<double> losses(const Terrain& terrain, Part part, std::size_t places,
                           const std::function<Flat(std::size_t place)>& at);
std::vector<double> losses_at(const Terrain& terrain, const std::vector<Flat>& weights, Part part = Part::train);

// The same of both parts, place by place.
struct Losses {
  std::vector<double> train;
  std::vector<double> valid;  // empty where that part has no rows
};
Losses losses_of_parts(const Terrain& terrain, std::size_t places, const std::function<Flat(std::size_t place)>& at);

struct Line {
  std::vector<double> t;  // rising: 0 at the first point, 1 at the second, both among them
  Losses losses;
};
struct LineOptions {
  Index steps = 40;      // from 0 to 1
  double beyond = 0.25;  // how far it goes on behind both points
};
// All numbers go along the line, those that are not learned too; at 0 and 1 the weights are the given bits. Throws
// Error(usage) for fewer than 1 step, and as losses() does.
Line line_between(const Flat& from, const Flat& to, const Terrain& terrain, const LineOptions& options = {});

// How far losses lie above the straight line between those at t = 0 and t = 1 (the error barrier of Frankle et al.
// 2020, "Linear mode connectivity and the lottery ticket hypothesis", section 2, of the loss).
struct Barrier {
  double height = 0;  // infinite where a loss between the ends is not finite
  double t = 0;       // where the highest is; 0 where none lies above
  double climb = 0;   // on the way from the higher end to the lower one: the most it rises above its lowest so far
};
// Nothing where a loss at an end is not finite. Needs: 0 and 1 among `t`, and a loss for each.
std::optional<Barrier> barrier(const std::vector<double>& t, const std::vector<double>& losses);

// Evenly spaced places of a plane, the edges among them.
struct PlaneGrid {
  double a_low = -1, a_high = 1, b_low = -1, b_high = 1;
  std::size_t columns = 0, rows = 0;  // at least 2

  std::size_t places() const { return columns * rows; }
  double a(std::size_t column) const;
  double b(std::size_t row) const;
  Flat weights(const Plane& plane, std::size_t place) const;  // row by row, the first at b_low
};

// The losses of a part on the plane, [rows, columns].
std::vector<double> losses_on(const Terrain& terrain, const Plane& plane, const PlaneGrid& grid,
                              Part part = Part::train);

struct Surface {
  Plane plane;
  PlaneGrid grid;
  Losses losses;  // [rows, columns]
};
Surface surface_on(Plane plane, const PlaneGrid& grid, const Terrain& terrain);

}  // namespace fathom::landscape
