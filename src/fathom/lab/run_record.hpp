// What the folder of a run says about it, read back: nothing is computed that the training has written down.
//
// 1. Any part may be missing (a run that was stopped, one of an older version): it is empty then.
// 2. Nothing is changed, and the data itself is not read.
#pragma once

#include <string>
#include <vector>

#include "fathom/data/json.hpp"
#include "fathom/train/run_folder_info.hpp"
#include "fathom/train/run_folder_metrics.hpp"
#include "fathom/train/settings.hpp"

namespace fathom {

struct ColumnRecord {
  std::string name, kind;
  Index missing = 0, distinct = 0;
};

struct DataRecord {
  std::string path, split;  // split: how rows were dealt, in English: "stratified, seed 42"
  Index rows = 0, columns = 0;
  Index train = 0, valid = 0, test = 0, left_out = 0;
  std::vector<ColumnRecord> inputs;
};

// A row of the test part as eval/predictions.csv and eval/worst.csv have it.
struct JudgedRow {
  Index row = 0;  // in the file, from 1
  std::string truth, prediction;
  double probability = 0;  // of the class that is predicted; regression: 0
  double loss = 0;         // regression: the absolute error
};

struct RunRecord {
  RunInfo info;
  Settings settings;
  bool has_settings = false;
  Task task = Task::regression;
  std::string target;
  std::vector<std::string> classes;
  bool has_images = false;
  bool log_target = false;  // the network predicts the logarithm of the target
  DataRecord data;
  MetricsTable epochs;
  std::vector<ResultMetric> constant, linear;  // baselines, on the validation and the test part
  std::vector<JudgedRow> test, worst;
  std::vector<std::vector<double>> confusion;  // [actual][predicted], rows of the test part; empty for regression

  // A metric by its shown name; nullptr when there is none.
  static const ResultMetric* find(const std::vector<ResultMetric>& metrics, const std::string& name);
  // The part that is judged after each epoch: "valid", or "train" where there is none.
  std::string judged_part() const { return epochs.column("valid/loss") >= 0 ? "valid" : "train"; }
  // The epoch whose weights were kept, by the metric that was monitored; 0 before the first.
  Index best_epoch() const;
};

// Throws Error(data) when the folder is no run, or one of its files is damaged.
RunRecord read_run_record(const std::string& path);

// Metrics as runs write them: {name: {value, low, high}}, null where a number is not known.
std::vector<ResultMetric> result_metrics(const Json& metrics);

// Whether a metric, without its part, is better when it is higher.
bool higher_is_better(std::string_view metric);

}  // namespace fathom
