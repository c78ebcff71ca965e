#include "bench/problem.hpp"

#include <toml++/toml.h>

namespace fathom::bench {

Problem read_problem(const std::string& path) {
  const toml::table table = toml::parse_file(path);
  Problem problem;
  problem.task = table["task"].value_or("");
  problem.network = table["network"].value_or("");
  problem.optimizer = table["optimizer"].value_or("");
  if (const auto* layers = table["layers"].as_array())
    for (const auto& layer : *layers) problem.layers.push_back(layer.value_or(Index{0}));
  problem.batch = table["batch"].value_or(Index{0});
  problem.fields = table["fields"].value_or(Index{0});
  problem.levels = table["levels"].value_or(Index{0});
  problem.width = table["width"].value_or(Index{0});
  problem.learning_rate = table["learning_rate"].value_or(0.0);
  if (const auto* shapes = table["shapes"].as_array())
    for (const auto& shape : *shapes) problem.shapes.push_back(shape.value_or(std::string()));
  return problem;
}

}  // namespace fathom::bench
