// fathom demo: a simulated shop whose click probabilities are known, so that "how good can it get" has an answer.
#include <filesystem>

#include "command.hpp"
#include "fathom/rank/baselines.hpp"
#include "fathom/rank/click_log.hpp"
#include "progress.hpp"

namespace fathom::app {

namespace {

namespace files = std::filesystem;

// The probabilities of the test rows, in their order.
std::vector<double> truth_of(const rank::ClickLog& log, const std::vector<Index>& rows) {
  std::vector<double> truth;
  for (Index row : rows) truth.push_back(log.probability[static_cast<std::size_t>(row)]);
  return truth;
}

}  // namespace

int run_demo(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  const Index rows = whole_number(arguments, "--rows", 2000, 20000000, 400000);
  const auto seed = static_cast<std::uint64_t>(whole_number(arguments, "--seed", 0, Index{1} << 53, 42));
  const std::string folder = "demo-data";
  files::create_directories(folder);
  Progress progress(interface, 10, nullptr);
  const auto label = [&](std::string_view english, std::string_view chinese) {
    return interface.paint(Color::bold, padded(interface.say(english, chinese), 8), true);
  };

  const Stopwatch watch;
  const rank::Shop shop(seed);
  const rank::ClickLog log = simulate_clicks(shop, rows);
  const std::string clicks = folder + "/clicks.csv";
  write_click_csv(log, clicks);
  write_truth_csv(log, folder + "/truth.csv");
  progress.line(fmt::format("{}{} {} {}", label("Shop", "商店"), grouped(rows),
                            interface.say("shown products, and who clicked, written to", "次展示及点击，写入"),
                            clicks));
  progress.line(fmt::format(
      "        {}",
      interface.say(
          "advertiser, category, brand, price, query match, position, hour; the true probabilities are in truth.csv",
          "广告主、类目、品牌、价格、匹配度、位置、小时；真实概率在 truth.csv")));

  Settings settings;
  settings.seed = seed;
  settings.name = "demo";
  settings.data.path = clicks;
  settings.output.name = "click";
  settings.model.hidden = {64, 32};
  settings.model.dropout = 0;
  settings.trainer.batch_size = 1024;
  settings.trainer.epochs = 12;
  settings.trainer.learning_rate = 3e-3;
  settings.trainer.weight_decay = 0.02;
  settings.early_stopping.patience = 4;
  for (const char* name : {"advertiser", "category", "brand", "position", "hour"}) {
    settings.inputs[name].kind = ColumnKind::category;
    settings.inputs[name].width = 8;
  }
  Origins origins;
  Session session(settings, prepare(settings));
  const DatasetSource& source = *session.prepared().source;
  progress.line(fmt::format("{}{} / {} / {}   {}", label("Split", "划分"), grouped(source.rows(Part::train)),
                            grouped(source.rows(Part::valid)), grouped(source.rows(Part::test)),
                            interface.say(session.prepared().split_words)));
  const ModelSummary summary = session.summary();
  progress.line(fmt::format("{}{} {}: {} 64-32-1\n", label("Model", "模型"), grouped(summary.weights),
                            interface.say("weights", "个权重"),
                            interface.say("an embedding for each category, the price and the match in bins, then",
                                          "每个类别一个嵌入，价格与匹配度分段编码，然后")));
  session.baselines();
  RunFolder run = RunFolder::create(runs_folder(arguments), "demo", {});
  session.start(run, "", resolved_settings(settings, origins));
  SessionHooks hooks;
  hooks.on_step = [&](const StepReport& step) { progress.step(step, summary.batch); };
  hooks.on_epoch = [&](const EpochReport& epoch, const std::vector<ResultMetric>& valid) {
    progress.epoch(epoch, valid);
  };
  const SessionResult result = session.run(run, hooks);
  progress.clear();
  if (result.ended.ending == Ending::diverged) throw Error(Code::diverged, "the demo's loss became NaN");

  const std::vector<double> truth = truth_of(log, source.rows_of(Part::test));
  std::vector<std::uint8_t> clicked;
  for (Index row : source.rows_of(Part::test)) clicked.push_back(log.clicked[static_cast<std::size_t>(row)]);
  const rank::Score best = rank::score(clicked, truth);
  const auto value = [](const std::vector<ResultMetric>& metrics, const std::string& name) {
    for (const ResultMetric& metric : metrics)
      if (metric.name == "test/" + name) return metric.value;
    return 0.0;
  };
  const double base = value(result.test_baselines.constant, "log_loss");
  struct Line {
    std::string name;
    double log_loss, auc;
  };
  const std::vector<Line> lines{
      {std::string(interface.say("base rate", "基准点击率")), base, 0.5},
      {std::string(interface.say("logistic regression", "逻辑回归")), value(result.test_baselines.linear, "log_loss"),
       value(result.test_baselines.linear, "auc")},
      {std::string(interface.say("this network", "本网络")), value(result.test, "log_loss"), value(result.test, "auc")},
      {std::string(interface.say("best possible", "理论最优")), best.log_loss, best.auc}};
  if (interface.json) {
    fmt::print(
        "{{\"schema\": \"fathom/1\", \"event\": \"demo\", \"base_log_loss\": {:.6f}, \"linear_log_loss\": {:.6f}, "
        "\"log_loss\": {:.6f}, \"best_log_loss\": {:.6f}, \"linear_auc\": {:.6f}, \"auc\": {:.6f}, \"best_auc\": "
        "{:.6f}, \"share\": {:.4f}, \"seconds\": {:.2f}}}\n",
        lines[0].log_loss, lines[1].log_loss, lines[2].log_loss, lines[3].log_loss, lines[1].auc, lines[2].auc,
        lines[3].auc, rank::share_of_gap(lines[2].log_loss, base, best.log_loss), watch.seconds());
    return 0;
  }
  fmt::print("\n{}{}{}   {}\n",
             padded(fmt::format("{} {} {}", interface.say("On", "在"), grouped(static_cast<long>(clicked.size())),
                                interface.say("test rows", "行测试数据上")),
                    26),
             padded_left(interface.say("log loss", "对数损失"), 10), padded_left("AUC", 9),
             interface.say("way from the base rate to the best possible", "从基准到理论最优走过的路"));
  for (const Line& line : lines) {
    const double share = rank::share_of_gap(line.log_loss, base, best.log_loss);
    const int blocks = std::clamp(static_cast<int>(share * 30 + 0.5), 0, 30);
    std::string bar;
    for (int i = 0; i < blocks; ++i) bar += interface.unicode ? "█" : "#";
    fmt::print("{}{:>10.4f}{:>9.4f}   {} {:.0f}%\n", padded(line.name, 26), line.log_loss, line.auc,
               interface.paint(Color::green, bar, false), 100 * share);
  }
  fmt::print("\n{}\n", interface.say("Most of what is left between logistic regression and the best is in crossed "
                                     "effects: who sells what, when, at which price.",
                                     "逻辑回归与最优之间的差距主要来自交叉效应：谁在什么时间以什么价格卖什么。"));
  fmt::print("{}{}   {}\n", interface.say("Now your own data: ", "换成你自己的数据："),
             interface.say("fathom train DATA.csv --target COLUMN", "fathom train 数据.csv --target 列名"),
             short_time(watch.seconds()));
  return 0;
}

}  // namespace fathom::app
