// fathom eval, predict, runs: working with what was trained.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>

#include "command.hpp"
#include "fathom/base/atomic_file.hpp"
#include "fathom/data/bytes.hpp"
#include "fathom/data/json.hpp"
#include "fathom/train/data_record.hpp"
#include "fathom/train/ensemble.hpp"
#include "fathom/train/json_lines.hpp"
#include "fathom/train/model_files.hpp"
#include "fathom/train/predictions.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "progress.hpp"
#include "train_command.hpp"

namespace fathom::app {

namespace {

// A trained model, and how to read data for it.
struct Model {
  std::string name;            // of the run: its number, or the path of a copy
  std::optional<RunInfo> run;  // none: of a copy of a model folder
  std::unique_ptr<Predictor> predictor;
  Settings settings;
};

// Sets what --set says of how a file is read; all else belongs to the model.
void apply_reading(const Arguments& arguments, bool has_data, Model& model) {
  static const std::vector<std::string> keys{"data.encoding", "data.delimiter", "data.header", "data.missing",
                                             "data.trim_labels"};
  Origins given;
  for (const std::string& assignment : arguments.all("--set")) set_setting(assignment, "--set", model.settings, given);
  for (const auto& [key, origin] : given)
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      throw Error(Code::config, message("{} cannot be set here: the model is made", key), {},
                  message("how the file is read can be set: {}", fmt::join(keys, ", ")));
  if (!given.empty() && !has_data)
    throw Error(Code::config, "--set says how a file is read, and none is named", {},
                "the run's own data is read as it was: fathom eval RUN, or fathom eval RUN DATA --set ...");
  if (given.contains("data.trim_labels")) model.predictor->pipeline.target.trim = model.settings.data.trim_labels;
}

// Of a run, or of a copy of its model folder, which has all that predicting needs.
Model find_model(const Arguments& arguments, const std::string& spec, bool has_data) {
  Model model;
  if (is_model_copy(spec)) {
    model.name = spec;
    model.predictor = load_predictor(spec);
    read_as_trained(model.predictor->pipeline, model.settings);
  } else {
    model.run = find_run(runs_folder(arguments), spec);
    model.name = fmt::format("{}", model.run->number);
    model.predictor = load_predictor(model.run->path);
    Origins origins;
    std::string text;
    load_config(model.run->path + "/config.resolved.toml", model.settings, origins, text);
  }
  apply_reading(arguments, has_data, model);
  return model;
}

std::vector<Model> find_models(const Arguments& arguments, const std::vector<std::string>& specs,
                               const std::string& data) {
  if (specs.size() > 1 && is_stream(data))
    throw Error(Code::usage, message("several runs need a file, and {} can be read only once", data), {},
                "save it first");
  std::vector<Model> models;
  for (const std::string& spec : specs) models.push_back(find_model(arguments, spec, !data.empty()));
  std::vector<Member> members;
  for (const Model& model : models) members.push_back({model.name, &model.predictor->pipeline, {}});
  check_same_question(members);  // before anything is read
  return models;
}

// Whether the last of several words names data and not one more run: what is there and is no run, or looks like a file.
bool names_data(const std::string& word) {
  if (std::filesystem::exists(word)) return !std::filesystem::exists(word + "/run.json") && !is_model_copy(word);
  return is_stream(word) || word.find_first_of("./") != std::string::npos;
}

// Rows of new data as the model reads them.
std::unique_ptr<Prepared> read_for(const Model& model, const std::string& path, const Arguments& arguments,
                                   Targets targets) {
  return prepare_more(path, arguments.get("--labels"), model.predictor->pipeline, targets, read_options(model.settings),
                      targets == Targets::required ? model.settings.output.row_weight : std::string());
}

// The data that a run was trained on, with its parts.
std::unique_ptr<Prepared> own_data(const Model& model) {
  const RunInfo& run = *model.run;
  auto prepared = prepare(model.settings);
  const std::string split = run.path + "/split.u8";
  if (fmt::format("{:016x}", prepared->hash) != run.data_hash ||
      (std::filesystem::exists(split) && read_file(split) != split_bytes(*prepared)))
    throw Error(Code::data,
                message("{} is not the data that run {} was trained on, so its test part is not known",
                        model.settings.data.path, run.number),
                {}, message("judge it as new data: fathom eval {} {}", run.number, model.settings.data.path));
  if (prepared->test().rows(Part::test) == 0)
    throw Error(Code::data, message("run {} has no test part", run.number), {},
                "give data to judge it on: fathom eval RUN DATA");
  return prepared;
}

// A row that one run was tested on and another was trained on would make the ensemble look better than it is.
void need_same_test(const std::vector<Model>& models) {
  // The rows of the test part; those for training and validation may be dealt otherwise where it has a file of its own.
  const auto test_rows = [](const Model& model) {
    const std::string file = model.run->path + "/split.u8";
    std::string rows = std::filesystem::exists(file) ? read_file(file) : std::string();
    for (char& part : rows) part = part == static_cast<char>(Part::test) ? 'x' : '.';
    return model.run->data_hash + rows;
  };
  for (const Model& model : models) {
    if (!model.run)
      throw Error(Code::usage, message("{} is a copy of a model without its data", model.name), {},
                  "give data to judge it on: fathom eval RUN DATA");
    if (test_rows(model) != test_rows(models.front()))
      throw Error(Code::data, message("runs {} and {} do not have the same test part", models.front().name, model.name),
                  {}, "give data that none of them was trained on: fathom eval RUN RUN DATA");
  }
}

// "   95% 0.81 - 0.83"; empty where there is none.
std::string interval_text(const ResultMetric& metric) {
  if (!std::isfinite(metric.low) || !std::isfinite(metric.high)) return {};
  return fmt::format("   95% {} - {}", metric_text(metric.low), metric_text(metric.high));
}

void print_metrics(const Interface& interface, const std::vector<ResultMetric>& metrics) {
  if (interface.json) {
    fmt::print("{}\n", metrics_json("eval", metrics));
    return;
  }
  for (const ResultMetric& metric : metrics)
    fmt::print("{}{}{}\n", padded(metric.name, 18), padded_left(metric_text(metric.value), 10), interval_text(metric));
}

using RunMetrics = std::pair<std::string, std::vector<ResultMetric>>;

// Each run's metrics beside those of their mean.
void print_ensemble(const Interface& interface, const std::vector<ResultMetric>& metrics,
                    const std::vector<RunMetrics>& runs) {
  if (interface.json) {
    fmt::print("{}\n", ensemble_json("eval", metrics, runs));
    return;
  }
  std::string head = padded(interface.say(message("{} runs averaged", runs.size())), 18);
  for (const auto& [name, own] : runs) head += padded_left(cut(interface.say(message("run {}", name)), 14), 16);
  fmt::print("{}{}\n", head, padded_left(interface.say("average", "平均"), 12));
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    std::string line = padded(metrics[i].name, 18);
    for (const auto& [name, own] : runs) line += padded_left(metric_text(own[i].value), 16);
    fmt::print("{}{}{}\n", line, padded_left(metric_text(metrics[i].value), 12), interval_text(metrics[i]));
  }
}

int check_minimum(const Arguments& arguments, const std::vector<ResultMetric>& metrics) {
  for (const std::string& wanted : arguments.all("--min")) {
    const std::size_t equals = wanted.find('=');
    const auto limit = equals == std::string::npos ? std::nullopt : parse_number(wanted.substr(equals + 1));
    if (!limit)
      throw Error(Code::usage, message("--min takes METRIC=VALUE, not \"{}\"", wanted), {},
                  "for example --min auc=0.8");
    const std::string name = wanted.substr(0, equals);
    bool found = false;
    for (const ResultMetric& metric : metrics) {
      if (metric.name != name && metric.name != "test/" + name) continue;
      found = true;
      if (std::isnan(metric.value))
        throw Error(Code::problem_found, message("{} is not defined on this data", metric.name));
      if (metric.better == Better::higher ? metric.value < *limit : metric.value > *limit)
        throw Error(
            Code::problem_found,
            metric.better == Better::higher
                ? message("{} is {}, which is below {}", metric.name, metric_text(metric.value), metric_text(*limit))
                : message("{} is {}, which is above {}", metric.name, metric_text(metric.value), metric_text(*limit)));
    }
    if (!found)
      throw Error(Code::usage, message("there is no metric \"{}\" here", name), {},
                  "run fathom eval without --min to see them");
  }
  return 0;
}

std::string when(const RunInfo& run) {
  return run.started.size() >= 16 ? run.started.substr(0, 10) + " " + run.started.substr(11, 5) : run.started;
}

std::string result_text(const RunInfo& run) {
  return run.results.empty() ? ""
                             : fmt::format("{} {}", run.results.front().name, metric_text(run.results.front().value));
}

}  // namespace

