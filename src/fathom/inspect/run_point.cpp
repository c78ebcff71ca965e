#include "fathom/inspect/run_point.hpp"

#include <cmath>
#include <filesystem>

#include "fathom/base/atomic_file.hpp"
#include "fathom/train/checkpoint.hpp"
#include "fathom/train/initial_weights.hpp"
#include "fathom/train/settings.hpp"

namespace fathom::curvature {

namespace {

std::string weights_file(const RunInfo& run, Checkpoint checkpoint) {
  std::vector<std::string> candidates{run.path + "/checkpoints/last.safetensors"};
  if (checkpoint == Checkpoint::best)
    candidates = {run.path + "/checkpoints/best.safetensors", run.path + "/model/model.safetensors"};
  for (const std::string& file : candidates)
    if (std::filesystem::exists(file)) return file;
  throw Error(Code::data, message("run {} has no checkpoint \"{}\" yet", run.number,
                                  checkpoint == Checkpoint::best ? "best" : "last"));
}

void need_finite_weights(const Flat& weights, const std::string& file) {
  for (std::size_t k = 0; k < weights.layout().size(); ++k)
    for (const float value : weights.view(k).span<float>())
      if (!std::isfinite(value))
        fail(Code::data, "{} has a weight that is not finite, in {}", file, weights.layout()[k].name);
}

Flat widened(const Flat& single, const Parameters& layout) {
  Flat result(layout);
  for (std::size_t k = 0; k < layout.size(); ++k) {
    const auto from = single.view(k).span<float>();
    const auto to = result.view(k).span<double>();
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<double>(from[i]);
  }
  return result;
}

}  // namespace

LossRows RunPoint::rows(std::vector<Index> of) const {
  return {.objective = objective, .source = *prepared->source, .rows = std::move(of), .frozen = frozen};
}

std::unique_ptr<RunPoint> load_run_point(const RunInfo& run, Checkpoint checkpoint, Index f64_up_to) {
  auto point = std::make_unique<RunPoint>();
  point->file = weights_file(run, checkpoint);
  const std::string config = run.path + "/config.resolved.toml";
  Origins origins;
  read_settings(read_file(config), config, point->settings, origins);
  point->prepared = prepare(point->settings);
  if (fmt::format("{:016x}", point->prepared->hash) != run.data_hash)
    throw Error(Code::data, message("{} is not the data that run {} was trained on", point->prepared->path, run.number),
                {}, "put the old file back");
  const Pipeline& pipeline = point->prepared->pipeline;
  TableModelOptions options = model_options(point->settings, pipeline);
  const TableModel stored(pipeline, options);
  Flat single(stored.parameters());
  load_weights(point->file, single);
  need_finite_weights(single, point->file);
  const bool wide = stored.parameters().learned() <= f64_up_to;
  options.dtype = wide ? Dtype::f64 : Dtype::f32;
  point->model = std::make_unique<TableModel>(pipeline, options);
  const Parameters& parameters = point->model->parameters();
  point->weights = wide ? widened(single, parameters) : std::move(single);
  point->frozen = matching_names(point->settings.trainer.freeze, parameters);
  point->objective = make_objective(*point->model, pipeline, point->settings);
  return point;
}

}  // namespace fathom::curvature
