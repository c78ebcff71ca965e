// fathom train, fathom resume.
#include "train_command.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "command.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/cpu/tile.hpp"
#include "fathom/data/bytes.hpp"
#include "fathom/train/json_lines.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "progress.hpp"

namespace fathom::app {

namespace {

namespace files = std::filesystem;

std::atomic<bool> stop_asked{false};
std::atomic<int> stop_signal{0};

void on_signal(int signal) {
  if (stop_asked.exchange(true)) _exit(128 + signal);
  stop_signal = signal;
}

void listen_for_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

// Flags that stand for keys.
const std::vector<std::pair<std::string, std::string>>& key_flags() {
  static const std::vector<std::pair<std::string, std::string>> flags{{"--target", "output.name"},
                                                                      {"--epochs", "trainer.epochs"},
                                                                      {"--max-steps", "trainer.max_steps"},
                                                                      {"--batch-size", "trainer.batch_size"},
                                                                      {"--learning-rate", "trainer.learning_rate"},
                                                                      {"--time-limit", "trainer.time_limit"},
                                                                      {"--patience", "trainer.early_stopping.patience"},
                                                                      {"--name", "name"}};
  return flags;
}

// Sets every key that the command line names. All mistakes are told together.
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
      const bool text = key == "output.name" || key == "name";  // a name may hold anything, quotes and brackets too
      set(key + "=" + (text ? toml_string(arguments.get(flag)) : arguments.get(flag)), flag);
    }
  for (const std::string& column : arguments.all("--ignore")) settings.inputs[column].kind = ColumnKind::ignored;
  if (arguments.has("--no-early-stop")) set("trainer.early_stopping.enabled=false", "--no-early-stop");
  if (arguments.has("--seed")) {
    const std::string seed = arguments.get("--seed");
    const auto random =
        static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count() / 1000) % 1000000;
    set("seed=" + (seed == "random" ? fmt::format("{}", random) : seed), "--seed");
  }
  if (errors.size() == 1) throw errors.front();
  std::string all;
  for (const Error& error : errors)
    all += fmt::format("{}{}{}{}", all.empty() ? "" : "\nerror: ", error.what(),
                       error.where().empty() ? "" : "\n  --> " + error.where(),
                       error.hint().empty() ? "" : "\nhelp: " + error.hint());
  if (!errors.empty())
    throw Error(errors.front().code(),
                fmt::format("{}\n\n{} errors on the command line; nothing was run", all, errors.size()));
}

