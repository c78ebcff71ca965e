#include "fathom/lab/laboratory.hpp"

#include <cmath>
#include <exception>
#include <filesystem>
#include <thread>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/pool.hpp"
#include "fathom/chart/scale.hpp"
#include "fathom/inspect/plateau.hpp"
#include "fathom/lab/epoch_time.hpp"
#include "fathom/lab/step_time.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom {

namespace {

namespace files = std::filesystem;

// What an experiment is: another of these is another experiment.
std::string identity(const std::string& experiment, const Settings& settings, const Laboratory::Options& options,
                     std::uint64_t data) {
  Json json{{"schema", "fathom/1"}, {"experiment", experiment}, {"seeds", options.seeds}};
  json["options"] = Json::object();
  for (const auto& [name, value] : options.more) json["options"][name] = value;
  json["data_hash"] = fmt::format("{:016x}", data);
  json["settings"] = resolved_settings(settings, {});
  return write_json(json, 1) + "\n";
}

std::vector<ResultMetric> metrics_in(const std::string& path) {
  if (!files::exists(path)) return {};
  try {
    return result_metrics(read_json(read_file(path)).at("metrics"));
  } catch (const nlohmann::json::exception& error) {
    throw Error(Code::data, message("{} is damaged: {}", path, json_problem(error)), path);
  }
}

}  // namespace

Message time_text(double seconds) {
  if (seconds < 1e-3) return message("{} µs", chart::number(seconds * 1e6, 3));
  if (seconds < 1) return message("{} ms", chart::number(seconds * 1e3, 3));
  if (seconds < 120) return message("{} s", chart::number(seconds, 3));
  return message("{} min", chart::number(seconds / 60, 3));
}

Error time_is_too_short(double training, double limit) {
  return {
      Code::usage,
      message("one training takes about {}, longer than the time limit of {}", time_text(training), time_text(limit)),
      {},
      "give a longer --time-limit, or fewer --epochs; what is done is kept"};
}

std::vector<double> numbers_of(const Json& list, double not_finite) {
  std::vector<double> numbers;
  for (const Json& value : list) numbers.push_back(value.is_number() ? value.get<double>() : not_finite);
  return numbers;
}

std::vector<double> TrialResult::column(const std::string& title) const {
  std::vector<double> values;
  if (const int place = epochs.column(title); place >= 0)
    for (const auto& row : epochs.rows) values.push_back(row[static_cast<std::size_t>(place)]);
  return values;
}

double TrialResult::result(const std::string& metric) const {
  for (const auto* metrics : {&train, &valid})
    if (const ResultMetric* found = RunRecord::find(*metrics, metric)) return found->value;
  return std::numeric_limits<double>::quiet_NaN();
}

Laboratory::Laboratory(const std::string& labs_dir, const std::string& experiment, const Settings& settings,
                       const Options& options, ReportWords words, LabHooks hooks)
    : experiment_(experiment),
      settings_(settings),
      options_(options),
      words_(std::move(words)),
      hooks_(std::move(hooks)),
      prepared_(prepare(settings)) {
  check_fit(settings_, *prepared_);
  metric_ = first_metric(prepared_->schema.task);
  const std::string wanted = identity(experiment, settings, options, prepared_->hash);
  const std::string name =
      slug(experiment + "-" +
           (settings.name.empty() ? files::path(settings.data.path).stem().stem().string() : settings.name));
  files::create_directories(labs_dir);
  for (int number = 1; !lock_; ++number) {
    path_ = labs_dir + "/" + name + (number > 1 ? fmt::format("-{}", number) : "");
    const std::string record = path_ + "/lab.json";
    if (files::exists(record) && read_file(record) != wanted) continue;
    files::create_directories(path_ + "/runs");
    lock_.emplace(path_);
    if (!files::exists(record)) write_file(record, wanted);
  }
  for (RunInfo& run : list_runs(path_ + "/runs"))
    if (run.status != RunStatus::damaged) runs_.insert_or_assign(run.name, run);
}

Laboratory::~Laboratory() = default;

std::vector<std::uint64_t> Laboratory::seeds() const {
  std::vector<std::uint64_t> seeds;
  for (int k = 0; k < options_.seeds; ++k) seeds.push_back(settings_.seed + static_cast<std::uint64_t>(k));
  return seeds;
}

std::string Laboratory::option(const std::string& name, const std::string& otherwise) const {
  const auto it = options_.more.find(name);
  return it == options_.more.end() ? otherwise : it->second;
}

