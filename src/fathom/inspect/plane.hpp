// Planes through the weights of a network.
//
// 1. A point of a plane is origin + a across + b up.
// 2. `across` and `up` are orthogonal and of length 1, but in a random plane, whose directions have the size of the
//    weights.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "fathom/nn/flat.hpp"

namespace fathom {

struct Plane {
  Flat origin, across, up;

  Flat at(double a, double b) const;
};

struct PlanePoint {
  double a = 0, b = 0;
  double off = 0;  // how far the weights are from the plane
};
// Where the nearest point of the plane is. Needs: `across` and `up` orthonormal.
PlanePoint place_on(const Plane& plane, const Flat& weights);

// Through `origin` along two directions, made orthonormal: the first keeps its direction. Where the second lies along
// it, `up` is a direction drawn by chance. Nothing where the first has no length or one of them is not finite.
std::optional<Plane> plane_along(const Flat& origin, const Flat& first, const Flat& second);
// Through `start` (the origin), `end` (at a = |end - start|, b = 0) and `third`; nothing where plane_along gives
// nothing.
std::optional<Plane> plane_through(const Flat& start, const Flat& end, const Flat& third);

// Around `centre`, in two directions drawn by chance, each scaled to the size of the weights, row by row of each matrix
// (Li et al. 2018, "Visualizing the loss landscape of neural nets", section 4); what is no matrix stays, and so do the
// parameters that are frozen.
Plane random_plane(const Flat& centre, std::uint64_t seed, const std::set<std::string>& frozen = {});

struct PrincipalPlane {
  Plane plane;
  double first = 0, second = 0;  // what its directions hold of the squared distances of all points from the last
};
// The plane through the last point of a walk that lies nearest to the others: along the two longest principal
// components of (point - last), from the eigenvectors of their inner products, which is exact (Li et al. 2018, section
// 7, but around the last point, so that it lies on the plane). The first point has a >= 0 and b >= 0. Nothing where all
// points are one or a number is not finite. Throws Error(usage) for fewer than 3 points.
std::optional<PrincipalPlane> principal_plane(const std::vector<Flat>& walk);

// What is not learned (running statistics of norms) becomes that of `from`.
void take_unlearned(const Flat& from, Flat& to);

}  // namespace fathom
