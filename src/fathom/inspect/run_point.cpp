#include "fathom/inspect/run_point.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include "fathom/base/atomic_file.hpp"
#include "fathom/inspect/chunk_length.hpp"
#include "fathom/inspect/train_on.hpp"
#include "fathom/train/checkpoint.hpp"
#include "fathom/train/initial_weights.hpp"
#include "fathom/train/kept_checkpoints.hpp"
#include "fathom/train/settings.hpp"

namespace fathom::curvature {

namespace {

constexpr std::string_view kept_mean = ".running_mean";

void need_finite_weights(const Flat& weights, const std::string& file) {
  for (std::size_t k = 0; k < weights.layout().size(); ++k)
    for (const float value : weights.view(k).span<float>())
      if (!std::isfinite(value))
        throw Error(Code::data, message("{} has a weight that is not finite, in {}", file, weights.layout()[k].name),
                    {}, "use --checkpoint best, or the number of an earlier epoch that was kept");
}

std::string kept_file(const RunInfo& run, Index epoch) {
  const std::vector<KeptCheckpoint> kept = kept_checkpoints(run.path);
  std::vector<std::string> epochs;
  for (const KeptCheckpoint& one : kept) {
    if (one.epoch == epoch) return one.file;
    epochs.push_back(std::to_string(one.epoch));
  }
  if (kept.empty())
    throw Error(Code::data, message("run {} has kept no weights of epoch {}", run.number, epoch), {},
                "train with --set trainer.keep_checkpoints=1, or use --checkpoint best or last");
  throw Error(
      Code::data,
      message("run {} has kept the weights of {} epochs, and {} is none of them", run.number, kept.size(), epoch), {},
      message("those kept are {}", fmt::join(epochs, ", ")));
}

Flat read_weights(const std::string& file, const Parameters& stored) {
  Flat weights(stored);
  load_weights(file, weights);
  need_finite_weights(weights, file);
  return weights;
}

// Whether a rectifier stands behind a layer: behind its norm where it has one.
bool reads(const Rectifier& rectifier, const DenseLayer& layer) {
  const std::string last = (layer.norm.empty() ? layer.name : layer.norm) + ".weight";
  return std::find(rectifier.parameters.begin(), rectifier.parameters.end(), last) != rectifier.parameters.end();
}

// Layers with a batch norm behind them, by the names that the networks give: conv1 and norm1 (cnn.cpp), stem and
// stem_norm (networks.cpp).
std::vector<std::string> before_batch_norms(const Parameters& parameters) {
  std::vector<std::string> names;
  for (const Parameter& one : parameters) {
    if (!one.name.ends_with(kept_mean)) continue;
    const std::string norm = one.name.substr(0, one.name.size() - kept_mean.size());
    std::string layer = norm;
    if (norm.ends_with("_norm"))
      layer.resize(norm.size() - 5);
    else if (const std::size_t at = norm.rfind("norm"); at != std::string::npos)
      layer.replace(at, 4, "conv");
    if (layer != norm && parameters.find(layer + ".weight") != nullptr) names.push_back(layer);
  }
  return names;
}

}  // namespace

std::vector<Symmetry> symmetries_of(const RunPoint& point, std::span<const Rectifier> rectifiers, Mode mode) {
  const TableModelOptions options = model_options(point.settings, point.prepared->pipeline);
  DenseNetwork network{
      .layers = {},
      .softmax = point.prepared->pipeline.target.task == Task::multiclass && point.settings.output.loss != "mse"};
  for (std::size_t k = 1; k <= options.hidden.size(); ++k)
    network.layers.push_back(
        {fmt::format("hidden{}", k), options.norm == "layer" ? fmt::format("norm{}", k) : "", options.activation});
  network.layers.push_back({.name = "output"});
  std::vector<DeadUnits> dead;
  for (const Rectifier& one : rectifiers)
    for (std::size_t k = 0; k + 1 < network.layers.size(); ++k)
      if (!one.dead.empty() && network.layers[k].activation == "relu" && reads(one, network.layers[k]))
        dead.push_back({k, one.dead});
  if (mode == Mode::training) network.before_batch_norm = before_batch_norms(point.model->parameters());
  return symmetries_of(network, point.weights, point.frozen, dead);
}

std::string checkpoint_file(const RunInfo& run, const std::string& checkpoint) {
  std::vector<std::string> candidates;
  if (checkpoint == "best") {
    candidates = {run.path + "/checkpoints/best.safetensors", run.path + "/model/model.safetensors"};
  } else if (checkpoint == "last") {
    candidates = {run.path + "/checkpoints/last.safetensors"};
  } else {
    Index epoch = -1;
    const auto [end, problem] = std::from_chars(checkpoint.data(), checkpoint.data() + checkpoint.size(), epoch);
    if (problem != std::errc() || end != checkpoint.data() + checkpoint.size() || epoch < 0)
      throw Error(Code::usage,
                  message("--checkpoint must be best, last or the number of an epoch, not \"{}\"", checkpoint));
    return kept_file(run, epoch);
  }
  for (const std::string& file : candidates)
    if (std::filesystem::exists(file)) return file;
  throw Error(Code::data, message("run {} has no checkpoint \"{}\" yet", run.number, checkpoint), {},
              "a training writes it at the end of its first epoch");
}

LossRows RunPoint::rows(std::vector<Index> of, Mode mode) const {
  LossRows rows{.objective = objective,
                .source = *prepared->source,
                .rows = std::move(of),
                .chunk = chunk,
                .frozen = frozen,
                .mode = mode};
  if (mode == Mode::training) rows.chunk = std::max<Index>(1, static_cast<Index>(rows.rows.size()));
  return rows;
}

std::set<std::string> RunPoint::loaded() const {
  const std::string taken = run.path + "/checkpoints/init.safetensors";
  return std::filesystem::exists(taken) ? InitialWeights::from_file(taken).names() : std::set<std::string>();
}

bool RunPoint::has_batch_norm() const {
  const Parameters& parameters = model->parameters();
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const Parameter& one) { return one.name.ends_with(kept_mean); });
}

