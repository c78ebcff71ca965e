#include "fathom/train/model_files.hpp"

#include <filesystem>

#include "fathom/base/error.hpp"
#include "fathom/train/run_folder_find.hpp"

namespace fathom {

namespace files = std::filesystem;

ModelFiles model_files(const std::string& folder) {
  const auto first_of = [&](std::initializer_list<const char*> names) -> std::string {
    for (const char* name : names)
      if (const files::path path = files::path(folder) / name; files::exists(path)) return path.string();
    return {};
  };
  ModelFiles found{
      .pipeline = first_of({"model/pipeline.json", "pipeline.json"}),
      .weights = first_of({"model/model.safetensors", "checkpoints/best.safetensors", "model.safetensors"})};
  if (found.pipeline.empty())
    throw Error(Code::data, message("{} holds no model", folder), {},
                "give a run (fathom runs), or a copy of its model folder");
  if (found.weights.empty())
    throw Error(Code::data, message("{} has no weights yet: its first epoch was not finished", folder), {},
                "fathom resume " + folder);
  return found;
}

bool is_model_copy(const std::string& path) {
  return !files::exists(files::path(path) / "run.json") && files::exists(files::path(path) / "pipeline.json");
}

std::string model_folder(const std::string& runs_dir, const std::string& spec) {
  return is_model_copy(spec) ? spec : find_run(runs_dir, spec).path;
}

}  // namespace fathom
