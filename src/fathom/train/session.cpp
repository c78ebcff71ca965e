#include "fathom/train/session.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/clock.hpp"
#include "fathom/data/json.hpp"
#include "fathom/train/checkpoint.hpp"
#include "fathom/train/data_record.hpp"
#include "fathom/train/events.hpp"
#include "fathom/train/json_lines.hpp"
#include "fathom/train/kept_checkpoints.hpp"
#include "fathom/train/memory.hpp"
#include "fathom/train/model_files.hpp"
#include "fathom/train/predictions.hpp"
#include "fathom/train/session_options.hpp"

namespace fathom {

namespace {

namespace files = std::filesystem;

constexpr const char* last_checkpoint = "checkpoints/last.safetensors";
constexpr const char* best_checkpoint = "checkpoints/best.safetensors";
constexpr const char* train_result = "eval/train.json";
constexpr const char* valid_result = "eval/valid.json";
constexpr const char* split_file = "split.u8";
constexpr const char* initial_weights = "checkpoints/init.safetensors";
constexpr const char* model_weights = "model/model.safetensors";
constexpr const char* resolved_config = "config.resolved.toml";
constexpr const char* model_pipeline = "model/pipeline.json";

// A long epoch is also saved in its middle.
constexpr double checkpoint_seconds = 60;
// A loss that moves by less, as a share of itself, stands still.
constexpr double plateau_share = 0.01;
// Of the time limit: what the linear baseline may take.
constexpr double baseline_share = 0.25;

void need_memory(std::size_t needed, std::size_t available, const Parameters& parameters) {
  if (needed > available)
    throw Error(
        Code::resource,
        message("training needs about {:.1f} GB for {:.1f} million weights, but {:.1f} GB are free",
                static_cast<double>(needed) / 1e9, static_cast<double>(parameters.learned()) / 1e6,
                static_cast<double>(available) / 1e9),
        {},
        "set trainer.recompute = true, or use smaller model.hidden or trainer.batch_size, a higher min_count for "
        "categories, or fewer buckets for texts");
}

// Of the weights, the best ones, and the optimizer's numbers.
std::size_t weight_bytes(const Parameters& parameters, const Optimizer& optimizer) {
  return static_cast<std::size_t>(parameters.total()) * 4 * (2 + state_kinds(optimizer).size());
}

}  // namespace

Session::Session(const Settings& settings, std::shared_ptr<const Prepared> prepared, const std::string& run)
    : settings_(settings), prepared_(std::move(prepared)) {
  check_fit(settings_, *prepared_);
  const TableModelOptions network = model_options(settings_, prepared_->pipeline);
  model_ = std::make_unique<TableModel>(prepared_->pipeline, network);
  const Parameters& parameters = model_->parameters();
  TrainerOptions options = trainer_options(settings_, *prepared_);
  options.frozen = matching_names(settings_.trainer.freeze, parameters);
  if (!settings_.model.init_from.empty()) {
    initial_ = run.empty() ? InitialWeights::from_run(settings_.model.init_from, *model_, network, prepared_->pipeline)
                           : InitialWeights::from_file((files::path(run) / initial_weights).string());
    options.update.rate_factor = [loaded = initial_->names(), factor = settings_.trainer.loaded_learning_rate_factor](
                                     Var parameter) { return loaded.contains(parameter.node().name) ? factor : 1.0; };
  }
  // What is kept of the data is in memory already. The weights are known before the plan is, and to make them can be
  // too much.
  const std::size_t available = available_memory();
  need_memory(weight_bytes(parameters, options.optimizer), available, parameters);
  if (settings_.augment.any())
    augmented_ = std::make_unique<AugmentedSource>(*prepared_->source, settings_.augment, settings_.seed);
  const Source& source = augmented_ ? static_cast<const Source&>(*augmented_) : *prepared_->source;
  trainer_ = std::make_unique<Trainer>(make_objective(*model_, prepared_->pipeline, settings_), parameters, source,
                                       std::move(options));
  need_memory(trainer_->bytes(), available, parameters);
  if (!initial_) return;
  TrainerState state = trainer_->state();
  initial_->apply(state.weights);
  state.best_weights = state.weights;
  trainer_->set_state(std::move(state));
}

Session::~Session() = default;

ModelSummary Session::summary() const {
  ModelSummary summary;
  summary.weights = model_->parameters().learned();
  const std::set<std::string> frozen = matching_names(settings_.trainer.freeze, model_->parameters());
  for (const Parameter& parameter : model_->parameters())
    if (parameter.learned && frozen.contains(parameter.name)) summary.frozen += parameter.type.shape.count();
  summary.weight_bytes = static_cast<std::size_t>(summary.weights) * 4;
  summary.training_bytes = trainer_->bytes() + prepared_->data.bytes();
  summary.batch =
      std::min(batch_size(settings_, prepared_->source->rows(Part::train)), prepared_->source->rows(Part::train));
  summary.batches = trainer_->batches_per_epoch();
  summary.learning_rate = learning_rate(settings_);
  for (const Parameter& parameter : model_->parameters())
    summary.layers.emplace_back(parameter.name, to_string(parameter.type));
  return summary;
}

const Baselines& Session::baselines(std::atomic<bool>* interrupt) {
  const Stopwatch watch;
  const DatasetSource& source = *prepared_->source;
  const Part part = source.rows(Part::valid) > 0 ? Part::valid : Part::train;
  baselines_.constant =
      judge(source, {.part = part, .loss = 0, .outputs = constant_outputs(source, source.rows(part))});
  Settings linear = settings_;
  linear.model.hidden.emplace();
  linear.output.loss = "auto";
  linear.trainer.l1 = linear.trainer.l2 = 0;
  linear_model_ = std::make_unique<TableModel>(prepared_->pipeline, TableModelOptions{.hidden = {}});
  const TrainerOptions options = linear_options(settings_, *prepared_);
  need_memory(weight_bytes(linear_model_->parameters(), options.optimizer), available_memory(),
              linear_model_->parameters());
  linear_trainer_ = std::make_unique<Trainer>(make_objective(*linear_model_, prepared_->pipeline, linear),
                                              linear_model_->parameters(), source, options);
  linear_trainer_->interrupt = interrupt;
  if (settings_.trainer.time_limit > 0) linear_trainer_->time_limit = settings_.trainer.time_limit * baseline_share;
  linear_trainer_->run();
  linear_trainer_->restore_best();
  baselines_.linear = judge(source, linear_trainer_->evaluate(part));
  baseline_seconds_ = watch.seconds();
  return baselines_;
}

double Session::time_epoch() {
  const TrainerState before = trainer_->state();
  std::atomic<bool> stop{false};
  Index steps = 0;
  Stopwatch watch;
  double seconds = 0;
  trainer_->interrupt = &stop;
  trainer_->on_step = [&](const StepReport&) {
    if (steps == 0)
      watch = Stopwatch();  // the first step also shuffles the rows
    else
      seconds = watch.seconds() / static_cast<double>(steps);
    stop = ++steps > 3;
  };
  trainer_->run();
  seconds *= static_cast<double>(trainer_->batches_per_epoch());
  trainer_->interrupt = nullptr;
  trainer_->on_step = {};
  trainer_->set_state(before);
  return seconds;
}

void Session::start(RunFolder& folder, const std::string& given_config, const std::string& resolved) {
  folder.update([&](RunInfo& info) { info.data_hash = fmt::format("{:016x}", prepared_->hash); });
  if (!given_config.empty()) write_file(folder.file("config.toml"), given_config);
  write_file(folder.file(model_pipeline), to_json(prepared_->pipeline));
  write_file(folder.file("data.json"), data_json(*prepared_));
  write_file(folder.file(split_file), split_bytes(*prepared_));
  if (initial_) initial_->save(folder.file(initial_weights));
  write_file(folder.file(resolved_config), resolved);  // the last: a run that has it can be resumed
}

void Session::resume(RunFolder& folder, bool escape) {
  const int number = folder.info().number;
  const std::string hash = fmt::format("{:016x}", prepared_->hash);
  if (!folder.info().data_hash.empty() && folder.info().data_hash != hash)
    throw Error(Code::data, message("{} is not the data that run {} was trained on", prepared_->path, number), {},
                "put the old file back, or start a new run");
  // Rows of the test part that were trained on would make the test worthless.
  const auto need_same = [&](const char* file, const std::string& now, const Message& what) {
    if (files::exists(folder.file(file)) && read_file(folder.file(file)) != now)
      throw Error(Code::config,
                  message("the {} of run {} are not those of {} now: its settings or the program are others", what,
                          number, file),
                  folder.file(file), "start a new run");
  };
  need_same(split_file, split_bytes(*prepared_), "parts");
  need_same(model_pipeline, to_json(prepared_->pipeline), "encoders");
  const std::string last = folder.file(last_checkpoint);
  if (files::exists(last)) trainer_->set_state(load_state(last, *trainer_));
  std::optional<Flat> behind;
  if (escape) behind = escaped_weights(folder);
  folder.go_on();
  if (behind) {
    go_behind(folder, std::move(*behind), true);
    save_last(folder);
    files::remove(folder.file(escaped_checkpoint));
  }
  const TrainerState& state = trainer_->state();
  folder.keep_metrics(static_cast<std::size_t>(state.epoch));
  const MetricsTable metrics = read_metrics(folder.file("metrics.csv"));
  if (const int column = metrics.column("train/loss"); column >= 0)
    for (const std::vector<double>& row : metrics.rows) train_losses_.push_back(row[static_cast<std::size_t>(column)]);
  for (const KeptCheckpoint& kept : kept_checkpoints(folder.path()))
    if (kept.epoch > state.epoch) files::remove(kept.file);
  // The best so far may be of an epoch that was cut, which does not compete when it goes on.
  if (state.best_epoch > 0)
    save_weights(folder.file(best_checkpoint), state.best_weights,
                 model_metadata(model_options(settings_, prepared_->pipeline)));
  else
    files::remove(folder.file(best_checkpoint));
}

Flat Session::escaped_weights(RunFolder& folder) const {
  const std::string escaped = folder.file(escaped_checkpoint);
  const int number = folder.info().number;
  const TrainerState& state = trainer_->state();
  const Message look = message("fathom curvature {} --checkpoint last looks for one", number);
  if (!files::exists(escaped))
    throw Error(Code::data, message("run {} has no way out that was found", number), {}, look);
  const Metadata metadata = read_safetensors(escaped).metadata();
  if (const auto step = metadata.find(escaped_step);
      step == metadata.end() || step->second != std::to_string(state.step))
    throw Error(Code::data, message("run {} has gone on since its way out was found", number), {}, look);
  if (state.epoch >= settings_.trainer.epochs)
    throw Error(Code::usage, message("run {} has done its {} epochs", number, settings_.trainer.epochs), {},
                message("fathom resume {} --escape --epochs {}", number, 2 * settings_.trainer.epochs));
  Flat weights = state.weights;
  load_weights(escaped, weights);
  return weights;
}

void Session::go_behind(RunFolder& folder, Flat weights, bool keep) {
  TrainerState state = trainer_->state();
  if (keep) save_state(folder.file(fmt::format("checkpoints/before_escape-{:04}.safetensors", state.epoch)), *trainer_);
  state.weights = std::move(weights);
  state.awaited = std::numeric_limits<double>::infinity();
  state.awaited_epoch = state.epoch;
  trainer_->set_state(std::move(state));
}

bool Session::on_plateau() const {
  const auto patience = static_cast<std::ptrdiff_t>(settings_.trainer.plateau_patience);
  const auto epochs = static_cast<std::ptrdiff_t>(train_losses_.size());
  if (settings_.trainer.on_plateau == "none" || epochs % patience != 0) return false;
  // Spans of as many epochs, in a row up to now, over each of which the loss has not moved.
  std::size_t still = 0;
  for (auto end = train_losses_.end(); end != train_losses_.begin(); end -= patience, ++still) {
    const auto [low, high] = std::minmax_element(end - patience, end);
    if (!(*high - *low < plateau_share * std::abs(*high))) break;
  }
  return std::has_single_bit(still);
}

void Session::save_last(RunFolder& folder) { save_state(folder.file(last_checkpoint), *trainer_); }

void Session::keep_checkpoint(RunFolder& folder) const {
  const TrainerState& state = trainer_->state();
  const Index every = settings_.trainer.keep_checkpoints;
  if (every > 0 && state.epoch % every == 0) save_state(folder.file(kept_checkpoint_file(state.epoch)), *trainer_);
}

// What was learned before an error, such as an image that can no longer be read. The error is the one to report.
void Session::save_what_is_left(RunFolder& folder) {
  try {
    if (trainer_->is_finite()) save_last(folder);
  } catch (const Error&) {
  }
}

void Session::write_test(RunFolder& folder, const Evaluation& evaluation, const std::vector<ResultMetric>& metrics) {
  const TestTables tables = test_tables(prepared_->test(), evaluation);
  write_file(folder.file("eval/test.json"), metrics_json("test", metrics) + "\n");
  write_file(folder.file("eval/predictions.csv"), tables.predictions);
  write_file(folder.file("eval/worst.csv"), tables.worst);
  if (!tables.confusion.empty()) write_file(folder.file("eval/confusion.csv"), tables.confusion);
}

void Session::write_baselines(RunFolder& folder, const Baselines& test) const {
  Json json{{"schema", "fathom/1"}};
  const auto add = [&](const char* name, std::vector<ResultMetric> metrics, const std::vector<ResultMetric>& more) {
    metrics.insert(metrics.end(), more.begin(), more.end());
    if (!metrics.empty()) json[name] = read_json(metrics_json("baseline", metrics))["metrics"];
  };
  add("constant", baselines_.constant, test.constant);
  add("linear", baselines_.linear, test.linear);
  write_file(folder.file("eval/baselines.json"), write_json(json) + "\n");
}

SessionResult Session::run(RunFolder& folder, const SessionHooks& hooks) {
  try {
    return train_and_judge(folder, hooks);
  } catch (const Error& error) {
    folder.finish(RunStatus::failed, static_cast<int>(error.code()), {}, error.what_message());
    throw;
  }
}

SessionResult Session::train_and_judge(RunFolder& folder, const SessionHooks& hooks) {
  SessionResult result;
  if (!baselines_.constant.empty()) write_baselines(folder, {});
  const Metadata description = model_metadata(model_options(settings_, prepared_->pipeline));
  trainer_->interrupt = hooks.interrupt;
  if (settings_.trainer.time_limit > 0) trainer_->time_limit = settings_.trainer.time_limit - baseline_seconds_;
  EventWriter events(folder.path());
  Stopwatch since_event, since_save;
  trainer_->on_step = [&](const StepReport& report) {
    folder.beat();
    if (report.step == 1 || since_event.seconds() >= settings_.log.every) {
      since_event = Stopwatch();
      events.add(report.step,
                 std::vector<std::pair<std::string, double>>{{"step/loss", report.loss},
                                                             {"step/gradient_norm", report.gradient_norm},
                                                             {"step/learning_rate", report.learning_rate}});
    }
    if (since_save.seconds() >= checkpoint_seconds && trainer_->is_finite()) {
      since_save = Stopwatch();
      save_last(folder);
    }
    if (hooks.on_step) hooks.on_step(report);
  };
  bool looking_was_cut = false;
  const auto leave_plateau = [&](const EpochReport& report) {
    try {
      if (std::optional<Flat> weights = hooks.on_plateau(report, trainer_->state().weights, [&] { folder.beat(); }))
        go_behind(folder, std::move(*weights), !hooks.is_trial);
    } catch (const Error& error) {
      looking_was_cut = error.code() == Code::interrupted;
      // What cannot be looked at is no reason to end a training.
      if (!looking_was_cut) folder.log(fmt::format("could not look where it stands: {}", error.what()));
    }
  };
  bool half_written = false;  // an epoch whose records are not all in the folder: it is trained again
  trainer_->on_epoch = [&](const EpochReport& report) {
    half_written = true;
    Evaluation valid = *report.valid;
    const auto metrics = judge(*prepared_->source, valid);
    std::vector<Metric> row{{"epoch", static_cast<double>(report.epoch)},
                            {"step", static_cast<double>(report.step)},
                            {"train/loss", report.train_loss},
                            {fmt::format("{}/loss", name_of(valid.part)), valid.loss}};
    for (const ResultMetric& metric : metrics) row.emplace_back(metric.name, metric.value);
    row.emplace_back("learning_rate", report.learning_rate);
    row.emplace_back("gradient_norm", report.gradient_norm);
    folder.keep_metrics(static_cast<std::size_t>(report.epoch - 1));
    folder.append_metrics(row);
    events.add(report.step, row);
    events.flush();
    if (report.best && !hooks.is_trial)
      save_weights(folder.file(best_checkpoint), trainer_->state().best_weights, description);
    if (!report.cut) train_losses_.push_back(report.train_loss);
    if (!report.cut && report.epoch < settings_.trainer.epochs && hooks.on_plateau && on_plateau())
      leave_plateau(report);
    if (!report.cut && !hooks.is_trial && !looking_was_cut) {
      since_save = Stopwatch();
      save_last(folder);
      keep_checkpoint(folder);
    }
    half_written = false;
    if (hooks.on_epoch) hooks.on_epoch(report, metrics);
  };
  try {
    if (trainer_->state().step == 0 && !hooks.is_trial) keep_checkpoint(folder);
    result.ended = trainer_->run();
  } catch (const Error&) {
    if (!half_written) save_what_is_left(folder);
    throw;
  }
  // The steps before the loss became NaN have often spoilt the weights: the checkpoint before them is kept.
  // A run that was interrupted while it looked for a way out does that epoch again.
  if (result.ended.ending != Ending::diverged && !looking_was_cut) save_last(folder);
  if (result.ended.ending == Ending::steps_done || result.ended.ending == Ending::time_over)
    result.ended = trainer_->judge_cut_epoch(result.ended);
  const TrainerState& state = trainer_->state();
  result.epochs = state.epoch;
  result.best_epoch = state.best_epoch;
  result.seconds = state.seconds;
  if (result.ended.ending == Ending::diverged) {
    folder.finish(RunStatus::diverged, static_cast<int>(Code::diverged), {},
                  message("the loss became NaN or infinite at step {}", result.ended.bad_step));
    return result;
  }
  if (result.ended.ending == Ending::interrupted) {
    folder.finish(RunStatus::interrupted,
                  static_cast<int>(hooks.interrupted_by ? hooks.interrupted_by() : Code::interrupted));
    return result;
  }
  trainer_->restore_best();
  save_weights(folder.file(model_weights), trainer_->state().weights, description);
  const DatasetSource& test = prepared_->test();
  if (hooks.is_trial) {
    const std::vector<ResultMetric> train = judge_part(Part::train),
                                    valid = prepared_->source->rows(Part::valid) > 0 ? judge_part(Part::valid) : train;
    write_file(folder.file(train_result), metrics_json("train", train) + "\n");
    write_file(folder.file(valid_result), metrics_json("valid", valid) + "\n");
    folder.finish(RunStatus::finished, 0, valid);
    return result;
  }
  if (test.rows(Part::test) > 0) {
    const Evaluation evaluation = trainer_->evaluate(Part::test, test);
    result.test = judge(test, evaluation);
    write_test(folder, evaluation, result.test);
    result.test_baselines.constant = judge(
        test, {.part = Part::test, .loss = 0, .outputs = constant_outputs(*prepared_->source, test.rows(Part::test))});
    if (linear_trainer_) result.test_baselines.linear = judge(test, linear_trainer_->evaluate(Part::test, test));
    write_baselines(folder, result.test_baselines);
  }
  folder.finish(RunStatus::finished, 0, result.test);
  return result;
}

std::vector<ResultMetric> Session::judge_part(Part part) {
  const Evaluation evaluation = trainer_->evaluate(part, *prepared_->source);
  std::vector<ResultMetric> metrics{{.name = fmt::format("{}/loss", name_of(part)), .value = evaluation.loss}};
  for (ResultMetric& metric : judge(*prepared_->source, evaluation)) metrics.push_back(std::move(metric));
  return metrics;
}

Evaluation Predictor::evaluate(const DatasetSource& source) const {
  return Evaluator(make_objective(*model, pipeline, Settings{}), source, Evaluator::good_batch(source))
      .run(weights, Part::test, source);
}

std::unique_ptr<Predictor> load_predictor(const std::string& folder) {
  const auto [pipeline_path, weights_path] = model_files(folder);
  auto predictor = std::make_unique<Predictor>();
  predictor->pipeline = pipeline_from_json(read_file(pipeline_path), pipeline_path);
  const Safetensors file = read_safetensors(weights_path);
  predictor->model = std::make_unique<TableModel>(predictor->pipeline, model_options(file.metadata(), weights_path));
  predictor->weights = Flat(predictor->model->parameters());
  load_weights(weights_path, predictor->weights);
  return predictor;
}

}  // namespace fathom
