// The plane in which the loss bends most and least: along the eigenvectors of the Hessian's largest and smallest
// eigenvalue.
#pragma once

#include "fathom/inspect/lanczos.hpp"
#include "fathom/inspect/loss_curvature.hpp"
#include "fathom/inspect/plane.hpp"

namespace fathom::curvature {

struct EigenPlane {
  Plane plane;             // across: the top eigenvector, up: the bottom one; both have their largest number above 0
  Eigenvalue top, bottom;  // of the Hessian
  Index products = 0;      // with it
};

// Around `weights`. Throws Error(data) for fewer than 2 learned numbers, and as LossCurvature and lanczos_extremes do.
EigenPlane eigen_plane(const LossRows& rows, const Flat& weights,
                       const LanczosOptions& options = {.largest = 1, .smallest = 1, .copies = false});

}  // namespace fathom::curvature
