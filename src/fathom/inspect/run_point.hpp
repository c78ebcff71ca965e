// The weights that a run has come to, its network and its rows: what its loss is, and where on it the run is.
#pragma once

#include <memory>

#include "fathom/inspect/kinks.hpp"
#include "fathom/inspect/symmetry.hpp"
#include "fathom/train/prepare.hpp"
#include "fathom/train/run_folder_info.hpp"
#include "fathom/train/table_model.hpp"

namespace fathom::curvature {

// Neither moved nor copied: its parts refer to one another.
struct RunPoint {
  Settings settings;
  std::unique_ptr<Prepared> prepared;
  std::unique_ptr<TableModel> trained;  // the network as it was trained, of f32
  std::unique_ptr<TableModel> model;    // the same in the type of `weights`
  Flat weights;
  Objective objective;  // that was trained: with the penalties of the settings, without the optimizer's weight decay
  std::set<std::string> frozen;
  Index chunk = 256;  // rows at a time (chunk_length.hpp)
  std::string file;   // that the weights are from
  RunInfo run;

  // Rows of the training part, as curvature takes them; in training mode as one chunk. Needs: numbers of rows of that
  // part.
  LossRows rows(std::vector<Index> of, Mode mode = Mode::inference) const;
  // The parameters that it took over from another run.
  std::set<std::string> loaded() const;
  // Whether the network has batch normalisation, so that the mode matters.
  bool has_batch_norm() const;
  // The weights of another checkpoint, as load_run_point reads them.
  Flat weights_of(const std::string& checkpoint) const;
};

// The symmetries of a run's dense layers at its weights, and in training mode those of its convolutions before a batch
// norm. Needs: the network's rectifiers there, over the rows on which a unit that gives 0 counts as dead.
std::vector<Symmetry> symmetries_of(const RunPoint& point, std::span<const Rectifier> rectifiers,
                                    Mode mode = Mode::inference);

// The file of a checkpoint: "best", "last", or the number of an epoch that the run has kept (kept_checkpoints.hpp).
// Throws Error(usage) for another name and Error(data) where the checkpoint is not there.
std::string checkpoint_file(const RunInfo& run, const std::string& checkpoint);

// Reads the run's data again, as it was read for training. The weights are widened to f64 where at most `f64_up_to` of
// them are learned.
// Throws as checkpoint_file does, and Error(data) where the data is no longer what the run was trained on, the
// checkpoint does not fit, or a weight is NaN or infinite (its parameter is named).
std::unique_ptr<RunPoint> load_run_point(const RunInfo& run, const std::string& checkpoint, Index f64_up_to);

}  // namespace fathom::curvature
