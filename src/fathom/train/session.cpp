#include "fathom/train/session.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "fathom/base/atomic_file.hpp"
#include "fathom/base/clock.hpp"
#include "fathom/train/checkpoint.hpp"
#include "fathom/train/data_record.hpp"
#include "fathom/train/events.hpp"
#include "fathom/train/json_lines.hpp"
#include "fathom/train/predictions.hpp"

namespace fathom {

namespace {

namespace files = std::filesystem;

constexpr const char* last_checkpoint = "checkpoints/last.safetensors";
constexpr const char* best_checkpoint = "checkpoints/best.safetensors";
constexpr const char* model_weights = "model/model.safetensors";
constexpr const char* resolved_config = "config.resolved.toml";
constexpr const char* model_pipeline = "model/pipeline.json";

// A long epoch is also saved in its middle.
constexpr double checkpoint_seconds = 60;

// --- what "auto" stands for ----------------------------------------------------------------------------------

Index batch_size(const Settings& settings, Index rows) {
  if (settings.trainer.batch_size > 0) return settings.trainer.batch_size;
  return std::clamp<Index>(
      static_cast<Index>(std::bit_floor(static_cast<std::uint64_t>(std::max<Index>(1, rows / 200)))), 32, 512);
}

double learning_rate(const Settings& settings) {
  if (settings.trainer.learning_rate > 0) return settings.trainer.learning_rate;
  const std::string& name = settings.trainer.optimizer;
  return name == "sgd" ? 0.1 : name == "momentum" || name == "nesterov" ? 0.02 : name == "adagrad" ? 0.02 : 1e-3;
}

Optimizer optimizer_of(const Settings& settings) {
  const auto& t = settings.trainer;
  Optimizer result = optimizer(t.optimizer);
  if (auto* momentum = std::get_if<Momentum>(&result)) momentum->momentum = t.momentum;
  if (auto* adagrad = std::get_if<Adagrad>(&result)) adagrad->epsilon = t.epsilon;
  if (auto* rmsprop = std::get_if<RmsProp>(&result)) {
    rmsprop->alpha = t.alpha;
    rmsprop->epsilon = t.epsilon;
  }
  const auto set_adam = [&](auto& adam) {
    adam.beta1 = t.beta1;
    adam.beta2 = t.beta2;
    adam.epsilon = t.epsilon;
  };
  if (auto* adam = std::get_if<Adam>(&result)) set_adam(*adam);
  if (auto* adamw = std::get_if<AdamW>(&result)) set_adam(*adamw);
  return result;
}

Schedule schedule_of(const Settings& settings, Index total_steps) {
  const auto& s = settings.schedule;
  Schedule schedule{.base = learning_rate(settings), .decay = decay(s.type)};
  if (auto* step = std::get_if<StepDecay>(&schedule.decay)) *step = {.every = s.every, .factor = s.factor};
  if (auto* exponential = std::get_if<ExponentialDecay>(&schedule.decay))
    *exponential = {.every = s.every, .factor = s.factor};
  if (auto* inverse = std::get_if<InverseDecay>(&schedule.decay)) inverse->half = s.every;
  if (auto* linear = std::get_if<LinearDecay>(&schedule.decay)) linear->final = s.final;
  if (auto* cosine = std::get_if<CosineDecay>(&schedule.decay)) cosine->final = s.final;
  if (auto* plateau = std::get_if<PlateauDecay>(&schedule.decay))
    *plateau = {.factor = s.factor, .patience = s.patience, .final = s.final};
  const bool share = s.warmup.back() == '%';
  const double warmup = parse_number(share ? s.warmup.substr(0, s.warmup.size() - 1) : s.warmup).value_or(0);
  schedule.warmup_steps = static_cast<Index>(share ? warmup / 100 * static_cast<double>(total_steps) : warmup);
  schedule.warmup = s.warmup_shape == "cosine" ? WarmupShape::cosine : WarmupShape::linear;
  return schedule;
}

// The metric that early stopping watches, turned so that lower is better; empty for the loss.
std::function<double(const Evaluation&)> monitor_of(const Settings& settings, const Prepared& prepared) {
  const std::string& name = settings.early_stopping.monitor;
  if (name == "valid/loss") return {};
  const DatasetSource* source = prepared.source.get();
  Evaluation probe{.part = Part::valid, .loss = 0, .outputs = constant_outputs(*source, source->rows(Part::valid))};
  std::vector<std::string> names{"valid/loss"};
  for (const ResultMetric& metric : judge(*source, probe)) names.push_back(metric.name);
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw Error(Code::config,
                fmt::format("trainer.early_stopping.monitor is \"{}\", which {} does not have", name,
                            name_of(prepared.schema.task)),
                {}, fmt::format("choose one of {}", fmt::join(names, ", ")));
  return [source, name](const Evaluation& evaluation) {
    Evaluation named = evaluation;
    named.part = Part::valid;
    for (const ResultMetric& metric : judge(*source, named))
      if (metric.name == name) return metric.better == Better::lower ? metric.value : -metric.value;
    return evaluation.loss;
  };
}

TrainerOptions trainer_options(const Settings& settings, const Prepared& prepared) {
  TrainerOptions options;
  const Index rows = prepared.source->rows(Part::train);
  options.batch = std::min(batch_size(settings, rows), rows);
  options.epochs = settings.trainer.epochs;
  if (settings.trainer.max_steps > 0) options.max_steps = settings.trainer.max_steps;
  if (settings.trainer.time_limit > 0) options.time_limit = settings.trainer.time_limit;
  options.seed = settings.seed;
  options.optimizer = optimizer_of(settings);
  const Index batches = (rows + options.batch - 1) / options.batch;
  options.schedule = schedule_of(settings, std::min(options.max_steps, options.epochs * batches));
  options.update.clip_norm = settings.trainer.clip_norm;
  options.update.clip_value = settings.trainer.clip_value;
  options.update.weight_decay = settings.trainer.weight_decay >= 0      ? settings.trainer.weight_decay
                                : settings.trainer.optimizer == "adamw" ? 0.01
                                                                        : 0;
  options.update.decays = is_matrix;
  options.patience =
      settings.early_stopping.enabled && prepared.source->rows(Part::valid) > 0 ? settings.early_stopping.patience : 0;
  options.min_delta = settings.early_stopping.min_delta;
  options.monitor = monitor_of(settings, prepared);
  return options;
}

// --- memory ----------------------------------------------------------------------------------------------

std::size_t available_memory() {
  std::ifstream info("/proc/meminfo");
  std::string key;
  std::size_t kilobytes = 0;
  while (info >> key >> kilobytes) {
    if (key == "MemAvailable:") return kilobytes * 1024;
    info.ignore(64, '\n');
  }
  return std::numeric_limits<std::size_t>::max();
}

void need_memory(const Parameters& parameters, std::size_t states) {
  const std::size_t needed = static_cast<std::size_t>(parameters.total()) * 4 * (2 + states),
                    available = available_memory();
  if (needed > available)
    throw Error(
        Code::resource,
        fmt::format("training needs about {:.1f} GB for {:.1f} million weights, but the machine has {:.1f} GB free",
                    static_cast<double>(needed) / 1e9, static_cast<double>(parameters.learned()) / 1e6,
                    static_cast<double>(available) / 1e9),
        {}, "use smaller model.hidden, a higher min_count for categories, or fewer buckets for texts");
}

}  // namespace

Session::Session(const Settings& settings, std::unique_ptr<Prepared> prepared)
    : settings_(settings), prepared_(std::move(prepared)) {
  model_ = std::make_unique<TableModel>(prepared_->pipeline, model_options(settings_));
  TrainerOptions options = trainer_options(settings_, *prepared_);
  need_memory(model_->parameters(), state_kinds(options.optimizer).size());
  trainer_ = std::make_unique<Trainer>(make_objective(*model_, prepared_->pipeline, settings_), model_->parameters(),
                                       *prepared_->source, std::move(options));
}

Session::~Session() = default;

ModelSummary Session::summary() const {
  ModelSummary summary;
  summary.weights = model_->parameters().learned();
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

const Baselines& Session::baselines() {
  const DatasetSource& source = *prepared_->source;
  const Part part = source.rows(Part::valid) > 0 ? Part::valid : Part::train;
  baselines_.constant =
      judge(source, {.part = part, .loss = 0, .outputs = constant_outputs(source, source.rows(part))});
  Settings linear = settings_;
  linear.model.hidden.clear();
  linear.output.loss = "auto";
  linear.trainer.l1 = linear.trainer.l2 = 0;
  linear_model_ = std::make_unique<TableModel>(prepared_->pipeline, TableModelOptions{.hidden = {}});
  TrainerOptions options;
  options.batch = std::min<Index>(256, source.rows(Part::train));
  options.epochs = 20;
  options.max_steps = 1500;
  options.seed = settings_.seed;
  options.optimizer = Adam{};
  options.schedule = {.base = prepared_->pipeline.pixels() > 0 ? 1e-3 : 1e-2, .decay = CosineDecay{}};
  options.patience = 3;
  linear_trainer_ = std::make_unique<Trainer>(make_objective(*linear_model_, prepared_->pipeline, linear),
                                              linear_model_->parameters(), source, options);
  linear_trainer_->run();
  linear_trainer_->restore_best();
  baselines_.linear = judge(source, linear_trainer_->evaluate(part));
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
  write_file(folder.file("split.u8"), split_bytes(*prepared_));
  write_file(folder.file(resolved_config), resolved);  // the last: a run that has it can be resumed
}

void Session::resume(RunFolder& folder) {
  const std::string hash = fmt::format("{:016x}", prepared_->hash);
  if (!folder.info().data_hash.empty() && folder.info().data_hash != hash)
    throw Error(Code::data,
                fmt::format("{} is not the data that run {} was trained on", prepared_->path, folder.info().number), {},
                "put the old file back, or start a new run");
  const std::string last = folder.file(last_checkpoint);
  if (files::exists(last)) trainer_->set_state(load_state(last, *trainer_));
  folder.keep_metrics(static_cast<std::size_t>(trainer_->state().epoch));
}

void Session::save_last(RunFolder& folder) { save_state(folder.file(last_checkpoint), *trainer_); }

void Session::write_test(RunFolder& folder, const Evaluation& evaluation, const std::vector<ResultMetric>& metrics) {
  const TestTables tables = test_tables(prepared_->test(), evaluation);
  write_file(folder.file("eval/test.json"), metrics_json("test", metrics) + "\n");
  write_file(folder.file("eval/predictions.csv"), tables.predictions);
  write_file(folder.file("eval/worst.csv"), tables.worst);
  if (!tables.confusion.empty()) write_file(folder.file("eval/confusion.csv"), tables.confusion);
}

SessionResult Session::run(RunFolder& folder, const SessionHooks& hooks) {
  SessionResult result;
  const Metadata description = model_metadata(model_options(settings_));
  trainer_->interrupt = hooks.interrupt;
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
    if (since_save.seconds() >= checkpoint_seconds) {
      since_save = Stopwatch();
      save_last(folder);
    }
    if (hooks.on_step) hooks.on_step(report);
  };
  trainer_->on_epoch = [&](const EpochReport& report) {
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
    if (report.best) save_weights(folder.file(best_checkpoint), trainer_->state().best_weights, description);
    if (report.epoch % settings_.trainer.keep_checkpoints == 0) {
      since_save = Stopwatch();
      save_last(folder);
    }
    if (hooks.on_epoch) hooks.on_epoch(report, metrics);
  };
  try {
    result.ended = trainer_->run();
    // The steps before the loss became NaN have often spoilt the weights: the checkpoint before them is kept.
    if (result.ended.ending != Ending::diverged) save_last(folder);
  } catch (const Error& error) {
    folder.finish(RunStatus::failed, static_cast<int>(error.code()), {}, error.what());
    throw;
  }
  const TrainerState& state = trainer_->state();
  result.best_epoch = state.best_epoch;
  result.seconds = state.seconds;
  if (result.ended.ending == Ending::diverged) {
    folder.finish(RunStatus::diverged, static_cast<int>(Code::diverged), {},
                  fmt::format("the loss became NaN or infinite at step {}", state.step + 1));
    return result;
  }
  if (result.ended.ending == Ending::interrupted) {
    folder.finish(RunStatus::interrupted, static_cast<int>(Code::interrupted));
    return result;
  }
  trainer_->restore_best();
  save_weights(folder.file(model_weights), trainer_->state().weights, description);
  const DatasetSource& test = prepared_->test();
  if (test.rows(Part::test) > 0) {
    const Evaluation evaluation = trainer_->evaluate(Part::test, test);
    result.test = judge(test, evaluation);
    write_test(folder, evaluation, result.test);
    result.test_baselines.constant = judge(
        test, {.part = Part::test, .loss = 0, .outputs = constant_outputs(*prepared_->source, test.rows(Part::test))});
    if (linear_trainer_) result.test_baselines.linear = judge(test, linear_trainer_->evaluate(Part::test, test));
  }
  folder.finish(RunStatus::finished, 0, result.test);
  return result;
}

Evaluation Predictor::evaluate(const DatasetSource& source) const {
  return Evaluator(make_objective(*model, pipeline, Settings{}), source, Evaluator::good_batch)
      .run(weights, Part::test, source);
}

std::unique_ptr<Predictor> load_predictor(const std::string& folder) {
  // A run folder, or the model folder of one that was copied elsewhere.
  const auto first_of = [&](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names)
      if (const files::path path = files::path(folder) / name; files::exists(path)) return path.string();
    return {};
  };
  const std::string pipeline_path = first_of({model_pipeline, "pipeline.json"}),
                    weights_path = first_of({model_weights, best_checkpoint, "model.safetensors"});
  if (pipeline_path.empty())
    throw Error(Code::data, fmt::format("{} holds no model", folder), {},
                "give a run (fathom runs), or a copy of its model folder");
  if (weights_path.empty())
    throw Error(Code::data, fmt::format("{} has no weights yet: its first epoch was not finished", folder), {},
                fmt::format("fathom resume {}", folder));
  auto predictor = std::make_unique<Predictor>();
  predictor->pipeline = pipeline_from_json(read_file(pipeline_path), pipeline_path);
  const Safetensors file = read_safetensors(weights_path);
  predictor->model = std::make_unique<TableModel>(predictor->pipeline, model_options(file.metadata(), weights_path));
  predictor->weights = Flat(predictor->model->parameters());
  load_weights(weights_path, predictor->weights);
  return predictor;
}

}  // namespace fathom
