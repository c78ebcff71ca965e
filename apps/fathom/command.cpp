#include "command.hpp"

#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "fathom/base/pool.hpp"
#include "fathom/data/table.hpp"
#include "fathom/lab/experiments.hpp"

namespace fathom::app {

namespace {

const Flag runs_dir{"--runs-dir", "", "DIR", "the folder of runs (default: runs)", "存放运行的文件夹（默认 runs）"};
const Flag threads{"--threads", "", "N", "threads; the results are the same for any number",
                   "线程数；结果与线程数无关"};

constexpr std::size_t most_runs = 64;  // of an ensemble

std::vector<Flag> train_flags() {
  return {
      {"--target", "-t", "COLUMN", "the column to predict", "要预测的列"},
      {"--ignore", "", "COLUMN", "a column that is not an input (repeat)", "不作为输入的列（可重复）"},
      {"--epochs", "", "N", "passes over the training part, at most", "训练轮数上限"},
      {"--max-steps", "", "N", "updates, at most", "更新步数上限"},
      {"--batch-size", "", "N|auto", "rows of one update", "批大小"},
      {"--learning-rate", "--lr", "X|auto", "at its highest", "学习率"},
      {"--time-limit", "", "10m", "stop after this time", "时间上限"},
      {"--encoder", "", "TYPE", "of images: cnn, lenet, resnet20, resnet18 or none",
       "图像编码器：cnn、lenet、resnet20、resnet18 或 none"},
      {"--init-from", "", "RUN", "begin with the weights of a run, where names and shapes match",
       "从某次运行加载名称与形状相同的权重"},
      {"--seed", "", "N|random", "of every random choice (default: 42)", "随机种子（默认 42）"},
      {"--monitor", "", "METRIC", "what must improve, as it is shown: valid/auc", "监控的指标，如 valid/auc"},
      {"--patience", "", "N", "epochs without improvement before stopping", "允许不改进的轮数"},
      {"--no-early-stop", "", "", "train all epochs", "不提前停止"},
      {"--resume", "", "[RUN|auto]", "go on with a run; auto: the newest unfinished one of this configuration, if any",
       "继续某次运行；auto 为此配置最近未完成的一次", "auto"},
      {"--name", "", "TEXT", "a name for the run", "运行的名字"},
      {"--set", "", "KEY=VALUE", "any configuration key (repeat)", "任意配置项（可重复）"},
      {"--dry-run", "-n", "", "read, check, build, time three steps; write nothing", "只检查与估时，不写任何文件"},
      threads,
      runs_dir};
}

std::vector<Flag> lab_flags() {
  return {
      {"--seeds", "", "N", "trainings of each variant (default: 3)", "每种设置训练的次数（默认 3）"},
      {"--time-limit", "", "10m", "begin no training after this time; the same command goes on later",
       "超过此时间不再开始训练；之后用同一命令可继续"},
      {"--scale", "", "none|linear|sqrt", "batch: the learning rate by the batch size", "batch：学习率随批大小的变化"},
      {"--labs-dir", "", "DIR", "the folder of experiments (default: labs)", "存放实验的文件夹（默认 labs）"},
      {"--target", "-t", "COLUMN", "the column to predict", "要预测的列"},
      {"--epochs", "", "N", "passes over the training part", "训练轮数"},
      {"--batch-size", "", "N|auto", "rows of one update", "批大小"},
      {"--learning-rate", "--lr", "X|auto", "at its highest", "学习率"},
      {"--seed", "", "N", "the first of the seeds (default: 42)", "第一个随机种子（默认 42）"},
      {"--set", "", "KEY=VALUE", "any configuration key (repeat)", "任意配置项（可重复）"},
      threads};
}

std::vector<Flag> tune_flags() {
  std::vector<Flag> flags{
      {"--trials", "", "N", "settings to try (default: 30)", "尝试的设置个数（默认 30）"},
      {"--method", "", "random|asha", "random: all to the end; asha: only the best third goes on, twice",
       "random：全部训练到底；asha：两次只留最好的三分之一继续"}};
  for (const Flag& flag : lab_flags())
    if (flag.name != "--scale") flags.push_back(flag);
  return flags;
}

std::vector<Command> make_commands() {
  return {
      {"train",
       "train [CONFIG.toml|DATA]",
       "train a network; without an argument: ./fathom.toml",
       "训练网络；无参数时读取 ./fathom.toml",
       {"fathom train houses.csv --target price", "fathom train fashion.toml --set model.hidden=[512,256]"},
       train_flags(),
       0,
       1,
       run_train},
      {"eval",
       "eval RUN... [DATA]",
       "judge a trained run, or the mean of several, on its test part, or on new data",
       "在测试部分或新数据上评估一次运行，或多次运行的平均",
       {"fathom eval latest", "fathom eval 3 new.csv --min auc=0.8", "fathom eval 3 4 5"},
       {{"--min", "", "METRIC=V", "exit 6 when a metric is worse", "指标不达标时以 6 退出"},
        {"--labels", "", "FILE", "idx labels of DATA", "DATA 的 idx 标签"},
        {"--set", "", "KEY=VALUE", "data.* keys for reading DATA", "读取 DATA 的 data.* 配置"},
        threads,
        runs_dir},
       1,
       most_runs + 1,
       run_eval},
      {"predict",
       "predict RUN... DATA",
       "write a prediction for each row, by one run or the mean of several",
       "为每一行写出预测，由一次运行或多次运行的平均给出",
       {"fathom predict latest new.csv -o predictions.csv", "fathom predict 3 4 5 new.csv"},
       {{"--output", "-o", "FILE", "where to (default: -, the standard output)", "输出文件（默认标准输出）"},
        {"--proba", "", "", "with the probability of every class", "附每个类别的概率"},
        {"--format", "", "csv|jsonl", "of the output", "输出格式"},
        {"--labels", "", "FILE", "idx labels of DATA", "DATA 的 idx 标签"},
        {"--set", "", "KEY=VALUE", "data.* keys for reading DATA", "读取 DATA 的 data.* 配置"},
        threads,
        runs_dir},
       2,
       most_runs + 1,
       run_predict},
      {"export",
       "export RUN",
       "write the model for other programs: ONNX with encoders and all, or the weights alone",
       "导出模型供其他程序使用：含编码器的 ONNX，或仅权重",
       {"fathom export latest -o houses.onnx", "fathom export 3 --format safetensors -o weights.safetensors"},
       {{"--format", "", "onnx|safetensors", "of the file (default: onnx)", "文件格式（默认 onnx）"},
        {"--output", "-o", "FILE", "where to (default: model.onnx or model.safetensors)",
         "输出文件（默认 model.onnx 或 model.safetensors）"},
        {"--opset", "", "17", "the version of ONNX's operators", "ONNX 算子集的版本"},
        {"--force", "-f", "", "replace a file that is there", "覆盖已有的文件"},
        runs_dir},
       1,
       1,
       run_export},
      {"report",
       "report RUN",
       "draw a run on one page: curves, baselines, errors, calibration, worst rows",
       "用一页网页画出一次运行：曲线、基准、错误、校准与最差的行",
       {"fathom report latest", "fathom report 3 -o houses.html --lang zh"},
       {{"--output", "-o", "FILE", "where to (default: report.html in the run's folder; -: the standard output)",
         "输出文件（默认为运行文件夹中的 report.html；- 为标准输出）"},
        runs_dir},
       1,
       1,
       run_report},
      {"curvature",
       "curvature RUN",
       "say whether a run stands at a minimum, a saddle or on a slope: gradient and eigenvalues, with bounds",
       "判断一次运行停在极小值、鞍点还是斜坡：梯度与特征值，均附误差界",
       {"fathom curvature latest", "fathom curvature 3 --checkpoint last --rows all --precise"},
       {{"--checkpoint", "", "best|last|N", "whose weights: N is an epoch that was kept (default: best)",
         "使用哪个检查点的权重；N 为所保留的轮次（默认 best）"},
        {"--rows", "", "N|all", "of the training part, spread over it (default: 2048)",
         "取训练部分中均匀分布的多少行（默认 2048）"},
        {"--products", "", "N", "with the Hessian, for eigenvalues, at most (default: 200)",
         "求特征值时与海森矩阵相乘的最多次数（默认 200）"},
        {"--updates", "", "N", "of each training that tries a way out of a saddle; 0: none is tried (default: 200)",
         "试探鞍点出路时每次训练的更新次数；0 为不试（默认 200）"},
        {"--seeds", "", "K", "pairs of such trainings (default: 3)", "这样的训练做几对（默认 3）"},
        {"--batch-norm", "", "kept|batch",
         "its statistics: those kept, or those of the rows as one batch (default: kept)",
         "批归一化的统计量：所保存的，或各行作为一个批量的（默认 kept）"},
        {"--path", "", "", "the spectrum's ends at every checkpoint that trainer.keep_checkpoints kept",
         "trainer.keep_checkpoints 所保留的各检查点上谱的两端"},
        {"--deep", "", "", "all rows, more products, a finer density", "全部行、更多次相乘、更细的密度"},
        {"--precise", "", "", "in f64; up to 3000 weights it always is", "用 f64 计算；权重不超过 3000 个时总是如此"},
        threads,
        runs_dir},
       1,
       1,
       run_curvature},
      {"landscape",
       "landscape RUN",
       "draw the loss around a run: along a line between checkpoints, on the plane of its walk, along eigenvectors",
       "画出运行周围的损失：检查点之间的直线、行走路径所在的平面、特征向量方向",
       {"fathom landscape latest", "fathom landscape 3 --kind line --from 1 --to best --rows all"},
       {{"--kind", "", "KIND", "line, random, eigen, path or all (default: all that can be drawn)",
         "line、random、eigen、path 或 all（默认为所有能画的）"},
        {"--checkpoint", "", "NAME", "where the run stands: best, last, start or a kept epoch (default: best)",
         "以哪个检查点为中心：best、last、start 或保留的轮次（默认 best）"},
        {"--from", "", "NAME", "checkpoint that the line begins at (default: start)", "直线起点的检查点（默认 start）"},
        {"--to", "", "NAME", "checkpoint that the line ends at (default: that of --checkpoint)",
         "直线终点的检查点（默认同 --checkpoint）"},
        {"--rows", "", "N|all", "of the training part, and at most of the validation part (default: 1000)",
         "训练部分取多少行，验证部分至多同样多（默认 1000）"},
        {"--grid", "", "N", "points along each side of a plane, an odd number (default: 25)",
         "平面每边的点数，奇数（默认 25）"},
        {"--seed", "", "N", "of the random directions (default: 1)", "随机方向的种子（默认 1）"},
        threads,
        runs_dir},
       1,
       1,
       run_landscape},
      {"lab",
       "lab EXPERIMENT CONFIG.toml|DATA",
       fmt::format("measure on a training of yours what its settings do: {}", fmt::join(experiment_names(), ", ")),
       fmt::format("在你自己的训练上测量各项设置的作用：{}", fmt::join(experiment_names(), "、")),
       {"fathom lab schedule fashion.toml --seeds 5 --time-limit 15m", "fathom lab batch fashion.toml --scale sqrt"},
       lab_flags(),
       2,
       2,
       run_lab},
      {"tune",
       "tune CONFIG.toml|DATA",
       "search settings that train better, and prove it with other seeds",
       "搜索训练得更好的设置，并用其他种子证实",
       {"fathom tune fashion.toml --trials 30 --method asha --time-limit 1h"},
       tune_flags(),
       1,
       1,
       run_tune},
      {"runs",
       "runs [ls|show RUN]",
       "list the runs, or show one",
       "列出运行，或查看一个",
       {"fathom runs", "fathom runs show latest"},
       {{"--sort", "", "number|result", "the order", "排序方式"}, runs_dir},
       0,
       2,
       run_runs},
      {"resume",
       "resume RUN",
       "go on where a run stopped, to the same bits",
       "从中断处继续，结果逐位相同",
       {"fathom resume latest", "fathom resume 7 --epochs 100", "fathom resume 7 --escape"},
       {{"--escape", "", "", "from behind the step out of a saddle that fathom curvature found",
         "从 fathom curvature 找到的鞍点出路之后继续"},
        {"--epochs", "", "N", "another number of epochs", "新的训练轮数"},
        {"--time-limit", "", "10m", "stop after this time", "时间上限"},
        {"--learning-rate", "--lr", "X", "another learning rate", "新的学习率"},
        {"--set", "", "KEY=VALUE", "any configuration key (repeat)", "任意配置项（可重复）"},
        threads,
        runs_dir},
       1,
       1,
       run_resume},
      {"demo",
       "demo",
       "a simulated shop: its click log, a network, and the best that is possible",
       "模拟商店：点击日志、网络与理论最优",
       {"fathom demo"},
       {{"--rows", "", "N", "rows of the click log", "点击日志行数"},
        {"--seed", "", "N", "of the shop", "商店的种子"},
        threads,
        runs_dir},
       0,
       0,
       run_demo},
      {"doctor", "doctor", "what this machine has", "检查本机环境", {}, {runs_dir}, 0, 0, run_doctor},
      {"config",
       "config show [CONFIG]|schema|keys",
       "resolved values and where each comes from; the JSON Schema",
       "查看配置及其来源；JSON Schema",
       {"fathom config show fathom.toml --origin", "fathom config schema > fathom.schema.json"},
       {{"--origin", "", "", "where each value comes from", "显示每个值的来源"},
        {"--set", "", "KEY=VALUE", "any configuration key (repeat)", "任意配置项（可重复）"}},
       1,
       2,
       run_config},
      {"version", "version", "the version, and what it was built with", "版本与构建信息", {}, {}, 0, 0, run_version},
      {"help", "help [COMMAND]", "help on a command", "查看命令的帮助", {}, {}, 0, 1, run_help},
  };
}

const Flag* find_flag(const std::vector<Flag>& flags, const std::string& word) {
  const auto it = std::find_if(flags.begin(), flags.end(), [&](const Flag& flag) {
    return flag.name == word || (!flag.letter.empty() && flag.letter == word);
  });
  return it == flags.end() ? nullptr : &*it;
}

// Flags that other programs use for ours.
std::string foreign_flag(const std::string& word) {
  if (word == "--batch") return "--batch-size";
  if (word == "--max-epochs") return "--epochs";
  return {};
}

[[noreturn]] void refuse_flag(const Command& command, const std::string& word) {
  std::vector<std::string> names;
  for (const Flag& flag : command.flags) names.push_back(flag.name);
  for (const Flag& flag : global_flags()) names.push_back(flag.name);
  std::string closest = foreign_flag(word);
  if (closest.empty()) closest = closest_name(word, names);
  const bool has_set = find_flag(command.flags, "--set") != nullptr;
  throw Error(Code::usage, message("unknown flag {}", word), {},
              closest.empty()
                  ? message("fathom help {}", command.name)
                  : message("did you mean {}?{}", closest,
                            has_set ? Message(" (any config key also works: --set trainer.epochs=5)") : Message()));
}

// Every word that begins with a dash must be a flag that the command takes; "_" in its name counts as "-".
std::vector<std::string> checked_words(const Command& command, const std::vector<std::string>& words) {
  std::vector<std::string> result;
  bool flags_over = false, is_value = false;
  std::string otherwise;  // the value of the last flag when it is given none
  for (const std::string& word : words) {
    if (is_value && (otherwise.empty() || word.size() < 2 || word[0] != '-')) {
      is_value = false;
      result.back() += "=" + word;  // joined, so that a value with a dash stays a value
      continue;
    }
    if (is_value) {
      is_value = false;
      result.back() += "=" + otherwise;
    }
    if (flags_over || word.size() < 2 || word[0] != '-') {
      result.push_back(word);
      continue;
    }
    if (word == "--") {
      flags_over = true;
      result.push_back(word);
      continue;
    }
    const std::size_t equals = word.find('=');
    std::string name = word.substr(0, equals);
    if (name.size() > 2) std::replace(name.begin(), name.end(), '_', '-');
    const Flag* flag = find_flag(command.flags, name);
    if (flag == nullptr) flag = find_flag(global_flags(), name);
    if (flag == nullptr) refuse_flag(command, name);
    if (equals != std::string::npos && flag->value.empty())
      throw Error(Code::usage, message("{} takes no value", flag->name));
    result.push_back(equals == std::string::npos ? flag->name : flag->name + word.substr(equals));
    is_value = equals == std::string::npos && !flag->value.empty();
    otherwise = flag->otherwise;
  }
  if (is_value && !otherwise.empty()) {
    result.back() += "=" + otherwise;
    is_value = false;
  }
  if (is_value)
    throw Error(Code::usage, message("{} needs a value", result.back()), {}, message("fathom help {}", command.name));
  return result;
}

}  // namespace

const std::vector<Command>& commands() {
  static const std::vector<Command> all = make_commands();
  return all;
}

const std::vector<Flag>& global_flags() {
  static const std::vector<Flag> flags{{"--help", "-h", "", "this help", "显示帮助"},
                                       {"--verbose", "-v", "", "more detail", "更多细节"},
                                       {"--quiet", "-q", "", "errors and the answer only", "只输出错误与结果"},
                                       {"--json", "", "", "JSON on the standard output", "以 JSON 输出"},
                                       {"--color", "", "auto|always|never", "colours", "颜色"},
                                       {"--lang", "", "en|zh", "the language", "语言"},
                                       {"--no-input", "", "", "never ask", "从不询问"},
                                       {"--log-file", "", "FILE", "a copy of the messages", "另存消息"},
                                       {"--directory", "-C", "DIR", "work in this folder", "工作目录"}};
  return flags;
}

Arguments parse(const Command& command, const std::vector<std::string>& words) {
  Arguments arguments;
  CLI::App app(command.about, command.name);
  app.set_help_flag();
  std::map<std::string, std::vector<std::string>> values;
  std::map<std::string, bool> switches;
  const auto add = [&](const std::vector<Flag>& flags) {
    for (const Flag& flag : flags) {
      if (flag.value.empty())
        app.add_flag(flag.name, switches[flag.name]);
      else
        app.add_option(flag.name, values[flag.name])
            ->expected(1)
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
            ->allow_extra_args(false);
    }
  };
  add(command.flags);
  add(global_flags());
  app.add_option("arguments", arguments.positional);
  std::vector<std::string> reversed = checked_words(command, words);
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    throw Error(Code::usage, error.what(), {}, message("fathom help {}", command.name));
  }
  for (auto& [name, list] : values)
    if (!list.empty()) arguments.flags[name] = list;
  for (const auto& [name, given] : switches)
    if (given) arguments.flags[name] = {};
  if (!arguments.has("--help") &&
      (arguments.positional.size() < command.least || arguments.positional.size() > command.most))
    throw Error(Code::usage,
                arguments.positional.size() < command.least ? message("fathom {} needs more than that", command.name)
                                                            : message("fathom {} does not know what to do with \"{}\"",
                                                                      command.name, arguments.positional.back()),
                {}, message("usage: fathom {}", command.usage));
  return arguments;
}

