#include "train_report.hpp"

#include <algorithm>
#include <filesystem>

#include "fathom/data/json.hpp"
#include "fathom/train/json_lines.hpp"

namespace fathom::app {

namespace files = std::filesystem;

namespace {

// What was taken over from another run, what is new and why, and what was left there.
void print_initial(Progress& progress, const Interface& interface, const InitialWeights& initial) {
  constexpr std::size_t most = 6;
  const auto size = [](std::size_t count) { return grouped(static_cast<Index>(count)); };
  progress.line(fmt::format("{}{}", interface.paint(Color::bold, padded(interface.say("Loaded", "加载"), 8), true),
                            interface.say(message("{} weights ({} numbers) from {}", size(initial.names().size()),
                                                  grouped(initial.numbers()), initial.origin()))));
  std::vector<std::pair<Message, std::vector<std::string>>> reasons;
  for (const auto& [name, why] : initial.fresh()) {
    const auto known = std::find_if(reasons.begin(), reasons.end(),
                                    [&, &why = why](const auto& entry) { return entry.first.text == why.text; });
    if (known == reasons.end())
      reasons.push_back({why, {name}});
    else
      known->second.push_back(name);
  }
  for (const auto& [why, names] : reasons)
    progress.line(fmt::format("        {}",
                              interface.say(message("{} new, {}: {}", size(names.size()), why, listed(names, most)))));
  if (!initial.left().empty())
    progress.line(fmt::format("        {}", interface.say(message("{} left there: {}", size(initial.left().size()),
                                                                  listed(initial.left(), most)))));
}

}  // namespace

void print_data(Progress& progress, const Interface& interface, const Prepared& prepared, const Settings& settings) {
  const auto label = [&](std::string_view english, std::string_view chinese) {
    return interface.paint(Color::bold, padded(interface.say(english, chinese), 8), true);
  };
  const std::string rows =
      fmt::format("{} {}", grouped(prepared.file_rows),
                  prepared.are_images ? interface.say("images", "幅图像") : interface.say("rows", "行"));
  const std::string columns =
      prepared.are_images ? ""
                          : fmt::format(" x {} {}", grouped(prepared.file_columns), interface.say("columns", "列"));
  progress.line(fmt::format("{}{}  {}{}  ({}, {})", label("Data", "数据"), settings.data.path, rows, columns,
                            megabytes(prepared.file_bytes), short_time(prepared.seconds)));
  const Pipeline& pipeline = prepared.pipeline;
  if (pipeline.pixels() > 0)
    progress.line(fmt::format(
        "        {} x {} {}, {}, {}", pipeline.image_rows, pipeline.image_columns, interface.say("pixels", "像素"),
        pipeline.image_channels == 1 ? interface.say("grey", "灰度") : interface.say("in colour", "彩色"),
        interface.say(prepared.schema.target.reason)));
  int widest = 8;
  for (const ColumnInfo& info : prepared.schema.inputs) widest = std::clamp(width_of(printable(info.name)), widest, 24);
  const std::size_t most = interface.verbose ? 100000 : 30;
  const auto row = [&](const ColumnInfo& info, std::string_view kind) {
    const std::string missing =
        info.missing > 0 ? fmt::format(", {} {}", grouped(info.missing), interface.say("missing", "缺失")) : "";
    progress.line(fmt::format("        {}  {} {}{}", padded(cut(info.name, widest), widest),
                              padded(interface.say(Message(kind)), 9), interface.say(info.reason), missing));
  };
  const bool says_more = prepared.schema.inputs.size() > 0 && !prepared.are_images;
  if (says_more) row(prepared.schema.target, name_of(prepared.schema.target.kind));
  for (std::size_t i = 0; says_more && i < prepared.schema.inputs.size(); ++i) {
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
      own_test ? fmt::format("{} {}", interface.say(", test from", "，测试部分来自"), settings.data.test_path) : ""));
}