int run_eval(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  std::vector<std::string> specs = arguments.positional;
  std::string path;
  if (specs.size() > 1 && names_data(specs.back())) {
    path = specs.back();
    specs.pop_back();
  }
  const std::vector<Model> models = find_models(arguments, specs, path);
  if (path.empty()) need_same_test(models);
  std::unique_ptr<Prepared> first;  // whose rows and targets the ensemble is judged by
  std::vector<Member> members;
  std::vector<RunMetrics> runs;
  for (const Model& model : models) {
    std::unique_ptr<Prepared> data;
    if (path.empty()) {
      data = own_data(model);
    } else {
      data = read_for(model, path, arguments, Targets::required);
      if (!first)
        for (const Message& note : data->notes) interface.tell(interface.say(note));
      if (data->source->rows(Part::test) == 0)
        throw Error(Code::data, message("no row of {} has a target, so there is nothing to judge", data->path));
    }
    const Evaluation evaluation = model.predictor->evaluate(data->test());
    members.push_back({model.name, &model.predictor->pipeline, evaluation.outputs});
    runs.emplace_back(model.name, judge(data->test(), evaluation));
    if (!first) first = std::move(data);
  }
  if (models.size() == 1) {
    print_metrics(interface, runs.front().second);
    return check_minimum(arguments, runs.front().second);
  }
  check_same_question(members);
  const auto metrics = judge(first->test(), {.part = Part::test, .outputs = mean_outputs(members)});
  print_ensemble(interface, metrics, runs);
  return check_minimum(arguments, metrics);
}

