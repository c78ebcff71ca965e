#include "fathom/train/predictions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fathom/data/json.hpp"
#include "fathom/train/judge.hpp"

namespace fathom {

namespace {

constexpr std::size_t worst_rows = 100;

std::string csv_field(const std::string& text) {
  const bool spaces = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (text.find_first_of(",\"\n\r") == std::string::npos && !spaces) return text;
  std::string quoted = "\"";
  for (char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

// A row's prediction, in words, with the probability of each class; regression has none.
struct Prediction {
  std::string text;
  double number = 0;  // regression
  std::size_t best = 0;
  std::vector<double> classes;
};

class Predictions {
 public:
  Predictions(const Pipeline& pipeline, const Tensor& outputs)
      : target_(pipeline.target),
        values_(target_.task == Task::regression ? predicted_numbers(pipeline, outputs)
                                                 : probabilities(pipeline, outputs)) {}

  Prediction of(std::size_t row) const {
    if (target_.task == Task::regression) return {fmt::format("{:.9g}", values_[row]), values_[row], 0, {}};
    Prediction prediction;
    const std::size_t count = target_.classes.size();
    if (target_.task == Task::binary) {
      prediction.classes = {1 - values_[row], values_[row]};
    } else {
      const auto first = values_.begin() + static_cast<std::ptrdiff_t>(row * count);
      prediction.classes.assign(first, first + static_cast<std::ptrdiff_t>(count));
    }
    // Half and half is the first class.
    prediction.best = static_cast<std::size_t>(std::max_element(prediction.classes.begin(), prediction.classes.end()) -
                                               prediction.classes.begin());
    prediction.text = target_.classes[prediction.best];
    return prediction;
  }

 private:
  const TargetEncoder& target_;
  std::vector<double> values_;
};

}  // namespace

std::string predictions_text(const Pipeline& pipeline, const Tensor& outputs, bool all_classes, PredictionFormat format,
                             const std::vector<std::string>& images, const std::vector<Member>& members) {
  const TargetEncoder& target = pipeline.target;
  const Predictions predictions(pipeline, outputs);
  std::vector<std::string> names;  // of the numbers beside the prediction
  if (target.task != Task::regression && all_classes)
    for (const std::string& name : target.classes) names.push_back("p(" + name + ")");
  else if (target.task == Task::binary)
    names.push_back("probability");
  std::vector<Predictions> own;
  std::vector<std::string> runs;
  for (const Member& member : members) {
    own.emplace_back(*member.pipeline, member.outputs);
    runs.push_back("run(" + member.name + ")");
  }
  std::string text;
  if (format == PredictionFormat::csv) {
    text = images.empty() ? "prediction" : "image,prediction";
    for (const std::string& name : names) text += "," + csv_field(name);
    for (const std::string& name : runs) text += "," + csv_field(name);
    text += '\n';
  }
  for (std::size_t row = 0; row < static_cast<std::size_t>(outputs.shape()[0]); ++row) {
    const Prediction prediction = predictions.of(row);
    const std::size_t skipped = prediction.classes.size() - names.size();  // binary: the first class says nothing more
    if (format == PredictionFormat::csv) {
      if (!images.empty()) text += csv_field(images[row]) + ",";
      text += csv_field(prediction.text);
      for (std::size_t i = 0; i < names.size(); ++i) text += fmt::format(",{:.9g}", prediction.classes[i + skipped]);
      for (const Predictions& member : own) text += "," + csv_field(member.of(row).text);
      text += '\n';
      continue;
    }
    const auto value = [&](const Prediction& of) {
      return target.task == Task::regression ? Json(of.number) : Json(of.text);
    };
    Json line;
    if (!images.empty()) line["image"] = images[row];
    line["prediction"] = value(prediction);
    for (std::size_t i = 0; i < names.size(); ++i) line[names[i]] = prediction.classes[i + skipped];
    for (std::size_t i = 0; i < runs.size(); ++i) line[runs[i]] = value(own[i].of(row));
    text += write_json(line) + "\n";
  }
  return text;
}

TestTables test_tables(const DatasetSource& source, const Evaluation& evaluation) {
  const TargetEncoder& target = source.pipeline().target;
  const Dataset& data = source.data();
  const auto& rows = source.rows_of(evaluation.part);
  const Predictions predictions(source.pipeline(), evaluation.outputs);
  const std::size_t classes = target.classes.size();
  std::vector<std::string> lines;
  std::vector<double> losses;
  std::vector<Index> confusion(classes * classes);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows[i]);
    const Prediction prediction = predictions.of(i);
    if (target.task == Task::regression) {
      const float truth = data.target_numbers[row];
      losses.push_back(std::abs(prediction.number - static_cast<double>(truth)));
      lines.push_back(fmt::format("{},{},{},{:.6g}\n", row + 1, number_text(truth), prediction.text, losses.back()));
      continue;
    }
    const std::size_t truth = data.class_of(rows[i]);
    ++confusion[truth * classes + prediction.best];
    losses.push_back(-std::log(std::max(prediction.classes[truth], 1e-300)));
    lines.push_back(fmt::format("{},{},{},{:.6g},{:.6g}\n", row + 1, csv_field(target.classes[truth]),
                                csv_field(prediction.text), prediction.classes[prediction.best], losses.back()));
  }
  const std::string header =
      target.task == Task::regression ? "row,truth,prediction,error\n" : "row,truth,prediction,probability,loss\n";
  TestTables tables{header, header, {}};
  for (const std::string& line : lines) tables.predictions += line;
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return losses[a] > losses[b]; });
  order.resize(std::min(order.size(), worst_rows));
  for (std::size_t i : order) tables.worst += lines[i];
  if (target.task == Task::regression) return tables;
  tables.confusion = "truth";
  for (const std::string& name : target.classes) tables.confusion += "," + csv_field(name);
  tables.confusion += '\n';
  for (std::size_t truth = 0; truth < classes; ++truth) {
    tables.confusion += csv_field(target.classes[truth]);
    for (std::size_t best = 0; best < classes; ++best)
      tables.confusion += fmt::format(",{}", confusion[truth * classes + best]);
    tables.confusion += '\n';
  }
  return tables;
}

}  // namespace fathom
