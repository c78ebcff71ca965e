#include "fathom/lab/run_record.hpp"

#include <cmath>
#include <filesystem>
#include <limits>

#include "fathom/base/atomic_file.hpp"
#include "fathom/data/json.hpp"
#include "fathom/data/pipeline.hpp"
#include "fathom/train/run_folder_find.hpp"

namespace fathom {

namespace {

namespace files = std::filesystem;

using Lines = std::vector<std::vector<std::string>>;

// The records of a CSV file without its header, each of as many fields as that; empty when there is no file.
Lines read_lines(const std::string& path) {
  Lines lines;
  if (!files::exists(path)) return lines;
  CsvReader reader(open_bytes(path), path, ',');
  std::vector<CsvField> fields;
  std::size_t width = 0;
  while (reader.next(fields)) {
    if (width == 0) {
      width = fields.size();
      continue;
    }
    if (fields.size() != width)
      throw Error(
          Code::data,
          message("{} is damaged: line {} has {} fields instead of {}", path, reader.line(), fields.size(), width),
          path);
    std::vector<std::string> line;
    for (const CsvField& field : fields) line.emplace_back(field.text);
    lines.push_back(std::move(line));
  }
  return lines;
}

double number_of(const std::string& text) {
  return parse_number(text).value_or(std::numeric_limits<double>::quiet_NaN());
}

std::vector<JudgedRow> judged_rows(const std::string& path, bool classes) {
  std::vector<JudgedRow> rows;
  for (const auto& line : read_lines(path)) {
    if (line.size() < (classes ? 5u : 4u))
      throw Error(Code::data, message("{} is damaged: a line has {} fields", path, line.size()), path);
    rows.push_back({static_cast<Index>(number_of(line[0])), line[1], line[2], classes ? number_of(line[3]) : 0,
                    number_of(line[classes ? 4 : 3])});
  }
  return rows;
}

std::vector<std::vector<double>> confusion_of(const std::string& path) {
  std::vector<std::vector<double>> matrix;
  for (const auto& line : read_lines(path)) {
    std::vector<double> row;
    for (std::size_t i = 1; i < line.size(); ++i) row.push_back(number_of(line[i]));
    matrix.push_back(std::move(row));
  }
  for (const auto& row : matrix)
    if (row.size() != matrix.size()) throw Error(Code::data, message("{} is damaged: it is not square", path), path);
  return matrix;
}

// Calls `use` with the JSON of a file if there is one; what it lacks or holds in excess is a damaged file.
template <class Use>
void with_json(const std::string& path, Use&& use) {
  if (!files::exists(path)) return;
  try {
    use(read_json(read_file(path)));
  } catch (const nlohmann::json::exception& error) {
    throw Error(Code::data, message("{} is damaged: {}", path, json_problem(error)), path);
  }
}

DataRecord data_of(const std::string& path) {
  DataRecord data;
  with_json(path, [&](const Json& json) {
    data.path = json.at("path").get<std::string>();
    data.rows = json.at("rows").get<Index>();
    data.columns = json.at("columns").get<Index>();
    for (const Json& input : json.at("inputs"))
      data.inputs.push_back({input.at("name").get<std::string>(), input.at("kind").get<std::string>(),
                             input.at("missing").get<Index>(), input.at("distinct").get<Index>()});
    const Json& split = json.at("split");
    data.split = split.at("by").get<std::string>();
    data.train = split.at("train").get<Index>();
    data.valid = split.at("valid").get<Index>();
    data.test = split.at("test").get<Index>();
    data.left_out = split.at("left_out").get<Index>();
  });
  return data;
}

void read_baselines(const std::string& path, RunRecord& record) {
  with_json(path, [&](const Json& json) {
    for (const auto& [name, to] : {std::pair{"constant", &record.constant}, std::pair{"linear", &record.linear}})
      if (json.contains(name)) *to = result_metrics(json.at(name));
  });
}

}  // namespace

std::vector<ResultMetric> result_metrics(const Json& metrics) {
  const auto value = [](const Json& number) {
    return number.is_number() ? number.get<double>() : std::numeric_limits<double>::quiet_NaN();
  };
  std::vector<ResultMetric> results;
  for (const auto& [name, estimate] : metrics.items())
    results.push_back({name, value(estimate.at("value")), value(estimate.at("low")), value(estimate.at("high")),
                       higher_is_better(name.substr(name.find('/') + 1)) ? Better::higher : Better::lower});
  return results;
}

const ResultMetric* RunRecord::find(const std::vector<ResultMetric>& metrics, const std::string& name) {
  for (const ResultMetric& metric : metrics)
    if (metric.name == name) return &metric;
  return nullptr;
}

bool higher_is_better(std::string_view metric) {
  return metric != "loss" && metric != "log_loss" && metric != "rmse" && metric != "mae";
}

Index RunRecord::best_epoch() const {
  const std::string& monitor = settings.early_stopping.monitor;
  int column = epochs.column(monitor);
  if (column < 0) column = epochs.column(judged_part() + "/loss");
  const int epoch = epochs.column("epoch");
  if (column < 0 || epoch < 0) return 0;
  const std::string& name = epochs.columns[static_cast<std::size_t>(column)];
  const double sign = higher_is_better(name.substr(name.find('/') + 1)) ? -1 : 1;
  double best = std::numeric_limits<double>::infinity();
  Index found = 0;
  for (const auto& row : epochs.rows) {
    const double value = sign * row[static_cast<std::size_t>(column)];
    if (!(value < best - (found > 0 ? settings.early_stopping.min_delta : 0))) continue;
    best = value;
    found = static_cast<Index>(row[static_cast<std::size_t>(epoch)]);
  }
  return found;
}

RunRecord read_run_record(const std::string& path) {
  RunRecord record;
  record.info = read_run(path);
  if (record.info.status == RunStatus::damaged) throw Error(Code::data, record.info.problem, path);
  const std::string settings = path + "/config.resolved.toml", pipeline = path + "/model/pipeline.json";
  if (files::exists(settings)) {
    Origins origins;
    read_settings(read_file(settings), settings, record.settings, origins);
    record.has_settings = true;
  }
  if (files::exists(pipeline)) {
    const Pipeline read = pipeline_from_json(read_file(pipeline), pipeline);
    const TargetEncoder& target = read.target;
    record.has_images = read.image_rows > 0;
    record.task = target.task;
    record.target = target.name;
    record.classes = target.classes;
    record.log_target = target.log;
  }
  record.data = data_of(path + "/data.json");
  record.epochs = read_metrics(path + "/metrics.csv");
  read_baselines(path + "/eval/baselines.json", record);
  const bool classes = record.task != Task::regression;
  record.test = judged_rows(path + "/eval/predictions.csv", classes);
  record.worst = judged_rows(path + "/eval/worst.csv", classes);
  if (classes) record.confusion = confusion_of(path + "/eval/confusion.csv");
  return record;
}

}  // namespace fathom
