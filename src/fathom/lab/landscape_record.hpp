// The loss around a run: along a line between two of its checkpoints, in two random directions, along the eigenvectors
// of its Hessian, and on the plane of its walk.
#pragma once

#include "fathom/inspect/checkpoint_weights.hpp"
#include "fathom/inspect/eigen_plane.hpp"
#include "fathom/inspect/landscape.hpp"

namespace fathom {

struct LandscapeRecord {
  struct Line {
    std::string from, to;  // checkpoints
    landscape::Line line;
  };
  struct Random {
    std::uint64_t seed = 0;
    landscape::Surface surface;
  };
  struct Eigen {
    curvature::Eigenvalue top, bottom;
    Index products = 0;  // with the Hessian
    landscape::Surface surface;
  };
  struct Step {
    std::string checkpoint;
    PlanePoint place;
    double loss = 0;           // of its weights, on the training rows
    double loss_on_plane = 0;  // of the nearest point of the plane
  };
  struct Walk {
    std::vector<Step> steps = {};  // in the order of time
    double first = 0, second = 0;  // what the plane's directions hold of the squared distances from the last
    PlanePoint stand = {};         // of the checkpoint
    landscape::Surface surface = {};
  };

  int run = 0;
  std::string run_name = {};
  std::string checkpoint = {};      // where the run stands in the pictures
  Index weights = 0;                // learned
  Index rows[2] = {};               // that the losses are of: of the training and of the validation part
  Index all_rows[2] = {};           // that these parts have
  landscape::Losses at_stand = {};  // one value each
  bool penalised = false;           // the training minimised a penalty too, which is in none of the losses
  std::optional<Line> line = {};
  std::optional<Random> random = {};
  std::optional<Eigen> eigen = {};
  std::optional<Walk> walk = {};
  std::vector<Message> missing = {};  // what was not drawn, and why
};

enum class LandscapeKind : std::uint8_t { line, random, eigen, path };
inline constexpr std::string_view landscape_kinds[] = {"line", "random", "eigen", "path"};

struct LandscapeOptions {
  std::optional<LandscapeKind> kind = {};  // none: all that can be drawn
  std::string checkpoint = "best";
  std::string from = "start", to = "best";  // of the line
  Index rows = 0;                           // of the training part, and at most of the validation part; 0: all
  std::size_t grid = 25;                    // points along each side of a plane; odd: one is in the middle
  std::uint64_t seed = 1;
  std::function<void(const Message& what, double share)> on_progress = {};
};

// Throws Error(usage) for more rows than there are, Error(data) for what was asked for alone and cannot be drawn, and
// as checkpoint_weights() and eigen_plane() do.
LandscapeRecord measure_landscape(const curvature::RunPoint& point, const LandscapeOptions& options);

}  // namespace fathom
