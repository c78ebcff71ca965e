// fathom train, fathom resume.
#include "train_command.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <optional>
#include <sstream>

#include "command.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/cpu/tile.hpp"
#include "fathom/data/bytes.hpp"
#include "fathom/inspect/plateau.hpp"
#include "fathom/train/json_lines.hpp"
#include "fathom/train/model_files.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "train_report.hpp"

namespace fathom::app {

namespace {

namespace files = std::filesystem;

std::atomic<bool> stop_asked{false};
std::atomic<int> stop_signal{0};

void on_signal(int signal) {
  if (stop_asked.exchange(true)) _exit(128 + signal);
  stop_signal = signal;
}

// A run is resumed and judged from anywhere, so its configuration names its data in full.
Settings with_full_paths(Settings settings) {
  for (std::string* path :
       {&settings.data.path, &settings.data.labels, &settings.data.test_path, &settings.data.test_labels})
    if (!path->empty()) *path = files::absolute(*path).lexically_normal().string();
  return settings;
}

// The values of a resolved configuration come from where its comments say.
void keep_first_origins(const std::string& resolved, Origins& origins) {
  std::vector<std::string> comments{""};
  std::istringstream lines(resolved);
  for (std::string line; std::getline(lines, line);)
    comments.push_back(line.substr(line.rfind("# ") == std::string::npos ? line.size() : line.rfind("# ") + 2));
  for (auto& [key, origin] : origins)
    if (const auto line = std::stoul(origin.substr(origin.rfind(':') + 1));
        line < comments.size() && !comments[line].empty())
      origin = comments[line];
}

// What is to be trained: a new run, or one to go on with.
struct Job : Given {
  std::optional<RunInfo> run;
};

// The settings of a run, by which it was trained.
void load_run(const RunInfo& run, Settings& settings, Origins& origins, std::string& text) {
  const std::string config = run.path + "/config.resolved.toml";
  if (!files::exists(config))
    throw Error(Code::data,
                message("run {} was stopped before it had begun: there is nothing to go on from", run.number), run.path,
                fmt::format("fathom {}", fmt::join(run.command, " ")));
  load_config(config, settings, origins, text);
  keep_first_origins(text, origins);
}

// What a run has learnt from and how: with another value, its weights or its results would mean something else.
bool is_of_the_run(const std::string& key) {
  if (key == "data.images") return false;  // the same pixels
  for (const char* table : {"data.", "augment.", "split.", "output.", "model."})
    if (key.starts_with(table)) return true;
  return key == "seed" || key == "trainer.optimizer" || key == "trainer.freeze" ||
         key == "trainer.loaded_learning_rate_factor" || key == "trainer.batch_size" ||
         key == "trainer.early_stopping.monitor";
}

void refuse_changes(const RunInfo& run, const Settings& settings) {
  Settings before;
  Origins origins;
  std::string text;
  load_run(run, before, origins, text);
  std::vector<std::string> changed;
  before = with_full_paths(before);
  const Settings after = with_full_paths(settings);
  for (const Key& key : settings_keys())
    if (is_of_the_run(key.path) && key.show(before) != key.show(after))
      changed.push_back(fmt::format("{} = {}", key.path, key.show(before)));
  const bool inputs = before.inputs != after.inputs;
  if (changed.empty() && !inputs) return;
  const std::string list = fmt::format("{}", fmt::join(changed, ", "));
  throw Error(Code::config,
              message("run {} was begun with {}, and going on cannot change that", run.number,
                      !inputs           ? message("{}", list)
                      : changed.empty() ? Message("other [[input]] tables")
                                        : message("{}, other [[input]] tables", list)),
              {}, "start a new run: fathom train");
}

// The newest run of these settings that did not come to its end.
std::optional<RunInfo> unfinished_run(const std::string& runs, const Settings& settings) {
  const std::string wanted = resolved_settings(with_full_paths(settings), {});
  std::vector<RunInfo> all = list_runs(runs);
  std::reverse(all.begin(), all.end());
  for (const RunInfo& run : all) {
    if (run.status != RunStatus::interrupted && run.status != RunStatus::stopped && run.status != RunStatus::failed)
      continue;
    Settings its;
    Origins origins;
    std::string text;
    try {
      load_run(run, its, origins, text);
    } catch (const Error&) {
      continue;  // it had not begun, or is of another version
    }
    if (resolved_settings(with_full_paths(its), {}) == wanted) return run;
  }
  return {};
}

RunFolder new_folder(const Job& job, const Session& session, const Arguments& arguments) {
  const Settings& settings = job.settings;
  RunInfo start;
  start.threads = Pool::shared().threads();
  start.seed = settings.seed;
  start.command = arguments.command_line;
  start.versions = {{"fathom", version}, {"simd", std::string(simd_target())}, {"compiler", __VERSION__}};
  start.facts = {{"target", session.prepared().pipeline.target.name},
                 {"task", std::string(name_of(session.prepared().pipeline.target.task))},
                 {"data", settings.data.path}};
  if (session.initial() != nullptr) start.facts.emplace_back("init_from", session.initial()->origin());
  return RunFolder::create(
      runs_folder(arguments),
      settings.name.empty() ? files::path(settings.data.path).stem().stem().string() : settings.name, start);
}

Message plateau_sentence(const curvature::Survey& survey) {
  if (survey.finding.verdict == curvature::Verdict::still_descending)
    return "It moves slowly: a step along the gradient still gains.";
  if (!survey.escape || survey.escape->outcome != curvature::Outcome::way_out)
    return message("It stands still: {}.", Message(name_of(survey.finding.verdict)));
  const curvature::Escape& escape = *survey.escape;
  return message(
      "It leaves a saddle: a step along the most negative direction takes the loss of all rows from {} to {}, "
      "and {} pairs of trainings end lower behind it by {}.",
      metric_text(escape.loss_before), metric_text(escape.loss_after), escape.twins.size(),
      metric_text(escape.gain.value));
}

std::string plateau_json(Index epoch, const curvature::Survey& survey) {
  Json json{
      {"schema", "fathom/1"}, {"event", "plateau"}, {"epoch", epoch}, {"verdict", name_of(survey.finding.verdict)}};
  if (survey.escape)
    json["way_out"] = {{"outcome", name_of(survey.escape->outcome)},
                       {"loss_before", survey.escape->loss_before},
                       {"loss_after", survey.escape->loss_after}};
  return write_json(json);
}

int train(const Job& job, const Arguments& arguments, const Interface& interface) {
  const Settings& settings = job.settings;
  if (job.run) refuse_changes(*job.run, settings);
  check_settings(settings, job.origins, job.config, job.text);
  for (const std::string& path : {settings.data.path, settings.data.test_path})
    if (is_stream(path))
      throw Error(Code::usage, message("training needs a file, and {} can be read only once", path), {},
                  "save it first: a run is resumed and judged from its data");
  Session session(settings, prepare(settings), job.run ? job.run->path : std::string());
  if (arguments.has("--dry-run")) {
    Progress progress(interface, settings.trainer.epochs, nullptr);
    print_dry_run(progress, interface, session, settings);
    return 0;
  }
  listen_for_signals();
  RunFolder folder = job.run ? RunFolder::open_for_writing(job.run->path) : new_folder(job, session, arguments);
  const std::string resolved = resolved_settings(with_full_paths(settings), job.origins);
  if (job.run) {
    session.resume(folder, arguments.has("--escape"));
    // What this resume was asked for holds for the next one too.
    write_file(folder.file("config.resolved.toml"), resolved);
  } else {
    session.start(folder, job.text, resolved);
  }
  Progress progress(interface, settings.trainer.epochs, &folder);
  progress.event(run_json(folder.info()));
  print_data(progress, interface, session.prepared(), settings);
  print_model(progress, interface, session, interface.verbose);
  if (session.initial() != nullptr) progress.event(initial_json(*session.initial()));
  const Baselines& baselines = session.baselines(&stop_asked);
  progress.line(fmt::format("{}{}", interface.paint(Color::bold, padded(interface.say("Baseline", "基准"), 10), true),
                            baseline_words(interface, session.prepared(), baselines)));
  progress.event(metrics_json("baseline", baselines.linear));
  progress.line(fmt::format("{}{}   {} {}", interface.paint(Color::bold, padded(interface.say("Run", "运行"), 8), true),
                            folder.path(), interface.say("seed", "种子"), settings.seed));
  progress.line("");
  bool said_stopping = false;
  SessionHooks hooks;
  hooks.interrupt = &stop_asked;
  hooks.interrupted_by = stopped_by;
  const Index batch = session.summary().batch;
  hooks.on_step = [&](const StepReport& step) {
    progress.step(step, batch);
    if (stop_asked && !said_stopping) {
      said_stopping = true;
      progress.line(std::string(interface.say("Stopping after this step, saving... press again to quit now.",
                                              "本步之后停止并保存……再按一次立即退出。")));
    }
  };
  hooks.on_epoch = [&](const EpochReport& epoch, const std::vector<ResultMetric>& valid) {
    progress.epoch(epoch, valid);
  };
  hooks.on_plateau = [&](const EpochReport& epoch, const Flat& weights, const std::function<void()>& alive) {
    progress.line(interface.say(message("The training loss has not moved for {} epochs: looking where it stands.",
                                        settings.trainer.plateau_patience)));
    curvature::PlateauLook look = curvature::look_for_way_out(
        settings, session.prepared(), weights,
        {.loaded = session.initial() != nullptr ? session.initial()->names() : std::set<std::string>(),
         .interrupt = &stop_asked,
         .alive = alive});
    progress.line(interface.say(plateau_sentence(look.survey)));
    progress.event(plateau_json(epoch.epoch, look.survey));
    return std::move(look.weights);
  };
  const SessionResult result = session.run(folder, hooks);
  return report(progress, interface, session, result, folder, settings);
}

RunInfo run_to_go_on_with(const std::string& runs, const std::string& spec) {
  const RunInfo run = find_run(runs, spec);
  if (run.status == RunStatus::running)
    throw Error(Code::try_again, message("run {} is still running (process {} on {})", run.number, run.pid, run.host));
  return run;
}

// The settings that the run has, with what the flags say on top.
int go_on(const RunInfo& run, const Arguments& arguments, const Interface& interface) {
  Job job;
  job.run = run;
  load_run(run, job.settings, job.origins, job.text);
  apply_flags(arguments, job.settings, job.origins);
  return train(job, arguments, interface);
}

}  // namespace

void load_config(const std::string& path, Settings& settings, Origins& origins, std::string& text) {
  text = read_file(path);
  read_settings(text, path, settings, origins);
}

std::atomic<bool>& listen_for_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
  return stop_asked;
}