int run_predict(const Arguments& arguments, Interface& interface) {
  apply_threads(arguments);
  const std::string format = arguments.get("--format", "csv"), path = arguments.positional.back();
  if (format != "csv" && format != "jsonl")
    throw Error(Code::usage, message("--format must be csv or jsonl, not \"{}\"", format));
  const std::vector<Model> models =
      find_models(arguments, {arguments.positional.begin(), arguments.positional.end() - 1}, path);
  std::vector<Member> members;
  std::vector<std::string> images;
  for (const Model& model : models) {
    const auto data = read_for(model, path, arguments, Targets::optional);
    if (members.empty())
      for (const Message& note : data->notes) interface.tell(interface.say(note));
    members.push_back({model.name, &model.predictor->pipeline, model.predictor->evaluate(*data->source).outputs});
    images = data->images;
  }
  const bool is_ensemble = members.size() > 1;
  if (is_ensemble) {
    check_same_question(members);
    interface.tell(interface.say(message("{} runs averaged", members.size())));
  }
  const std::string text =
      predictions_text(*members.front().pipeline, is_ensemble ? mean_outputs(members) : members.front().outputs,
                       arguments.has("--proba"),
                       format == "jsonl" || interface.json ? PredictionFormat::json_lines : PredictionFormat::csv,
                       images, is_ensemble ? members : std::vector<Member>{});
  const std::string output = arguments.get("--output", "-");
  if (output == "-")
    std::fwrite(text.data(), 1, text.size(), stdout);
  else
    write_file(output, text);
  return 0;
}

int run_runs(const Arguments& arguments, Interface& interface) {
  const std::string folder = runs_folder(arguments),
                    what = arguments.positional.empty() ? "ls" : arguments.positional[0];
  if (what != "ls") {
    if (what == "show" && arguments.positional.size() < 2)
      throw Error(Code::usage, "which run?", {}, "fathom runs show latest");
    const RunInfo run = find_run(folder, arguments.positional[what == "show" ? 1 : 0]);
    if (interface.json) {
      fmt::print("{}", to_json(run));
      return 0;
    }
    fmt::print("{}  {}  {}\n", run.path, interface.say(Message(name_of(run.status))), when(run));
    const auto row = [](std::string_view name, std::string_view value) {
      fmt::print("  {}{}\n", padded(name, 12), value);
    };
    for (const auto& [name, value] : run.facts)
      row(interface.say(Message(name)), name == "task" ? interface.say(Message(value)) : printable(value));
    row(interface.say("seed", "种子"), fmt::format("{}", run.seed));
    row(interface.say("time", "用时"), short_time(run.seconds));
    row(interface.say("host", "主机"), run.host);
    if (!run.problem.empty()) row(interface.say("problem", "问题"), interface.say(run.problem));
    for (const ResultMetric& metric : run.results)
      fmt::print("  {}{}\n", padded(metric.name, 18), metric_with_interval(interface, metric));
    return 0;
  }
  std::vector<RunInfo> runs = list_runs(folder);
  const std::string sort = arguments.get("--sort", "number");
  if (sort != "number" && sort != "result")
    throw Error(Code::usage, message("--sort must be number or result, not \"{}\"", sort));
  if (sort == "result")
    std::stable_sort(runs.begin(), runs.end(), [](const RunInfo& a, const RunInfo& b) {
      if (a.results.empty() || b.results.empty()) return !a.results.empty();
      return a.results.front().better == Better::higher ? a.results.front().value > b.results.front().value
                                                        : a.results.front().value < b.results.front().value;
    });
  if (interface.json) {
    Json list = Json::array();
    for (const RunInfo& run : runs) list.push_back(read_json(to_json(run)));
    fmt::print("{}\n", write_json({{"schema", "fathom/1"}, {"runs", list}}));
    return 0;
  }
  if (runs.empty()) {
    interface.tell(fmt::format("{}{}", interface.say("There are no runs in ", "没有任何运行："), folder));
    return 0;
  }
  int widest = 4;
  for (const RunInfo& run : runs) widest = std::clamp(width_of(run.name), widest, 32);
  fmt::print("{}  {}  {}  {}  {}  {}\n", padded_left("#", 5), padded(interface.say("name", "名字"), widest),
             padded(interface.say("status", "状态"), 11), padded(interface.say("started", "开始"), 16),
             padded_left(interface.say("time", "用时"), 8), interface.say("result", "结果"));
  for (const RunInfo& run : runs)
    fmt::print("{}  {}  {}  {}  {}  {}\n", padded_left(fmt::format("{}", run.number), 5),
               padded(cut(run.name, widest), widest), padded(interface.say(Message(name_of(run.status))), 11),
               padded(when(run), 16), padded_left(short_time(run.seconds), 8), result_text(run));
  return 0;
}

}  // namespace fathom::app
