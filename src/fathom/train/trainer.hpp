// Trainer: the training loop. Batches in an order that is a pure function of (seed, epoch), one program per step,
// validation each epoch, early stopping that gives the best weights back.
//
// 1. The state is plain data: saved at any step and put back, the loop goes on to the same bits.
// 2. A step whose loss or gradient is not finite changes no weight; the loop ends there and says where the first bad
// value arose. So it does when an update or a validation loss is not finite: only a diverged run() leaves such weights,
// and they are never the best ones.
// 3. The trainer prints nothing and writes no file: it calls back.
#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <set>

#include "fathom/optim/schedules.hpp"
#include "fathom/optim/update.hpp"
#include "fathom/train/evaluator.hpp"

namespace fathom {

struct TrainerOptions {
  Index batch = 64;
  Index epochs = 10;
  Index max_steps = std::numeric_limits<Index>::max();
  std::uint64_t seed = 42;
  Optimizer optimizer = Adam{};
  Schedule schedule = {};  // with the learning rate as its base
  UpdateOptions update = {};
  // Parameters that stay as they are, by name: nothing is derived for them, and they have no optimizer state.
  std::set<std::string> frozen = {};
  bool recompute = false;  // make activations again in the backward part rather than keep them; the bits are the same
  Index patience = 0;      // epochs without improvement before stopping; 0: never
  double min_delta = 0;
  // Judges the outputs on the validation part; the lower of two is better. Empty: the validation loss.
  std::function<double(const Evaluation&)> monitor = {};
};

// Steps of a training whose epochs have so many batches.
Index total_steps(const TrainerOptions& options, Index batches);

// Everything that a resumed run needs, beside the data and the options.
struct TrainerState {
  Flat weights;
  Flat best_weights;
  std::vector<Tensor> optimizer;                                // one per state variable
  Index step = 0;                                               // steps done
  Index epoch = 0;                                              // epochs done
  Index batch_in_epoch = 0;                                     // batches of the current epoch done
  double epoch_loss = 0, epoch_weight = 0, epoch_gradient = 0;  // sums over them
  double best = std::numeric_limits<double>::infinity();
  Index best_epoch = 0;
  // What patience waits to see bettered: the best, of the epochs behind a way out alone where one was taken.
  double awaited = std::numeric_limits<double>::infinity();
  Index awaited_epoch = 0;
  PlateauState plateau = {};
  double seconds = 0;  // of training, over all sessions
};

struct EpochReport {
  Index epoch = 0, step = 0;
  double train_loss = 0, learning_rate = 0, gradient_norm = 0, seconds = 0, rows_per_second = 0;
  bool best = false;
  bool cut = false;  // by a limit, before its last batch
  double monitored = 0;
  const Evaluation* valid = nullptr;
};

struct StepReport {
  Index epoch = 0, step = 0, batch = 0, batches = 0;
  double loss = 0, gradient_norm = 0, learning_rate = 0;
  double data_wait = 0;  // of the epoch's time so far: the share spent waiting for rows
};

enum class Ending : std::uint8_t { epochs_done, steps_done, time_over, stopped_early, interrupted, diverged };
std::string_view name_of(Ending ending);

struct TrainResult {
  Ending ending = Ending::epochs_done;
  Message bad_value = {};  // diverged: where the first value that is not finite arose
  Index bad_step = 0;      // and in which step
};

class Trainer {
 public:
  // Traces and plans the step and the evaluation. Throws Error for a model that does not fit the source, and
  // Error(config) when every parameter is frozen.
  Trainer(Objective objective, const Parameters& parameters, const Source& source, TrainerOptions options);
  ~Trainer();

  // Called during run(); `on_step` is asked after every step whether to go on.
  std::function<void(const EpochReport&)> on_epoch;
  std::function<void(const StepReport&)> on_step;
  // Set from a signal handler: the loop ends after the current step.
  std::atomic<bool>* interrupt = nullptr;
  // Seconds of one run().
  double time_limit = std::numeric_limits<double>::infinity();

  TrainResult run();
  // After a run() that a limit has ended within an epoch: its weights are judged as if the epoch were over, so that
  // they too can be the best. A state saved before this goes on to the bits of a training without the limit.
  TrainResult judge_cut_epoch(TrainResult ended);

  // The loss and the outputs of a part, with the given weights (the current ones by default).
  Evaluation evaluate(Part part);
  Evaluation evaluate(Part part, const Source& source);
  // Puts the best weights in the place of the current ones.
  void restore_best();

  const TrainerState& state() const;
  // Whether every weight and every number of the optimizer is: one that is not is not worth saving.
  bool is_finite() const;
  // Throws Error(data) when the state is of another model, optimizer or number of batches.
  void set_state(TrainerState state);
  // The names of the optimizer's state tensors, in the order of TrainerState::optimizer.
  std::vector<std::string> optimizer_names() const;

  // Bytes that training holds: weights, optimizer state, batch, arena.
  std::size_t bytes() const;
  // The same with options.recompute, or without.
  std::size_t bytes(bool recompute) const;
  std::string explain() const;
  Index batches_per_epoch() const;
  // The learning rate of the next step.
  double learning_rate() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace fathom