std::string runs_folder(const Arguments& arguments) {
  if (arguments.has("--runs-dir")) return arguments.get("--runs-dir");
  const char* environment = std::getenv("FATHOM_RUNS_DIR");
  return environment != nullptr && *environment != '\0' ? environment : "runs";
}

void apply_threads(const Arguments& arguments) {
  std::string text = arguments.get("--threads");
  std::string_view origin = "--threads";
  for (const char* name : {"FATHOM_THREADS", "OMP_NUM_THREADS"})
    if (const char* value = std::getenv(name); text.empty() && value != nullptr && *value != '\0') {
      text = value;
      origin = name;
    }
  if (text.empty()) return;
  Pool::resize_shared(static_cast<int>(whole_number(origin, text, 1, 1024)));
}

Index whole_number(std::string_view origin, const std::string& text, Index low, Index high) {
  const auto number = parse_number(text);
  if (!number || !(*number >= static_cast<double>(low) && *number <= static_cast<double>(high)) ||
      *number != std::floor(*number))
    throw Error(Code::usage, message("{} must be a whole number from {} to {}, not \"{}\"", origin, low, high, text));
  return static_cast<Index>(*number);
}

Index whole_number(const Arguments& arguments, const std::string& flag, Index low, Index high, Index otherwise) {
  return arguments.has(flag) ? whole_number(flag, arguments.get(flag), low, high) : otherwise;
}

}  // namespace fathom::app
