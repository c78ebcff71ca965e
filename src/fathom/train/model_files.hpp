// The files of a trained model, in a run's folder or in a copy of its model folder.
#pragma once

#include <string>

namespace fathom {

struct ModelFiles {
  std::string pipeline, weights;  // paths
};
// Throws Error(data) when the folder holds no model, or no weights yet.
ModelFiles model_files(const std::string& folder);

// The folder that `spec` names: a copy of a model folder by its path, or a run as find_run takes it.
std::string model_folder(const std::string& runs_dir, const std::string& spec);
// Whether the path is a copy of a model folder.
bool is_model_copy(const std::string& path);

}  // namespace fathom