bool Laboratory::metric_rises() const { return higher_is_better(metric_); }

Trial Laboratory::trial(const std::string& name, std::uint64_t seed,
                        const std::function<void(Settings&)>& change) const {
  Trial trial{.name = name, .settings = settings_};
  if (trial.settings.split.seed < 0) trial.settings.split.seed = static_cast<Index>(settings_.seed);
  trial.settings.seed = seed;
  trial.settings.name = name;
  trial.settings.early_stopping.enabled = false;
  trial.settings.trainer.time_limit = 0;
  if (change) change(trial.settings);
  return trial;
}

double Laboratory::seconds_left() const {
  return options_.time_limit > 0 ? std::max(0.0, options_.time_limit - since_start_.seconds())
                                 : std::numeric_limits<double>::infinity();
}

bool Laboratory::interrupted() const { return hooks_.interrupt != nullptr && *hooks_.interrupt; }

bool Laboratory::should_stop() {
  if (interrupted()) stop_ = true;
  if (seconds_left() <= 0) stop_ = cut_ = true;
  return stop_;
}

void Laboratory::tell(std::size_t done, std::size_t all, const std::string& trial, const std::string& what) {
  if (!hooks_.on_progress) return;
  const std::lock_guard lock(telling_);
  hooks_.on_progress(done, all, trial, what);
}

std::optional<RunInfo> Laboratory::run_of(const Trial& trial) const {
  const auto it = runs_.find(slug(trial.name));
  return it == runs_.end() ? std::nullopt : std::optional(it->second);
}

std::string Laboratory::run_path(const TrialResult& trial) const { return runs_.at(slug(trial.name)).path; }

TrialResult Laboratory::result_of(const std::string& name, const RunInfo& run) const {
  return {.name = name,
          .status = run.status,
          .epochs = read_metrics(run.path + "/metrics.csv"),
          .train = metrics_in(run.path + "/eval/train.json"),
          .valid = metrics_in(run.path + "/eval/valid.json"),
          .seconds = run.seconds,
          .number = run.number};
}

TrialResult Laboratory::run(const Trial& trial, const std::optional<RunInfo>& before,
                            const std::atomic<std::size_t>& done, std::size_t all) {
  // One that had not begun to train when it was stopped is begun anew.
  const bool goes_on = before && files::exists(before->path + "/config.resolved.toml");
  check_settings(trial.settings);
  const bool same_rows = trial.settings.split.use == settings_.split.use;
  std::shared_ptr<const Prepared> rows = trial.rows ? trial.rows : same_rows ? prepared_ : nullptr;
  if (!rows) rows = prepare(trial.settings);
  Session session(trial.settings, rows, goes_on ? before->path : std::string());
  RunInfo start;
  start.threads = 1;
  start.seed = trial.settings.seed;
  start.facts = {{"experiment", experiment_}, {"data", settings_.data.path}};
  RunFolder folder =
      goes_on ? RunFolder::open_for_writing(before->path) : RunFolder::create(path_ + "/runs", trial.name, start);
  if (goes_on)
    session.resume(folder);
  else
    session.start(folder, "", resolved_settings(trial.settings, {}));
  SessionHooks hooks;
  std::atomic<bool> pause{false};
  hooks.interrupt = &pause;
  hooks.is_trial = true;
  hooks.on_step = [&](const StepReport&) {
    if (should_stop()) pause = true;
  };
  hooks.on_epoch = [&](const EpochReport& epoch, const std::vector<ResultMetric>&) {
    if (trial.until > 0 && epoch.epoch >= trial.until) pause = true;
    tell(done, all, trial.name, say(message("epoch {}/{}", epoch.epoch, trial.settings.trainer.epochs)));
  };
  hooks.on_plateau = [&](const EpochReport&, const Flat& weights, const std::function<void()>& alive) {
    return curvature::look_for_way_out(trial.settings, *rows, weights, {.interrupt = &pause, .alive = alive}).weights;
  };
  session.run(folder, hooks);
  const std::lock_guard lock(telling_);
  runs_.insert_or_assign(folder.info().name, folder.info());
  return result_of(trial.name, folder.info());
}