Flat RunPoint::weights_of(const std::string& checkpoint) const {
  return converted(read_weights(checkpoint_file(run, checkpoint), trained->parameters()), weights.layout());
}

std::unique_ptr<RunPoint> load_run_point(const RunInfo& run, const std::string& checkpoint, Index f64_up_to) {
  auto point = std::make_unique<RunPoint>();
  point->run = run;
  point->file = checkpoint_file(run, checkpoint);
  const std::string config = run.path + "/config.resolved.toml";
  Origins origins;
  read_settings(read_file(config), config, point->settings, origins);
  point->prepared = prepare(point->settings);
  if (fmt::format("{:016x}", point->prepared->hash) != run.data_hash)
    throw Error(Code::data, message("{} is not the data that run {} was trained on", point->prepared->path, run.number),
                {}, "put the old file back");
  const Pipeline& pipeline = point->prepared->pipeline;
  TableModelOptions options = model_options(point->settings, pipeline);
  point->trained = std::make_unique<TableModel>(pipeline, options);
  const Flat single = read_weights(point->file, point->trained->parameters());
  options.dtype = point->trained->parameters().learned() <= f64_up_to ? Dtype::f64 : Dtype::f32;
  options.dropout = options.input_noise = 0;
  point->model = std::make_unique<TableModel>(pipeline, options);
  const Parameters& parameters = point->model->parameters();
  point->weights = converted(single, parameters);
  point->frozen = matching_names(point->settings.trainer.freeze, parameters);
  point->objective = make_objective(*point->model, pipeline, point->settings);
  const Index there = point->prepared->source->rows(Part::train);
  if (std::any_of(parameters.begin(), parameters.end(),
                  [&](const Parameter& one) { return one.learned && !point->frozen.contains(one.name); }))
    point->chunk = chunk_within_training(point->rows({}), point->weights, step_size(point->settings, there));
  return point;
}

}  // namespace fathom::curvature
