#include "fathom/inspect/checkpoint_weights.hpp"

#include <charconv>
#include <cmath>
#include <filesystem>

#include "fathom/data/table.hpp"
#include "fathom/train/checkpoint.hpp"
#include "fathom/train/initial_weights.hpp"
#include "fathom/train/kept_checkpoints.hpp"

namespace fathom::curvature {

namespace {

std::optional<Index> epoch_in(const std::string& name) {
  Index epoch = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), epoch);
  return error == std::errc() && end == name.data() + name.size() && epoch >= 0 ? std::optional(epoch) : std::nullopt;
}

std::string existing(std::initializer_list<std::string> files) {
  for (const std::string& file : files)
    if (std::filesystem::exists(file)) return file;
  return {};
}

std::string file_of_epoch(const RunInfo& run, Index epoch) {
  const std::vector<KeptCheckpoint> kept = kept_checkpoints(run.path);
  std::vector<std::string> epochs;
  for (const KeptCheckpoint& one : kept) {
    if (one.epoch == epoch) return one.file;
    epochs.push_back(fmt::format("{}", one.epoch));
  }
  const Message what =
      kept.empty() ? message("run {} has no checkpoint of epoch {}: it keeps none by epoch", run.number, epoch)
                   : message("run {} has no checkpoint of epoch {}: it keeps {}", run.number, epoch, listed(epochs, 8));
  throw Error(Code::data, what, {}, kept.empty() ? "train with trainer.keep_checkpoints = 1" : "");
}

// Empty: the start, made again.
std::string file_of(const RunInfo& run, const std::string& name) {
  const std::string folder = run.path + "/checkpoints/";
  if (const std::optional<Index> epoch = epoch_in(name)) return file_of_epoch(run, *epoch);
  if (name == "start") return existing({run.path + "/" + kept_checkpoint_file(0)});
  if (name != "best" && name != "last") {
    const std::string closest = closest_name(name, {"start", "best", "last"});
    throw Error(Code::usage, message("a checkpoint is start, best, last or the number of an epoch, not \"{}\"", name),
                {}, closest.empty() ? Message() : message("did you mean \"{}\"?", closest));
  }
  const std::string file = name == "best"
                               ? existing({folder + "best.safetensors", run.path + "/model/model.safetensors"})
                               : existing({folder + "last.safetensors"});
  if (file.empty()) fail(Code::data, "run {} has no checkpoint \"{}\" yet", run.number, name);
  return file;
}

}  // namespace

Message checkpoint_title(const std::string& name) { return epoch_in(name) ? message("epoch {}", name) : Message(name); }

Flat checkpoint_weights(const RunInfo& run, const RunPoint& point, const std::string& name) {
  const std::string file = file_of(run, name);
  if (file.empty()) {
    Flat weights = point.model->parameters().initialise(point.settings.seed);
    if (const std::string taken = existing({run.path + "/checkpoints/init.safetensors"}); !taken.empty())
      InitialWeights::from_file(taken).apply(weights);
    return weights;
  }
  Flat weights(point.model->parameters());
  load_weights(file, weights);
  for (std::size_t k = 0; k < weights.layout().size(); ++k)
    for (const float value : weights.view(k).span<float>())
      if (!std::isfinite(value))
        fail(Code::data, "{} has a weight that is not finite, in {}", file, weights.layout()[k].name);
  return weights;
}

}  // namespace fathom::curvature
