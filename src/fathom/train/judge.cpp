#include "fathom/train/judge.hpp"

#include <algorithm>
#include <cmath>

#include "fathom/nn/metrics.hpp"

namespace fathom {

namespace {

using metrics::Estimate;

double logistic(double x) { return 1 / (1 + std::exp(-x)); }

class Judge {
 public:
  Judge(const DatasetSource& source, const Evaluation& evaluation)
      : part_(name_of(evaluation.part)), pipeline_(source.pipeline()), outputs_(evaluation.outputs) {
    for (Index row : source.rows_of(evaluation.part)) {
      const auto i = static_cast<std::size_t>(row);
      const Dataset& data = source.data();
      if (pipeline_.target.task == Task::regression)
        numbers_.push_back(static_cast<double>(data.target_numbers[i]));
      else
        classes_.push_back(static_cast<std::int32_t>(data.class_of(row)));
      if (!data.weights.empty()) weights_.push_back(static_cast<double>(data.weights[i]));
    }
  }

  std::vector<ResultMetric> results() {
    switch (pipeline_.target.task) {
      case Task::regression:
        regression();
        break;
      case Task::binary:
        binary();
        break;
      case Task::multiclass:
        multiclass();
        break;
    }
    return std::move(results_);
  }

 private:
  void add(const char* name, const Estimate& estimate, Better better) {
    results_.push_back({fmt::format("{}/{}", part_, name), estimate.value, estimate.low, estimate.high, better});
  }

  void regression() {
    const std::vector<double> predicted = predicted_numbers(pipeline_, outputs_);
    add("rmse", metrics::rmse(predicted, numbers_, weights_), Better::lower);
    add("mae", metrics::mae(predicted, numbers_, weights_), Better::lower);
    add("r2", metrics::r2(predicted, numbers_, weights_), Better::higher);
  }
  void binary() {
    const std::vector<double> p = probabilities(pipeline_, outputs_);
    std::vector<std::int32_t> predicted;
    for (double probability : p) predicted.push_back(probability > 0.5 ? 1 : 0);
    add("auc", metrics::auc(p, classes_, weights_), Better::higher);
    add("log_loss", metrics::log_loss(p, classes_, weights_), Better::lower);
    add("accuracy", metrics::accuracy(predicted, classes_, weights_), Better::higher);
    add("f1", metrics::f1(metrics::confusion_matrix(predicted, classes_, 2, weights_)), Better::higher);
  }
  void multiclass() {
    const std::vector<double> p = probabilities(pipeline_, outputs_);
    const auto count = static_cast<Index>(pipeline_.target.classes.size());
    std::vector<std::int32_t> predicted;
    for (std::size_t row = 0; row < classes_.size(); ++row) {
      const auto first = p.begin() + static_cast<std::ptrdiff_t>(row) * count;
      predicted.push_back(static_cast<std::int32_t>(std::max_element(first, first + count) - first));
    }
    add("accuracy", metrics::accuracy(predicted, classes_, weights_), Better::higher);
    add("log_loss", metrics::log_loss(p, count, classes_, weights_), Better::lower);
    add("macro_f1", metrics::macro_f1(metrics::confusion_matrix(predicted, classes_, count, weights_)), Better::higher);
    if (count >= 10) add("top_5", metrics::top_k(p, count, 5, classes_, weights_), Better::higher);
  }

  std::string_view part_;
  const Pipeline& pipeline_;
  const Tensor& outputs_;
  std::vector<std::int32_t> classes_;
  std::vector<double> numbers_, weights_;
  std::vector<ResultMetric> results_;
};

}  // namespace

std::vector<ResultMetric> judge(const DatasetSource& source, const Evaluation& evaluation) {
  return Judge(source, evaluation).results();
}

std::string first_metric(Task task) {
  return task == Task::regression ? "rmse" : task == Task::binary ? "auc" : "accuracy";
}

std::vector<double> probabilities(const Pipeline& pipeline, const Tensor& outputs) {
  std::vector<double> p;
  p.reserve(static_cast<std::size_t>(outputs.count()));
  if (pipeline.target.task == Task::binary) {
    for (Index i = 0; i < outputs.count(); ++i) p.push_back(logistic(outputs.at(i)));
    return p;
  }
  const Index classes = outputs.shape()[1];
  for (Index row = 0; row < outputs.shape()[0]; ++row) {
    double top = -INFINITY, total = 0;
    for (Index c = 0; c < classes; ++c) top = std::max(top, outputs.at(row * classes + c));
    for (Index c = 0; c < classes; ++c) {
      p.push_back(std::exp(outputs.at(row * classes + c) - top));
      total += p.back();
    }
    for (Index c = 0; c < classes; ++c) p[p.size() - 1 - static_cast<std::size_t>(c)] /= total;
  }
  return p;
}

std::vector<double> predicted_numbers(const Pipeline& pipeline, const Tensor& outputs) {
  std::vector<double> numbers;
  for (Index i = 0; i < outputs.count(); ++i) numbers.push_back(pipeline.target.decode(outputs.at(i)));
  return numbers;
}

Tensor constant_outputs(const DatasetSource& source, Index rows) {
  const Dataset& data = source.data();
  const TargetEncoder& target = source.pipeline().target;
  const auto weight = [&](Index row) {
    return data.weights.empty() ? 1.0 : static_cast<double>(data.weights[static_cast<std::size_t>(row)]);
  };
  double total = 0;
  if (target.task == Task::regression) {
    double mean = 0;  // in the target's own unit, so that no constant has a smaller squared error
    for (Index row : source.rows_of(Part::train)) {
      total += weight(row);
      if (total > 0)
        mean += weight(row) / total * (static_cast<double>(data.target_numbers[static_cast<std::size_t>(row)]) - mean);
    }
    Tensor outputs({Dtype::f32, {rows}});
    for (Index i = 0; i < rows; ++i) outputs.set(i, target.encode(mean));
    return outputs;
  }
  // Half a row more of each class: what training never saw is unlikely, not impossible.
  std::vector<double> counts(target.classes.size(), 0.5);
  for (Index row : source.rows_of(Part::train)) counts[data.class_of(row)] += weight(row);
  for (double count : counts) total += count;
  if (target.task == Task::binary) {
    Tensor outputs({Dtype::f32, {rows}});
    for (Index i = 0; i < rows; ++i) outputs.set(i, std::log(counts[1] / counts[0]));
    return outputs;
  }
  const auto classes = static_cast<Index>(counts.size());
  Tensor outputs({Dtype::f32, {rows, classes}});
  for (Index i = 0; i < outputs.count(); ++i)
    outputs.set(i, std::log(counts[static_cast<std::size_t>(i % classes)] / total));
  return outputs;
}

}  // namespace fathom
