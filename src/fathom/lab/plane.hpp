// A plane through the weights of a network, and the loss over it.
//
// 1. A point of the plane is origin + a across + b up; `across` and `up` are orthogonal and of length 1 where the plane
//    goes through given points.
// 2. The grid is computed by all threads, each with an evaluator of its own, and has the same bits for any number.
#pragma once

#include "fathom/chart/contour.hpp"
#include "fathom/train/evaluator.hpp"

namespace fathom {

struct Plane {
  Flat origin, across, up;

  Flat at(double a, double b) const;
};

struct PlanePoint {
  double a = 0, b = 0;
  double off = 0;  // how far the weights are from the plane
};

// Through `start` (the origin), `end` (at a = |end - start|, b = 0) and `third`. Nothing where start and end are the
// same or one of the points is not finite; where the third lies on the line between them, `up` is a direction drawn by
// chance.
std::optional<Plane> plane_through(const Flat& start, const Flat& end, const Flat& third);
// Around `centre`, in two directions drawn by chance, each scaled to the size of the weights, row by row of each matrix
// (Li et al. 2018, "Visualizing the loss landscape of neural nets", section 4); what is no matrix stays.
Plane random_plane(const Flat& centre, std::uint64_t seed);
// Where the nearest point of the plane is. Needs: `across` and `up` orthonormal.
PlanePoint place_on(const Plane& plane, const Flat& weights);

// At most so many rows of the training part, spread over it.
class RowSample final : public Source {
 public:
  RowSample(const Source& source, Index most);
  std::map<std::string, Type> inputs(Index batch) const override { return source_.inputs(batch); }
  Index rows(Part part) const override;
  void fill(Part part, std::span<const Index> rows, BatchTensors& batch) const override;

 private:
  const Source& source_;
  std::vector<Index> rows_;
};

// The training loss of `source` on the grid, whose sizes and edges are given and whose values are set.
void fill_losses(chart::Grid& grid, const Plane& plane, const Objective& objective, const Source& source);
// The training loss at each of the weights.
std::vector<double> losses_at(const std::vector<Flat>& weights, const Objective& objective, const Source& source);

}  // namespace fathom
