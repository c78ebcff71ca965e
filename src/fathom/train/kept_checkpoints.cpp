#include "fathom/train/kept_checkpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace fathom {

namespace {

constexpr std::string_view kept_prefix = "epoch-", kept_ending = ".safetensors";

// -1: not the name of a kept checkpoint.
Index epoch_of(std::string_view name) {
  if (!name.starts_with(kept_prefix) || !name.ends_with(kept_ending)) return -1;
  name.remove_prefix(kept_prefix.size());
  name.remove_suffix(kept_ending.size());
  Index epoch = -1;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), epoch);
  return error == std::errc() && end == name.data() + name.size() ? epoch : -1;
}

}  // namespace

std::string kept_checkpoint_file(Index epoch) {
  return fmt::format("checkpoints/{}{:04}{}", kept_prefix, epoch, kept_ending);
}

std::vector<KeptCheckpoint> kept_checkpoints(const std::string& run_path) {
  std::vector<KeptCheckpoint> kept;
  std::error_code none;  // a run without the folder has kept nothing
  for (const auto& entry : std::filesystem::directory_iterator(run_path + "/checkpoints", none))
    if (const Index epoch = epoch_of(entry.path().filename().string()); epoch >= 0)
      kept.push_back({epoch, entry.path().string()});
  std::sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.epoch < b.epoch; });
  return kept;
}

}  // namespace fathom