Code stopped_by() { return stop_signal == SIGINT ? Code::interrupted : Code::terminated; }

Given given_settings(const std::string& what, const Arguments& arguments) {
  Given given;
  Settings& settings = given.settings;
  if (is_config(what)) {
    given.config = what;
    load_config(what, settings, given.origins, given.text);
    const files::path folder = files::path(what).parent_path();
    for (std::string* path :
         {&settings.data.path, &settings.data.labels, &settings.data.test_path, &settings.data.test_labels})
      if (!path->empty() && files::path(*path).is_relative() && !folder.empty()) *path = (folder / *path).string();
    if (std::string& from = settings.model.init_from;
        from.find('/') != std::string::npos && files::path(from).is_relative())
      from = (folder / from).string();
    if (settings.name.empty() && files::path(what).stem() != "fathom")
      settings.name = files::path(what).stem().string();
  } else {
    settings.data.path = what;
    given.origins["data.path"] = "command line";
  }
  apply_flags(arguments, settings, given.origins);
  if (settings.name.empty() && files::is_directory(settings.data.path))
    settings.name = (files::path(settings.data.path) / "").parent_path().filename().string();
  complete_paths(settings);
  return given;
}

bool is_config(const std::string& path) { return path.size() > 5 && path.substr(path.size() - 5) == ".toml"; }

int run_train(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  const std::string resume = arguments.get("--resume"), runs = runs_folder(arguments);
  const std::string what = arguments.positional.empty() ? "fathom.toml" : arguments.positional.front();
  if (arguments.positional.empty() && !files::exists(what)) {
    if (!resume.empty() && resume != "auto") return go_on(run_to_go_on_with(runs, resume), arguments, interface);
    throw Error(Code::usage, "there is no fathom.toml here, and no data was named", {},
                "fathom train DATA.csv --target COLUMN");
  }
  Job job{given_settings(what, arguments), {}};
  Settings& settings = job.settings;
  // By its path: `latest` is another run as soon as this one is there.
  if (std::string& from = settings.model.init_from; !from.empty())
    from = files::absolute(model_folder(runs, from)).lexically_normal().string();
  if (resume == "auto")
    job.run = unfinished_run(runs, settings);
  else if (!resume.empty())
    job.run = run_to_go_on_with(runs, resume);
  return train(job, arguments, interface);
}

int run_resume(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  return go_on(run_to_go_on_with(runs_folder(arguments), arguments.positional.front()), arguments, interface);
}

}  // namespace fathom::app