// A run is resumed and judged from anywhere, so its configuration names its data in full.
std::string resolved_for_run(Settings settings, const Origins& origins) {
  for (std::string* path :
       {&settings.data.path, &settings.data.labels, &settings.data.test_path, &settings.data.test_labels})
    if (!path->empty()) *path = files::absolute(*path).lexically_normal().string();
  return resolved_settings(settings, origins);
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

void print_data(Progress& progress, const Interface& interface, const Prepared& prepared, const Settings& settings) {
  const auto label = [&](std::string_view english, std::string_view chinese) {
    return interface.paint(Color::bold, padded(interface.say(english, chinese), 8), true);
  };
  progress.line(fmt::format("{}{}  {} {} x {} {}  ({}, {})", label("Data", "数据"), settings.data.path,
                            grouped(prepared.file_rows), interface.say("rows", "行"), grouped(prepared.file_columns),
                            interface.say("columns", "列"), megabytes(prepared.file_bytes),
                            short_time(prepared.seconds)));
  if (prepared.pipeline.pixels() > 0)
    progress.line(fmt::format("        {} x {} {}, {}", prepared.pipeline.image_rows, prepared.pipeline.image_columns,
                              interface.say("pixels", "像素"), interface.say(prepared.schema.target.reason)));
  int widest = 8;
  for (const ColumnInfo& info : prepared.schema.inputs) widest = std::clamp(width_of(printable(info.name)), widest, 24);
  const std::size_t most = interface.verbose ? 100000 : 30;
  const auto row = [&](const ColumnInfo& info, std::string_view kind) {
    const std::string missing =
        info.missing > 0 ? fmt::format(", {} {}", grouped(info.missing), interface.say("missing", "缺失")) : "";
    progress.line(fmt::format("        {}  {} {}{}", padded(cut(info.name, widest), widest),
                              padded(interface.say(Message(kind)), 9), interface.say(info.reason), missing));
  };
  if (prepared.pipeline.pixels() == 0) row(prepared.schema.target, name_of(prepared.schema.target.kind));
  for (std::size_t i = 0; i < prepared.schema.inputs.size(); ++i) {
    if (i == most) {
      progress.line(fmt::format("        ... {} {}", prepared.schema.inputs.size() - i,
                                interface.say("more (-v shows all)", "列未显示（-v 显示全部）")));
      break;
    }
    row(prepared.schema.inputs[i], name_of(prepared.schema.inputs[i].kind));
  }
  for (const Message& note : prepared.notes)
    progress.line(fmt::format("        {}", interface.paint(Color::yellow, interface.say(note), true)));
  if (prepared.dropped > 0)
    progress.line(fmt::format("        {} {}", grouped(prepared.dropped),
                              interface.say("rows without a target were left out", "行没有目标值，未使用")));
  const bool own_test = prepared.test_source != nullptr;
  progress.line(fmt::format(
      "{}{} / {} / {}   {}{}", label("Split", "划分"), grouped(prepared.source->rows(Part::train)),
      grouped(prepared.source->rows(Part::valid)), grouped(prepared.test().rows(Part::test)),
      interface.say(prepared.split_words),
      own_test ? fmt::format(", {} {}", interface.say("test from", "测试集来自"), settings.data.test_path) : ""));
}

void print_model(Progress& progress, const Interface& interface, const Session& session, bool table) {
  const ModelSummary summary = session.summary();
  const auto weights = static_cast<double>(summary.weights);
  progress.line(fmt::format("{}{} {}, {}; {} {} {}   batch {}, lr {:.2g}",
                            interface.paint(Color::bold, padded(interface.say("Model", "模型"), 8), true),
                            weights >= 1e6 ? fmt::format("{:.2f} M", weights / 1e6) : grouped(summary.weights),
                            interface.say("weights", "个权重"), megabytes(summary.weight_bytes),
                            interface.say("about", "约"), megabytes(summary.training_bytes),
                            interface.say("while training", "（训练时）"), summary.batch, summary.learning_rate));
  if (table)
    for (const auto& [name, type] : summary.layers)
      progress.line(fmt::format("        {}  {}", padded(name, 32), type));
}

std::string baseline_words(const Interface& interface, const Prepared& prepared, const Baselines& baselines) {
  const bool number = prepared.pipeline.target.task == Task::regression;
  // AUC and accuracy of a constant say nothing or little beside the log loss.
  const std::size_t shown = prepared.pipeline.target.task == Task::binary ? 1 : 0;
  std::string text = fmt::format(
      "{}: {} {}",
      number ? interface.say("predict the mean", "预测均值") : interface.say("the shares of the classes", "类别占比"),
      metric_title(baselines.constant[shown].name), metric_text(baselines.constant[shown].value));
  if (!baselines.linear.empty()) {
    text += fmt::format("   {}: {} {}", interface.say("linear model", "线性模型"),
                        metric_title(baselines.linear[shown].name), metric_text(baselines.linear[shown].value));
    if (shown > 0)
      text += fmt::format(", {} {}", metric_title(baselines.linear[0].name), metric_text(baselines.linear[0].value));
  }
  return text;
}

int report(Progress& progress, const Interface& interface, const Session& session, const SessionResult& result,
           const RunFolder& folder, const Settings& settings) {
  const std::string run = fmt::format("{}", folder.info().number);
  const auto& ended = result.ended;
  progress.clear();
  switch (ended.ending) {
    case Ending::diverged:
      throw Error(Code::diverged,
                  message("the loss became NaN or infinite at step {}",
                          folder.info().problem.empty()
                              ? 0
                              : std::atol(folder.info().problem.substr(folder.info().problem.rfind(' ')).c_str())),
                  message("first bad value: {}; {}", ended.bad_value,
                          files::exists(folder.path() + "/checkpoints/last.safetensors")
                              ? message("a resume goes on from {}/checkpoints/last.safetensors", folder.path())
                              : "a resume starts from the beginning"),
                  fmt::format("fathom resume {} --learning-rate {:.1g}, or --set trainer.clip_norm=1.0", run,
                              session.summary().learning_rate / 10));
    case Ending::interrupted: {
      progress.line(fmt::format(
          "{} {}", interface.say("Stopped and saved. Go on with: fathom resume", "已停止并保存。继续：fathom resume"),
          run));
      return stop_signal == SIGINT ? 130 : 143;
    }
    case Ending::stopped_early:
      progress.line(
          interface.language == Language::chinese
              ? fmt::format("在第 {} 轮停止：{} 连续 {} 轮没有改进。最佳是第 {} 轮。",
                            result.best_epoch + settings.early_stopping.patience, settings.early_stopping.monitor,
                            settings.early_stopping.patience, result.best_epoch)
              : fmt::format("Stopped at epoch {}: {} has not improved for {} epochs. Best was epoch {}.",
                            result.best_epoch + settings.early_stopping.patience, settings.early_stopping.monitor,
                            settings.early_stopping.patience, result.best_epoch));
      break;
    case Ending::time_over:
      progress.line(std::string(interface.say("Stopped: the time limit is reached.", "已到时间上限，停止。")));
      break;
    case Ending::steps_done:
      progress.line(std::string(interface.say("Stopped: trainer.max_steps is reached.", "已到步数上限，停止。")));
      break;
    case Ending::epochs_done:
      break;
  }
  progress.event(metrics_json("result", result.test));
  const std::string head = interface.paint(Color::bold, padded(interface.say("Result", "结果"), 8), true);
  if (result.test.empty()) {
    progress.line(fmt::format("{}{}", head,
                              interface.say("no test part; the run folder holds the validation metrics",
                                            "没有测试部分；验证指标见运行文件夹")));
  } else {
    const std::size_t shown = session.prepared().pipeline.target.task == Task::binary ? 2 : 1;
    std::string text = head + std::string(interface.say("test ", "测试 ")) +
                       interface.paint(Color::green, metric_with_interval(result.test.front()), true);
    for (std::size_t i = 1; i <= shown; ++i) text += fmt::format("   {}", metric_with_interval(result.test[i]));
    progress.line(text + fmt::format("   {}", short_time(result.seconds)));
    progress.line(fmt::format("        {}", baseline_words(interface, session.prepared(), result.test_baselines)));
  }
  if (!interface.json) fmt::print("{}\n", folder.path());
  progress.line(fmt::format("{}fathom eval {} | fathom predict {} new.csv | fathom runs",
                            interface.paint(Color::bold, padded(interface.say("Next", "接着"), 8), true), run, run));
  return 0;
}

int train(const Settings& settings, const Origins& origins, const std::string& given, const Arguments& arguments,
          const Interface& interface, const std::string& resume_path) {
  check_settings(settings);
  for (const std::string& path : {settings.data.path, settings.data.test_path})
    if (is_stream(path))
      throw Error(Code::usage, fmt::format("training needs a file, and {} can be read only once", path), {},
                  "save it first: a run is resumed and judged from its data");
  Session session(settings, prepare(settings));
  if (arguments.has("--dry-run")) {
    Progress progress(interface, settings.trainer.epochs, nullptr);
    print_data(progress, interface, session.prepared(), settings);
    print_model(progress, interface, session, true);
    const double seconds = session.time_epoch();
    progress.line(fmt::format("{} {} {}; {} {}", interface.say("One epoch takes about", "一轮约需"),
                              short_time(seconds), interface.say("(three steps timed)", "（按三步估计）"),
                              interface.say("all epochs at most", "全部轮次至多"),
                              short_time(seconds * static_cast<double>(settings.trainer.epochs))));
    if (interface.verbose) progress.line(session.explain());
    progress.line(std::string(interface.say("Nothing was written.", "没有写入任何文件。")));
    return 0;
  }
  RunInfo start;
  start.threads = Pool::shared().threads();
  start.seed = settings.seed;
  start.command = arguments.command_line;
  start.versions = {{"fathom", version}, {"simd", std::string(simd_target())}, {"compiler", __VERSION__}};
  start.facts = {{"target", session.prepared().pipeline.target.name},
                 {"task", std::string(name_of(session.prepared().pipeline.target.task))},
                 {"data", settings.data.path}};
  RunFolder folder =
      resume_path.empty()
          ? RunFolder::create(
                runs_folder(arguments),
                settings.name.empty() ? files::path(settings.data.path).stem().stem().string() : settings.name, start)
          : RunFolder::open_for_writing(resume_path);
  if (resume_path.empty())
    session.start(folder, given, resolved_for_run(settings, origins));
  else {
    session.resume(folder);
    // What this resume was asked for holds for the next one too.
    if (const std::string resolved = resolved_for_run(settings, origins); resolved != given)
      write_file(folder.file("config.resolved.toml"), resolved);
  }
  Progress progress(interface, settings.trainer.epochs, &folder);
  print_data(progress, interface, session.prepared(), settings);
  print_model(progress, interface, session, interface.verbose);
  const Baselines& baselines = session.baselines();
  progress.line(fmt::format("{}{}", interface.paint(Color::bold, padded(interface.say("Baseline", "基准"), 10), true),
                            baseline_words(interface, session.prepared(), baselines)));
  progress.event(metrics_json("baseline", baselines.linear));
  progress.line(fmt::format("{}{}   seed {}",
                            interface.paint(Color::bold, padded(interface.say("Run", "运行"), 8), true), folder.path(),
                            settings.seed));
  progress.line("");
  listen_for_signals();
  bool said_stopping = false;
  SessionHooks hooks;
  hooks.interrupt = &stop_asked;
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
  const SessionResult result = session.run(folder, hooks);
  return report(progress, interface, session, result, folder, settings);
}

}  // namespace

