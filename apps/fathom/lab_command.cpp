// fathom lab, fathom tune: one experiment on a configuration, with its page, its numbers and a summary.
#include <filesystem>

#include "command.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/lab/experiments.hpp"
#include "page_command.hpp"
#include "progress.hpp"
#include "train_command.hpp"

namespace fathom::app {

namespace {

double limit_of(const Arguments& arguments) {
  if (!arguments.has("--time-limit")) return 0;
  const std::string text = arguments.get("--time-limit");
  const auto seconds = parse_duration(text);
  if (!seconds || *seconds <= 0)
    throw Error(Code::usage, message("--time-limit must be a time such as 10m, not \"{}\"", text));
  return *seconds;
}

// The keys of single experiments, each of which has a flag of its name.
std::map<std::string, std::string> options_of(const Arguments& arguments, const Experiment& experiment) {
  std::map<std::string, std::string> options;
  for (const Experiment& other : experiments())
    for (const ExperimentOption& option : other.options)
      if (other.name != experiment.name && arguments.has("--" + option.name))
        throw Error(Code::usage, message("--{} is not of the experiment {}", option.name, experiment.name));
  for (const ExperimentOption& option : experiment.options) {
    const std::string value = arguments.get("--" + option.name, option.choices.front());
    if (std::find(option.choices.begin(), option.choices.end(), value) == option.choices.end())
      throw Error(Code::usage, message("--{} must be one of {}, not \"{}\"", option.name,
                                       fmt::format("{}", fmt::join(option.choices, ", ")), value));
    options[option.name] = value;
  }
  return options;
}

// `path`: of a configuration or of data.
int run(const Experiment& experiment, const std::string& path, const Arguments& arguments, Interface& interface) {
  Laboratory::Options options{.seeds = static_cast<int>(whole_number(arguments, "--seeds", 1, 100, 3)),
                              .time_limit = limit_of(arguments),
                              .more = options_of(arguments, experiment)};
  Arguments of_the_training = arguments;
  of_the_training.flags.erase("--time-limit");  // of the experiment
  const Given given = given_settings(path, of_the_training);
  check_settings(given.settings, given.origins, given.config, given.text);
  MovingLine progress(interface);
  LabHooks hooks;
  hooks.interrupt = &listen_for_signals();
  hooks.on_progress = [&](std::size_t done, std::size_t all, const std::string& trial, const std::string& what) {
    progress.show(
        fmt::format("{} {}/{}  {}: {}", interface.say("trainings done", "已完成训练"), done, all, trial, what));
  };
  hooks.on_measure = [&](const std::string& name) {
    progress.show(fmt::format("{} {}", interface.say("measures", "测量"), name));
  };
  Laboratory lab(arguments.get("--labs-dir", "labs"), experiment.name, given.settings, options, report_words(interface),
                 hooks);
  interface.tell(
      fmt::format("{}  {}", interface.paint(Color::bold, interface.say(Message(experiment.about)), true), lab.path()));
  try {
    const LabReport report = run_experiment(experiment, lab);
    progress.clear();
    const std::string page = lab.path() + "/report.html";
    write_file(page, lab_page(report, lab));
    write_file(lab.path() + "/numbers.csv", lab_numbers(report));
    const Json json = lab_json(report, lab);
    write_file(lab.path() + "/findings.json", write_json(json, 1) + "\n");
    if (interface.json) {
      fmt::print("{}\n", write_json(json));
    } else {
      for (const std::string& line : lab_summary(report, lab, std::max(40, interface.width - 1), interface.unicode))
        fmt::print("{}\n", line);
      fmt::print("{}\n", page);
    }
    return 0;
  } catch (const LabInterrupted&) {
    progress.clear();
    interface.tell(interface.say("Stopped. What is done is kept: the same command goes on.",
                                 "已停止。已完成的部分已保存：用同一命令即可继续。"));
    return static_cast<int>(stopped_by());
  }
}

}  // namespace

int run_lab(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  return run(find_experiment(arguments.positional[0]), arguments.positional[1], arguments, interface);
}

int run_tune(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  return run(tune_experiment(), arguments.positional[0], arguments, interface);
}

}  // namespace fathom::app
