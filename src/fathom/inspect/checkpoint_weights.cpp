#include "fathom/inspect/checkpoint_weights.hpp"

#include <algorithm>
#include <filesystem>

#include "fathom/data/table.hpp"
#include "fathom/train/initial_weights.hpp"
#include "fathom/train/kept_checkpoints.hpp"

namespace fathom::curvature {

bool is_epoch(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

namespace {

Flat start_of(const RunPoint& point) {
  if (std::filesystem::exists(point.run.path + "/" + kept_checkpoint_file(0))) return point.weights_of("0");
  Flat weights = point.model->parameters().initialise(point.settings.seed);
  if (const std::string taken = point.run.path + "/checkpoints/init.safetensors"; std::filesystem::exists(taken))
    InitialWeights::from_file(taken).apply(weights);
  return weights;
}

}  // namespace

Message checkpoint_title(const std::string& name) { return is_epoch(name) ? message("epoch {}", name) : Message(name); }

Flat checkpoint_weights(const RunPoint& point, const std::string& name) {
  if (name == "start") return start_of(point);
  if (name == "best" || name == "last" || is_epoch(name)) return point.weights_of(name);
  const std::string closest = closest_name(name, {"start", "best", "last"});
  throw Error(Code::usage, message("a checkpoint is start, best, last or the number of an epoch, not \"{}\"", name), {},
              closest.empty() ? Message() : message("did you mean \"{}\"?", closest));
}

}  // namespace fathom::curvature
