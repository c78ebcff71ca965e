// Flags that stand for configuration keys.
#include <chrono>

#include "command.hpp"
#include "fathom/train/settings_problem.hpp"
#include "train_command.hpp"

namespace fathom::app {

namespace {

const std::vector<std::pair<std::string, std::string>>& key_flags() {
  static const std::vector<std::pair<std::string, std::string>> flags{{"--target", "output.name"},
                                                                      {"--epochs", "trainer.epochs"},
                                                                      {"--max-steps", "trainer.max_steps"},
                                                                      {"--batch-size", "trainer.batch_size"},
                                                                      {"--learning-rate", "trainer.learning_rate"},
                                                                      {"--time-limit", "trainer.time_limit"},
                                                                      {"--monitor", "trainer.early_stopping.monitor"},
                                                                      {"--patience", "trainer.early_stopping.patience"},
                                                                      {"--encoder", "model.encoder.type"},
                                                                      {"--init-from", "model.init_from"},
                                                                      {"--trials", "tune.trials"},
                                                                      {"--method", "tune.method"},
                                                                      {"--name", "name"}};
  return flags;
}

}  // namespace

void apply_flags(const Arguments& arguments, Settings& settings, Origins& origins) {
  std::vector<Error> errors;
  const auto set = [&](const std::string& assignment, const std::string& origin) {
    try {
      set_setting(assignment, origin, settings, origins);
    } catch (const Error& error) {
      errors.push_back(error);
    }
  };
  for (const std::string& assignment : arguments.all("--set")) set(assignment, "--set");
  for (const auto& [flag, key] : key_flags())
    if (arguments.has(flag)) {
      const bool text = key == "output.name" || key == "name" ||
                        key == "model.init_from";  // a name may hold anything, quotes and brackets too
      set(key + "=" + (text ? toml_string(arguments.get(flag)) : arguments.get(flag)), flag);
    }
  for (const std::string& column : arguments.all("--ignore")) {
    settings.inputs[column].kind = ColumnKind::ignored;
    origins["input." + column] = "--ignore";
  }
  if (arguments.has("--no-early-stop")) set("trainer.early_stopping.enabled=false", "--no-early-stop");
  if (arguments.has("--seed")) {
    const std::string seed = arguments.get("--seed");
    const auto random =
        static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count() / 1000) % 1000000;
    set("seed=" + (seed == "random" ? fmt::format("{}", random) : seed), "--seed");
  }
  if (!errors.empty()) throw joined(errors, message("{} errors on the command line; nothing was run", errors.size()));
}

}  // namespace fathom::app
