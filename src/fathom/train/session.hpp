// Session: one training from prepared rows to judged test rows. It owns the model, the baselines and the trainer, keeps
// the run folder, and tells hooks what happens.
//
// 1. The test part is looked at once, at the end, or not at all.
// 2. The folder is enough to go on from at any moment, and to predict from once one epoch is done.
#pragma once

#include <functional>
#include <memory>

#include "fathom/train/augmented_source.hpp"
#include "fathom/train/initial_weights.hpp"
#include "fathom/train/judge.hpp"
#include "fathom/train/run_folder.hpp"
#include "fathom/train/table_model.hpp"

namespace fathom {

struct ModelSummary {
  Index weights = 0, frozen = 0;  // frozen: of the weights
  std::size_t weight_bytes = 0, training_bytes = 0;
  Index batch = 0, batches = 0;
  double learning_rate = 0;
  std::vector<std::pair<std::string, std::string>> layers;  // name, type
};

struct Baselines {
  std::vector<ResultMetric> constant, linear;  // on the validation part, later on the test part
};

// Weights that `fathom curvature` found behind the step out of a saddle, in a run's folder; its metadata names the step
// of the training at which it was found, which is that of the last checkpoint or the file is of no use.
inline constexpr const char* escaped_checkpoint = "checkpoints/escaped.safetensors";
inline constexpr const char* escaped_step = "fathom.escape.step";

struct SessionHooks {
  std::function<void(const EpochReport&, const std::vector<ResultMetric>& valid)> on_epoch;
  std::function<void(const StepReport&)> on_step;
  std::atomic<bool>* interrupt = nullptr;
  // What a run that was interrupted is recorded to have exited with; empty: Code::interrupted.
  std::function<Code()> interrupted_by;
  // A run that is one of many: the test part stays unseen, the weights that are kept are judged on the whole training
  // and validation parts (eval/train.json, eval/valid.json), and they are saved each minute and at the end alone.
  bool is_trial = false;
  // Asked where trainer.on_plateau says so and the training loss has not moved for trainer.plateau_patience epochs, and
  // where it goes on standing still, after 2, 4, 8, ... times as many: gives the weights to go on from, or none to
  // stay. A pure function of the weights, so that a run that is resumed goes the same way. `alive` is to be called now
  // and then. One that is interrupted throws Error(interrupted) and is asked again then; any other error leaves the
  // training as it is.
  std::function<std::optional<Flat>(const EpochReport&, const Flat& weights, const std::function<void()>& alive)>
      on_plateau;
};

struct SessionResult {
  TrainResult ended;
  Index epochs = 0, best_epoch = 0;
  std::vector<ResultMetric> test;
  Baselines test_baselines;
  double seconds = 0;
};

class Session {
 public:
  // `run`: the folder of the run that is gone on with, which keeps the weights that it began with; empty: a new one.
  // Needs: model.init_from is empty or the path of a run or of a copy of its model folder.
  // Throws Error(config) for settings that do not fit the data, and Error(resource) when less memory is free than
  // training needs.
  Session(const Settings& settings, std::shared_ptr<const Prepared> prepared, const std::string& run = {});
  ~Session();

  const Prepared& prepared() const { return *prepared_; }
  ModelSummary summary() const;
  // What summary().training_bytes would be with trainer.recompute, or without.
  std::size_t training_bytes(bool recompute) const { return trainer_->bytes(recompute) + prepared_->data.bytes(); }
  // What was taken over from another run; nullptr when nothing was.
  const InitialWeights* initial() const { return initial_ ? &*initial_ : nullptr; }
  std::string explain() const { return trainer_->explain(); }
  // Trains the linear model (a few hundred steps, within a part of the time limit) and judges both baselines on the
  // validation part.
  const Baselines& baselines(std::atomic<bool>* interrupt = nullptr);
  // Seconds of one epoch, from a few steps that are taken back.
  double time_epoch();

  // Writes what the run is made of: the configuration given and resolved, the data's record and split, the pipeline.
  void start(RunFolder& folder, const std::string& given_config, const std::string& resolved);
  // Goes on from the folder's last checkpoint, or from the beginning if there is none yet. Throws Error(data) when the
  // data is not what the run was trained on, and Error(config) when its parts or encoders are others now; the folder's
  // record is then as it was. `escape`: with the weights of escaped_checkpoint in place of the last ones, see
  // go_behind(). Throws Error(data) when there are none of the last step, and Error(usage) when all epochs are done.
  void resume(RunFolder& folder, bool escape = false);
  // Trains to the end, keeps the folder up to date and finishes it. Throws what went wrong, the folder being finished;
  // where rows could not be read, it can be gone on with from the last step.
  SessionResult run(RunFolder& folder, const SessionHooks& hooks);
  // The loss and the metrics that the weights reach on a part now, each row of it once: "train/loss", "train/accuracy".
  std::vector<ResultMetric> judge_part(Part part);

 private:
  SessionResult train_and_judge(RunFolder& folder, const SessionHooks& hooks);
  void save_last(RunFolder& folder);
  void save_what_is_left(RunFolder& folder);
  // Of the folder's escaped_checkpoint, for the trainer's state.
  Flat escaped_weights(RunFolder& folder) const;
  // Goes on with weights from behind the step out of a saddle. Patience begins again; where `keep`, the state before
  // stays in checkpoints/before_escape-0012.safetensors.
  void go_behind(RunFolder& folder, Flat weights, bool keep);
  // Whether the training loss has not moved over the last epochs, and it is time to look why.
  bool on_plateau() const;
  // The state as it is, where this epoch's is to stay.
  void keep_checkpoint(RunFolder& folder) const;
  void write_test(RunFolder& folder, const Evaluation& evaluation, const std::vector<ResultMetric>& metrics);
  // What the baselines reach, on the validation part and, once it was looked at, on the test part.
  void write_baselines(RunFolder& folder, const Baselines& test) const;

  Settings settings_;
  std::shared_ptr<const Prepared> prepared_;
  std::unique_ptr<AugmentedSource> augmented_;  // where images are augmented; the baselines see them as they are
  std::unique_ptr<TableModel> model_, linear_model_;
  std::optional<InitialWeights> initial_;
  std::unique_ptr<Trainer> trainer_, linear_trainer_;
  Baselines baselines_;
  double baseline_seconds_ = 0;
  std::vector<double> train_losses_;  // of each epoch so far
};

// A trained model for prediction: weights and pipeline from a run folder, or from its model folder.
struct Predictor {
  Pipeline pipeline;
  std::unique_ptr<TableModel> model;
  Flat weights;

  // Outputs of every row of the source's test part.
  Evaluation evaluate(const DatasetSource& source) const;
};
// Throws Error(data) when the folder has no weights yet.
std::unique_ptr<Predictor> load_predictor(const std::string& folder);

}  // namespace fathom
