// More updates for weights that a run has come to, as its settings say but at a rate that does not change: what tells
// two points of a loss apart is what training makes of them.
#pragma once

#include <atomic>

#include "fathom/inspect/escape.hpp"
#include "fathom/train/prepare.hpp"
#include "fathom/train/table_model.hpp"

namespace fathom::curvature {

struct TrainOnOptions {
  std::set<std::string> loaded = {};  // parameters whose rate is the smaller one of weights from another run
  std::atomic<bool>* interrupt = nullptr;
  std::function<void()> alive = {};  // called after each update
};

// So many updates with the run's optimizer, from its first state, and its learning rate at its highest. A training that
// diverges gives weights that are not finite. Weights of f64 are trained in f32 and given back in f64.
// Keeps references; `model` is of f32. Once `interrupt` is set, calls throw Error(interrupted).
TrainOn training_of(const Settings& settings, const Prepared& prepared, const TableModel& model, Index updates,
                    const TrainOnOptions& options = {});

// The same numbers in the type of another layout, which has the same parameters.
Flat converted(const Flat& weights, const Parameters& layout);

}  // namespace fathom::curvature