void print_model(Progress& progress, const Interface& interface, const Session& session, bool table) {
  const ModelSummary summary = session.summary();
  const auto weights = static_cast<double>(summary.weights);
  progress.line(fmt::format("{}{} {}, {}; {} {} {}   {} {}, {} {:.2g}",
                            interface.paint(Color::bold, padded(interface.say("Model", "模型"), 8), true),
                            weights >= 1e6 ? fmt::format("{:.2f} M", weights / 1e6) : grouped(summary.weights),
                            interface.say("weights", "个权重"), megabytes(summary.weight_bytes),
                            interface.say("about", "约"), megabytes(summary.training_bytes),
                            interface.say("while training", "（训练时）"), interface.say("batch", "批大小"),
                            summary.batch, interface.say("lr", "学习率"), summary.learning_rate));
  if (summary.frozen > 0)
    progress.line(fmt::format("        {}", interface.say(message("{} of them are frozen", grouped(summary.frozen)))));
  if (table)
    for (const auto& [name, type] : summary.layers)
      progress.line(fmt::format("        {}  {}", padded(name, 32), type));
  if (session.initial() != nullptr) print_initial(progress, interface, *session.initial());
}

std::string baseline_words(const Interface& interface, const Prepared& prepared, const Baselines& baselines) {
  const bool number = prepared.pipeline.target.task == Task::regression;
  // AUC and accuracy of a constant say nothing or little beside the log loss.
  const std::size_t shown = prepared.pipeline.target.task == Task::binary ? 1 : 0;
  std::string text = fmt::format(
      "{}: {} {}",
      number ? interface.say("predict the mean", "预测均值") : interface.say("the shares of the classes", "类别占比"),
      metric_title(interface, baselines.constant[shown].name), metric_text(baselines.constant[shown].value));
  if (!baselines.linear.empty()) {
    text +=
        fmt::format("   {}: {} {}", interface.say("linear model", "线性模型"),
                    metric_title(interface, baselines.linear[shown].name), metric_text(baselines.linear[shown].value));
    if (shown > 0)
      text += fmt::format(", {} {}", metric_title(interface, baselines.linear[0].name),
                          metric_text(baselines.linear[0].value));
  }
  return text;
}

// What trainer.recompute saves, or would save.
void print_recompute(Progress& progress, const Interface& interface, std::size_t kept, std::size_t recomputed) {
  if (recomputed >= kept) return;
  progress.line(fmt::format("{}{} {} {} {}",
                            interface.paint(Color::bold, padded(interface.say("Memory", "内存"), 8), true),
                            interface.say("with trainer.recompute = true about", "trainer.recompute = true 时约"),
                            megabytes(recomputed), interface.say("rather than", "，否则约"), megabytes(kept)));
}

void print_dry_run(Progress& progress, const Interface& interface, Session& session, const Settings& settings) {
  print_data(progress, interface, session.prepared(), settings);
  print_model(progress, interface, session, true);
  const std::size_t kept = session.training_bytes(false), recomputed = session.training_bytes(true);
  print_recompute(progress, interface, kept, recomputed);
  const double seconds = session.time_epoch();
  progress.line(fmt::format("{} {} {}; {} {}", interface.say("One epoch takes about", "一轮约需"), short_time(seconds),
                            interface.say("(three steps timed)", "（按三步估计）"),
                            interface.say("all epochs at most", "全部轮次至多"),
                            short_time(seconds * static_cast<double>(settings.trainer.epochs))));
  if (interface.verbose) progress.line(session.explain());
  progress.line(std::string(interface.say("Nothing was written.", "没有写入任何文件。")));
  const Prepared& prepared = session.prepared();
  const ModelSummary summary = session.summary();
  const Json json{{"schema", "fathom/1"},
                  {"event", "dry_run"},
                  {"data", settings.data.path},
                  {"rows", prepared.file_rows},
                  {"columns", prepared.file_columns},
                  {"split",
                   {{"by", prepared.split_words.text},
                    {"train", prepared.source->rows(Part::train)},
                    {"valid", prepared.source->rows(Part::valid)},
                    {"test", prepared.test().rows(Part::test)}}},
                  {"weights", summary.weights},
                  {"weight_bytes", summary.weight_bytes},
                  {"training_bytes", summary.training_bytes},
                  {"recompute", settings.trainer.recompute},
                  {"training_bytes_kept", kept},
                  {"training_bytes_recomputed", recomputed},
                  {"batch", summary.batch},
                  {"steps_per_epoch", summary.batches},
                  {"learning_rate", summary.learning_rate},
                  {"seconds_per_epoch", seconds},
                  {"epochs", settings.trainer.epochs}};
  progress.event(write_json(json));
}

