#include "fathom/train/session_options.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "fathom/train/image_encoder.hpp"
#include "fathom/train/judge.hpp"

namespace fathom {

namespace {

Optimizer optimizer_of(const Settings& settings) {
  const auto& t = settings.trainer;
  Optimizer result = optimizer(t.optimizer);
  if (auto* momentum = std::get_if<Momentum>(&result); momentum != nullptr && t.momentum >= 0)
    momentum->momentum = t.momentum;
  if (auto* adagrad = std::get_if<Adagrad>(&result)) adagrad->epsilon = t.epsilon;
  if (auto* rmsprop = std::get_if<RmsProp>(&result)) {
    rmsprop->alpha = t.alpha;
    if (t.momentum >= 0) rmsprop->momentum = t.momentum;
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
  if (source->rows(Part::valid) == 0)
    throw Error(Code::config,
                message("trainer.early_stopping.monitor is \"{}\", but there are no validation rows", name), {},
                "set split.valid above 0");
  const Evaluation probe{.part = Part::valid, .outputs = constant_outputs(*source, source->rows(Part::valid))};
  std::vector<std::string> names{"valid/loss"};
  for (const ResultMetric& metric : judge(*source, probe)) {
    names.push_back(metric.name);
    if (metric.name == name && std::isnan(metric.value))
      throw Error(Code::config,
                  message("trainer.early_stopping.monitor is \"{}\", which these validation rows do not define", name),
                  {}, "use a larger split.valid, or monitor valid/loss");
  }
  if (std::find(names.begin(), names.end(), name) == names.end())
    throw Error(Code::config,
                message("trainer.early_stopping.monitor is \"{}\", which {} does not have", name,
                        Message(name_of(prepared.schema.task))),
                {}, message("choose one of {}", fmt::join(names, ", ")));
  return [source, name](const Evaluation& evaluation) {
    for (const ResultMetric& metric : judge(*source, evaluation))
      if (metric.name == name) return metric.better == Better::lower ? metric.value : -metric.value;
    return evaluation.loss;
  };
}

void check_images(const Settings& settings) {
  const auto& output = settings.output;
  const auto refuse = [](const std::string& key, const std::string& value, const Message& why) {
    throw Error(Code::config, message("{} is \"{}\", but the data is images, {}", key, value, why), {}, "leave it out");
  };
  if (!output.name.empty() && output.name != "label")
    refuse("output.name", output.name, "whose classes are in a file of labels");
  if (output.task != "auto" && output.task != "multiclass") refuse("output.task", output.task, "which have classes");
  if (!output.row_weight.empty()) refuse("output.row_weight", output.row_weight, "which have no columns");
  if (!settings.split.key.empty()) refuse("split.key", settings.split.key, "which have no columns");
  if (!settings.inputs.empty()) refuse("[[input]]", settings.inputs.begin()->first, "which have no columns");
}

}  // namespace

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

void check_fit(const Settings& settings, const Prepared& prepared) {
  if (prepared.pipeline.pixels() > 0 && prepared.schema.inputs.empty() && !prepared.are_images) check_images(settings);
  check_encoder(settings, prepared.pipeline, prepared.path);
  const Task task = prepared.schema.task;
  if (task == Task::regression && settings.output.label_smoothing > 0)
    throw Error(
        Code::config,
        message("output.label_smoothing is of classes, but the target \"{}\" is a number", prepared.schema.target.name),
        {}, "leave it out");
  const auto target = settings.inputs.find(prepared.schema.target.name);
  if (target == settings.inputs.end() || !target->second.kind) return;
  const ColumnKind kind = *target->second.kind;
  // As a category, the labels of a target are read as text.
  if (kind != prepared.schema.target.kind && (kind != ColumnKind::category || task == Task::regression))
    throw Error(Code::config,
                message("the target \"{}\" is set to {}, but its task is {}", target->first, Message(name_of(kind)),
                        Message(name_of(task))),
                {}, "set output.task");
}

TrainerOptions trainer_options(const Settings& settings, const Prepared& prepared) {
  TrainerOptions options;
  const Index rows = prepared.source->rows(Part::train);
  options.batch = std::min(batch_size(settings, rows), rows);
  options.epochs = settings.trainer.epochs;
  if (settings.trainer.max_steps > 0) options.max_steps = settings.trainer.max_steps;
  options.seed = settings.seed;
  options.optimizer = optimizer_of(settings);
  const Index batches = (rows + options.batch - 1) / options.batch;
  options.schedule = schedule_of(settings, total_steps(options, batches));
  check(options.schedule);
  options.recompute = settings.trainer.recompute;
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

TrainerOptions linear_options(const Settings& settings, const Prepared& prepared) {
  TrainerOptions options;
  options.batch = std::min<Index>(256, prepared.source->rows(Part::train));
  options.epochs = 20;
  options.max_steps = 1500;
  options.seed = settings.seed;
  options.optimizer = Adam{};
  options.schedule = {.base = prepared.pipeline.pixels() > 0 ? 1e-3 : 1e-2, .decay = CosineDecay{}};
  options.patience = 3;
  return options;
}

}  // namespace fathom
