#include "fathom/train/json_lines.hpp"

#include <cmath>

#include "fathom/data/json.hpp"

namespace fathom {

namespace {

// NaN has no spelling in JSON.
Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json json_of(const std::vector<ResultMetric>& metrics) {
  Json list = Json::object();
  for (const ResultMetric& metric : metrics)
    list[metric.name] = {{"value", number(metric.value)}, {"low", number(metric.low)}, {"high", number(metric.high)}};
  return list;
}

}  // namespace

std::string epoch_json(const EpochReport& report, const std::vector<ResultMetric>& valid) {
  Json json{{"schema", "fathom/1"},
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
  return write_json(json);
}

std::string run_json(const RunInfo& run) {
  return write_json({{"schema", "fathom/1"},
                     {"event", "run"},
                     {"number", run.number},
                     {"name", run.name},
                     {"path", run.path},
                     {"seed", run.seed}});
}

std::string end_json(const TrainResult& ended, Index best_epoch, double seconds) {
  Json json{{"schema", "fathom/1"},
            {"event", "end"},
            {"why", name_of(ended.ending)},
            {"best_epoch", best_epoch},
            {"seconds", number(seconds)}};
  if (ended.ending == Ending::diverged) {
    json["bad_step"] = ended.bad_step;
    json["bad_value"] = ended.bad_value.text;
  }
  return write_json(json);
}

std::string metrics_json(const std::string& event, const std::vector<ResultMetric>& metrics) {
  return write_json({{"schema", "fathom/1"}, {"event", event}, {"metrics", json_of(metrics)}});
}

std::string ensemble_json(const std::string& event, const std::vector<ResultMetric>& metrics,
                          const std::vector<std::pair<std::string, std::vector<ResultMetric>>>& runs) {
  Json list = Json::array();
  for (const auto& [name, own] : runs) list.push_back({{"run", name}, {"metrics", json_of(own)}});
  return write_json({{"schema", "fathom/1"}, {"event", event}, {"metrics", json_of(metrics)}, {"runs", list}});
}

std::string initial_json(const InitialWeights& initial) {
  Json fresh = Json::array();
  for (const auto& [name, why] : initial.fresh()) fresh.push_back({{"name", name}, {"why", why.text}});
  return write_json({{"schema", "fathom/1"},
                     {"event", "init_from"},
                     {"run", initial.origin()},
                     {"loaded", initial.names()},
                     {"new", fresh},
                     {"left", initial.left()}});
}

}  // namespace fathom