int report(Progress& progress, const Interface& interface, const Session& session, const SessionResult& result,
           const RunFolder& folder, const Settings& settings) {
  const std::string run = fmt::format("{}", folder.info().number);
  const auto& ended = result.ended;
  progress.clear();
  const bool finished = ended.ending != Ending::diverged && ended.ending != Ending::interrupted;
  if (finished) progress.event(metrics_json("result", result.test));
  progress.event(end_json(ended, result.best_epoch, result.seconds));
  switch (ended.ending) {
    case Ending::diverged:
      throw Error(Code::diverged, message("the loss became NaN or infinite at step {}", ended.bad_step),
                  message("first bad value: {}; {}", ended.bad_value,
                          files::exists(folder.path() + "/checkpoints/last.safetensors")
                              ? message("a resume goes on from {}/checkpoints/last.safetensors", folder.path())
                              : "a resume starts from the beginning"),
                  message("fathom resume {} --learning-rate {:.1g}, or --set trainer.clip_norm=1.0", run,
                          session.summary().learning_rate / 10));
    case Ending::interrupted: {
      progress.line(fmt::format(
          "{} {}", interface.say("Stopped and saved. Go on with: fathom resume", "已停止并保存。继续：fathom resume"),
          run));
      return folder.info().exit_code;
    }
    case Ending::stopped_early:
      progress.line(
          interface.language == Language::chinese
              ? fmt::format("在第 {} 轮停止：{} 连续 {} 轮没有改进。最佳是第 {} 轮。", result.epochs,
                            settings.early_stopping.monitor, settings.early_stopping.patience, result.best_epoch)
              : fmt::format("Stopped at epoch {}: {} has not improved for {} epochs. Best was epoch {}.", result.epochs,
                            settings.early_stopping.monitor, settings.early_stopping.patience, result.best_epoch));
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
  const std::string head = interface.paint(Color::bold, padded(interface.say("Result", "结果"), 8), true);
  if (result.test.empty()) {
    progress.line(fmt::format("{}{}", head,
                              interface.say("no test part; the run folder holds the validation metrics",
                                            "没有测试部分；验证指标见运行文件夹")));
  } else {
    const std::size_t shown = session.prepared().pipeline.target.task == Task::binary ? 2 : 1;
    std::string text = head + std::string(interface.say("test ", "测试 ")) +
                       interface.paint(Color::green, metric_with_interval(interface, result.test.front()), true);
    for (std::size_t i = 1; i <= shown; ++i)
      text += fmt::format("   {}", metric_with_interval(interface, result.test[i]));
    progress.line(text + fmt::format("   {}", short_time(result.seconds)));
    progress.line(fmt::format("        {}", baseline_words(interface, session.prepared(), result.test_baselines)));
  }
  if (!interface.json) fmt::print("{}\n", folder.path());
  progress.line(fmt::format("{}fathom eval {} | fathom predict {} new.csv | fathom runs",
                            interface.paint(Color::bold, padded(interface.say("Next", "接着"), 8), true), run, run));
  return 0;
}

}  // namespace fathom::app