void load_config(const std::string& path, Settings& settings, Origins& origins, std::string& text) {
  text = read_file(path);
  read_settings(text, path, settings, origins);
}

bool is_config(const std::string& path) { return path.size() > 5 && path.substr(path.size() - 5) == ".toml"; }

int run_train(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  Settings settings;
  Origins origins;
  std::string given;
  const std::string what = arguments.positional.empty() ? "fathom.toml" : arguments.positional.front();
  if (arguments.positional.empty() && !files::exists(what))
    throw Error(Code::usage, "there is no fathom.toml here, and no data was named", {},
                "fathom train DATA.csv --target COLUMN");
  if (is_config(what)) {
    load_config(what, settings, origins, given);
    // Paths in a file are relative to it.
    const files::path folder = files::path(what).parent_path();
    for (std::string* path :
         {&settings.data.path, &settings.data.labels, &settings.data.test_path, &settings.data.test_labels})
      if (!path->empty() && files::path(*path).is_relative() && !folder.empty()) *path = (folder / *path).string();
    if (settings.name.empty() && files::path(what).stem() != "fathom")
      settings.name = files::path(what).stem().string();
  } else {
    settings.data.path = what;
    origins["data.path"] = "command line";
  }
  if (settings.name.empty() && files::is_directory(settings.data.path))
    settings.name = (files::path(settings.data.path) / "").parent_path().filename().string();
  complete_idx_paths(settings);
  apply_flags(arguments, settings, origins);
  return train(settings, origins, given, arguments, interface, {});
}

int run_resume(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  const RunInfo run = find_run(runs_folder(arguments), arguments.positional.front());
  if (run.status == RunStatus::running)
    throw Error(Code::try_again, message("run {} is still running (process {} on {})", run.number, run.pid, run.host));
  const std::string config = run.path + "/config.resolved.toml";
  if (!files::exists(config))
    throw Error(Code::data,
                fmt::format("run {} was stopped before it had begun: there is nothing to go on from", run.number),
                run.path, fmt::format("fathom {}", fmt::join(run.command, " ")));
  Settings settings;
  Origins origins;
  std::string text;
  load_config(config, settings, origins, text);
  keep_first_origins(text, origins);
  apply_flags(arguments, settings, origins);
  return train(settings, origins, text, arguments, interface, run.path);
}

}  // namespace fathom::app
