#include "fathom/train/json_lines.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

namespace fathom {

namespace {

// NaN has no spelling in JSON.
nlohmann::ordered_json number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json json_of(const std::vector<ResultMetric>& metrics) {
  nlohmann::ordered_json list = nlohmann::ordered_json::object();
  for (const ResultMetric& metric : metrics)
    list[metric.name] = {{"value", number(metric.value)}, {"low", number(metric.low)}, {"high", number(metric.high)}};
  return list;
}

}  // namespace

std::string epoch_json(const EpochReport& report, const std::vector<ResultMetric>& valid) {
  nlohmann::ordered_json json{{"schema", "fathom/1"},
                              {"event", "epoch"},
                              {"epoch", report.epoch},
                              {"step", report.step},
                              {"train_loss", number(report.train_loss)},
                              {"valid_loss", number(report.valid->loss)},
                              {"learning_rate", number(report.learning_rate)},
                              {"gradient_norm", number(report.gradient_norm)},
                              {"rows_per_second", number(report.rows_per_second)},
                              {"seconds", number(report.seconds)},
                              {"best", report.best}};
  json["metrics"] = json_of(valid);
  return json.dump();
}

std::string run_json(const RunInfo& run) {
  return nlohmann::ordered_json{{"schema", "fathom/1"}, {"event", "run"},   {"number", run.number},
                                {"name", run.name},     {"path", run.path}, {"seed", run.seed}}
      .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string end_json(const TrainResult& ended, Index best_epoch, double seconds) {
  nlohmann::ordered_json json{{"schema", "fathom/1"},
                              {"event", "end"},
                              {"why", name_of(ended.ending)},
                              {"best_epoch", best_epoch},
                              {"seconds", number(seconds)}};
  if (ended.ending == Ending::diverged) {
    json["bad_step"] = ended.bad_step;
    json["bad_value"] = ended.bad_value.text;
  }
  return json.dump();
}

std::string metrics_json(const std::string& event, const std::vector<ResultMetric>& metrics) {
  return nlohmann::ordered_json{{"schema", "fathom/1"}, {"event", event}, {"metrics", json_of(metrics)}}.dump();
}

}  // namespace fathom