std::vector<TrialResult> Laboratory::train(const std::vector<Trial>& trials) {
  std::vector<TrialResult> results(trials.size());
  std::vector<std::optional<RunInfo>> before;
  std::vector<std::size_t> missing;
  std::map<std::string, std::size_t> first;  // of a name that is asked for twice
  for (std::size_t i = 0; i < trials.size(); ++i) {
    before.push_back(run_of(trials[i]));
    results[i].name = trials[i].name;
    if (before[i]) results[i] = result_of(trials[i].name, *before[i]);
    if (first.emplace(trials[i].name, i).second && !results[i].has_reached(trials[i].until)) missing.push_back(i);
  }
  if (missing.empty()) return results;
  // Beside each other each has one thread: chunks and bits are the same, and no thread waits for another.
  const int threads = Pool::shared().threads();
  const auto workers = std::min(static_cast<std::size_t>(threads), missing.size());
  if (workers > 1) Pool::resize_shared(1);
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> done{first.size() - missing.size()};
  std::exception_ptr problem;
  const auto work = [&] {
    for (std::size_t at = next++; at < missing.size() && !should_stop(); at = next++) {
      const std::size_t i = missing[at];
      try {
        results[i] = run(trials[i], before[i], done, first.size());
        tell(++done, first.size(), trials[i].name, say(Message(name_of(results[i].status))));
      } catch (...) {
        const std::lock_guard lock(telling_);
        if (!problem) problem = std::current_exception();
        stop_ = true;
      }
    }
  };
  std::vector<std::thread> others;
  for (std::size_t worker = 1; worker < workers; ++worker) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  if (workers > 1) Pool::resize_shared(threads);
  if (problem) std::rethrow_exception(problem);
  if (interrupted()) throw LabInterrupted{};
  const bool none_here = std::none_of(missing.begin(), missing.end(),
                                      [&](std::size_t i) { return results[i].has_reached(trials[i].until); });
  if (cut_ && none_here && !has_one_done()) {
    const double one = training_seconds(trials[missing.front()].settings);
    if (one > options_.time_limit) throw time_is_too_short(one, options_.time_limit);
  }
  for (std::size_t i = 0; i < trials.size(); ++i) results[i] = results[first.at(trials[i].name)];
  return results;
}

bool Laboratory::has_one_done() const {
  return std::any_of(runs_.begin(), runs_.end(), [](const auto& run) { return is_done(run.second.status); });
}

std::optional<Json> Laboratory::kept_or_measured(const std::string& name, const std::function<Json()>& compute,
                                                 bool in_time) {
  const std::string path = path_ + "/measured/" + slug(name) + ".json";
  if (files::exists(path)) {
    try {
      return read_json(read_file(path));
    } catch (const nlohmann::json::exception& error) {
      throw Error(Code::data, message("{} is damaged: {}", path, json_problem(error)), path);
    }
  }
  // Asked before it begins, and again when it may have ended early.
  const auto is_over = [&] {
    const bool stop = in_time && should_stop();
    if (interrupted()) throw LabInterrupted{};
    return stop;
  };
  if (is_over()) return std::nullopt;
  if (hooks_.on_measure) hooks_.on_measure(name);
  files::create_directories(path_ + "/measured");
  const std::string text = write_json(compute(), 1) + "\n";
  if (is_over()) return std::nullopt;
  write_file(path, text);
  return read_json(text);  // as it will be read the next time
}

Json Laboratory::measure(const std::string& name, const std::function<Json()>& compute) {
  return *kept_or_measured(name, compute, false);
}

std::optional<Json> Laboratory::measure_in_time(const std::string& name, const std::function<Json()>& compute) {
  return kept_or_measured(name, compute, true);
}

double Laboratory::training_seconds(const Settings& settings) const {
  constexpr double enough_seconds = 0.3;
  const PoolAsBefore as_before;
  Pool::resize_shared(1);
  const Network network = this->network(settings);
  Trainer& trainer = *network.trainer;
  const Index batches = trainer.batches_per_epoch();
  const double epochs = static_cast<double>(total_steps(network.options, batches)) / static_cast<double>(batches);
  const double updates = time_epoch(trainer, enough_seconds);
  const Stopwatch judging;
  trainer.evaluate(Part::valid);
  return epochs * (updates + judging.seconds());
}

Laboratory::Network Laboratory::network(const Settings& settings) const {
  Network network;
  network.model = std::make_unique<TableModel>(prepared_->pipeline, model_options(settings, prepared_->pipeline));
  network.objective = make_objective(*network.model, prepared_->pipeline, settings);
  network.options = trainer_options(settings, *prepared_);
  network.trainer =
      std::make_unique<Trainer>(network.objective, network.model->parameters(), *prepared_->source, network.options);
  return network;
}

}  // namespace fathom
