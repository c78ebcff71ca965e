// Laboratory: what an experiment works with. Trainings and measurements are done once and kept in its folder.
//
// 1. A training is an ordinary run in runs/ of the folder; a measurement is a JSON file in measured/. What is there is
//    read back: an experiment that was stopped goes on, and ends with the numbers that it would have had.
// 2. Trainings that are asked for together run side by side, each on one thread, where there are two or more; their
//    weights are the same bits as alone. Time is measured by measurements alone, which have the machine to themselves.
// 3. Rows are dealt to parts once, by the configuration's seed: trainings of different seeds see the same parts, but
//    for those whose split.use is another. No training looks at the test part.
// 4. When time is over no training begins, and those in progress are saved and left; the experiment goes on with what
//    there is, and the same command with more time goes on from there.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>

#include "fathom/base/clock.hpp"
#include "fathom/data/json.hpp"
#include "fathom/lab/report.hpp"
#include "fathom/train/run_folder_lock.hpp"
#include "fathom/train/session.hpp"

namespace fathom {

// One training of an experiment.
struct Trial {
  std::string name;  // of its own in the experiment: "batch 64, seed 43"
  Settings settings;
  // What it trains on in place of the configuration's rows; it cannot be gone on with outside of the experiment.
  std::shared_ptr<const Prepared> rows = nullptr;
  Index until = 0;  // after this epoch it pauses, to be gone on with by a later call; 0: not before its end
};

inline bool is_done(RunStatus status) { return status == RunStatus::finished || status == RunStatus::diverged; }

struct TrialResult {
  std::string name;
  RunStatus status = RunStatus::stopped;  // finished or diverged; anything else: it did not come to its end
  MetricsTable epochs;
  // The weights that were kept, judged on all rows of the part: "train/loss", "train/accuracy"; empty unless finished.
  std::vector<ResultMetric> train, valid;
  double seconds = 0;  // of training, beside others
  int number = 0;      // of the run in the folder

  // Whether it came to its end, or to the epoch at which it was to pause.
  bool has_reached(Index until) const {
    return is_done() || (until > 0 && static_cast<Index>(epochs.rows.size()) >= until);
  }
  bool is_done() const { return fathom::is_done(status); }
  // A column of metrics.csv, a value for each epoch; empty when there is none.
  std::vector<double> column(const std::string& title) const;
  // A metric of `train` or `valid` by its name with the part; NaN when it is not there.
  double result(const std::string& metric) const;
};

// What is told while an experiment works. Called by one thread at a time.
struct LabHooks {
  std::atomic<bool>* interrupt = nullptr;
  // How many trainings of those that were asked for together are done, and what has happened.
  std::function<void(std::size_t done, std::size_t all, const std::string& trial, const std::string& what)> on_progress;
  std::function<void(const std::string& measurement)> on_measure;
};

// The numbers of a measurement; what was not finite stands as null in JSON and is read as `not_finite`.
std::vector<double> numbers_of(const Json& list, double not_finite = std::numeric_limits<double>::quiet_NaN());

// The experiment was interrupted; its folder is whole.
struct LabInterrupted {};

class Laboratory {
 public:
  struct Options {
    int seeds = 3;
    double time_limit = 0;  // seconds; 0: none
    // Of single experiments: {"scale", "sqrt"}.
    std::map<std::string, std::string> more = {};
  };

  // The folder labs_dir/EXPERIMENT-NAME, which is made, or gone on with if it is of the same experiment, settings,
  // options (the time limit aside) and data; else the first of EXPERIMENT-NAME-2, -3, ... that is. Throws
  // Error(try_again) when another process works in it.
  Laboratory(const std::string& labs_dir, const std::string& experiment, const Settings& settings,
             const Options& options, ReportWords words, LabHooks hooks = {});
  ~Laboratory();
  Laboratory(const Laboratory&) = delete;

  const std::string& path() const { return path_; }
  const Settings& settings() const { return settings_; }  // of the configuration
  const Prepared& prepared() const { return *prepared_; }
  const std::string& experiment() const { return experiment_; }
  // Of the trainings that each variant gets: the configuration's seed, and those after it.
  std::vector<std::uint64_t> seeds() const;
  std::string option(const std::string& name, const std::string& otherwise) const;
  // The first metric of the task, without its part: "accuracy"; and whether it is better when it is higher.
  const std::string& metric() const { return metric_; }
  bool metric_rises() const;

  // The configuration's settings as one training of an experiment takes them, changed by `change`: no early stopping,
  // so that all curves are equally long, and no time limit of its own.
  Trial trial(const std::string& name, std::uint64_t seed, const std::function<void(Settings&)>& change = {}) const;
  // Trains what is not there yet; trials of one name are one training. Results are in the order of the trials; one that
  // time was lacking for is not done. Throws LabInterrupted, and Error(usage) when the experiment has not a single
  // training that is done because one takes longer than the time limit: it says how long.
  std::vector<TrialResult> train(const std::vector<Trial>& trials);

  // The folder of a training's run.
  std::string run_path(const TrialResult& trial) const;

  // What `compute` gives, on the machine alone. NaN and infinity do not come back from JSON: they are null in it.
  Json measure(const std::string& name, const std::function<Json()>& compute);
  // The same where it is there or time is left for it; nothing otherwise, or when time was over before it was done.
  std::optional<Json> measure_in_time(const std::string& name, const std::function<Json()>& compute);
  // For how long a measurement or a plan may reckon; infinite without a limit. It is another number each time.
  double seconds_left() const;
  double time_limit() const { return options_.time_limit; }  // seconds, of each process that works on it; 0: none
  // For measurements of the machine's speed, which the time limit does not end.
  std::atomic<bool>* interrupt() const { return hooks_.interrupt; }
  // For measurements that take long, in and out of training: whether to end early, with anything.
  bool should_stop();
  bool is_cut() const { return cut_; }  // whether time was lacking for a training or a measurement
  // Seconds of a training with these settings on one thread, from some of its updates and one judging.
  double training_seconds(const Settings& settings) const;

  // A network as it stands before its first update, with what trains it; nothing of it is kept.
  struct Network {
    std::unique_ptr<TableModel> model;
    Objective objective;
    TrainerOptions options;
    std::unique_ptr<Trainer> trainer;
  };
  Network network(const Settings& settings) const;

  // A sentence in the reader's language.
  std::string say(const Message& message) const { return words_.say(message); }
  const ReportWords& words() const { return words_; }

 private:
  std::optional<RunInfo> run_of(const Trial& trial) const;
  TrialResult run(const Trial& trial, const std::optional<RunInfo>& before, const std::atomic<std::size_t>& done,
                  std::size_t all);
  TrialResult result_of(const std::string& name, const RunInfo& run) const;
  bool has_one_done() const;
  bool interrupted() const;
  std::optional<Json> kept_or_measured(const std::string& name, const std::function<Json()>& compute, bool in_time);
  void tell(std::size_t done, std::size_t all, const std::string& trial, const std::string& what);

  std::string experiment_, path_, metric_;
  Settings settings_;
  Options options_;
  ReportWords words_;
  LabHooks hooks_;
  std::shared_ptr<const Prepared> prepared_;
  std::optional<RunLock> lock_;
  std::map<std::string, RunInfo> runs_;  // of the folder, by the slug of their names
  std::mutex telling_;
  Stopwatch since_start_;
  std::atomic<bool> stop_{false}, cut_{false};
};

// "250 µs", "3.2 s", "12 min"
Message time_text(double seconds);
// When a training takes longer than --time-limit: both in seconds.
Error time_is_too_short(double training, double limit);

}  // namespace fathom
