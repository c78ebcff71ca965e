#include "fathom/train/run_folder_info.hpp"

#include <array>
#include <cmath>

#include "fathom/base/error.hpp"
#include "fathom/data/json.hpp"

namespace fathom {

namespace {

constexpr std::string_view schema = "fathom/1";
constexpr std::array<std::string_view, 7> status_names{"running", "finished", "interrupted", "diverged",
                                                       "failed",  "stopped",  "damaged"};

Json json_of(const Facts& facts) {
  Json json = Json::object();
  for (const auto& [key, value] : facts) json[key] = value;
  return json;
}

Facts facts_of(const Json& json) {
  Facts facts;
  for (const auto& [key, value] : json.items()) facts.emplace_back(key, value.get<std::string>());
  return facts;
}

// JSON has no NaN: a number that is not finite is left out.
void set_number(Json& json, const char* key, double value) {
  if (std::isfinite(value)) json[key] = value;
}

double number_or_nan(const Json& json, const char* key) {
  return json.contains(key) ? json.at(key).get<double>() : std::numeric_limits<double>::quiet_NaN();
}

Json json_of(const ResultMetric& metric) {
  Json json = {{"name", metric.name}};
  set_number(json, "value", metric.value);
  set_number(json, "low", metric.low);
  set_number(json, "high", metric.high);
  json["better"] = metric.better == Better::higher ? "higher" : "lower";
  return json;
}

ResultMetric metric_of(const Json& json) {
  return {.name = json.at("name").get<std::string>(),
          .value = number_or_nan(json, "value"),
          .low = number_or_nan(json, "low"),
          .high = number_or_nan(json, "high"),
          .better = json.value("better", "lower") == "higher" ? Better::higher : Better::lower};
}

// A message with what it was made from.
Json json_of(const Message& message) {
  Json json = {{"text", message.text}, {"pattern", message.pattern}, {"arguments", Json::array()}};
  for (const Message& argument : message.arguments) json["arguments"].push_back(json_of(argument));
  return json;
}

Message message_of(const Json& json) {
  Message message;
  message.text = json.at("text").get<std::string>();
  message.pattern = json.at("pattern").get<std::string>();
  for (const Json& argument : json.at("arguments")) message.arguments.push_back(message_of(argument));
  return message;
}

RunStatus status_of(const std::string& name, const std::string& source) {
  for (std::size_t i = 0; i < status_names.size(); ++i)
    if (status_names[i] == name) return static_cast<RunStatus>(i);
  throw Error(Code::data, message("{} has the unknown status \"{}\"", source, name), source);
}

RunInfo run_info_of(const Json& json, const std::string& source) {
  RunInfo info;
  info.number = json.at("number").get<int>();
  info.name = json.at("name").get<std::string>();
  info.status = status_of(json.at("status").get<std::string>(), source);
  info.started = json.at("started").get<std::string>();
  info.ended = json.value("ended", "");
  info.seconds = json.value("seconds", 0.0);
  info.host = json.value("host", "");
  info.pid = json.value("pid", std::int64_t{0});
  info.threads = json.value("threads", 0);
  info.exit_code = json.value("exit_code", 0);
  info.seed = json.value("seed", std::uint64_t{0});
  info.data_hash = json.value("data_hash", "");
  info.command = json.value("command", std::vector<std::string>{});
  info.versions = facts_of(json.value("versions", Json::object()));
  info.facts = facts_of(json.value("facts", Json::object()));
  for (const Json& metric : json.value("results", Json::array())) info.results.push_back(metric_of(metric));
  info.problem = json.value("problem", "");
  if (json.contains("problem_message")) info.problem = message_of(json.at("problem_message"));
  return info;
}

}  // namespace

std::string_view name_of(RunStatus status) { return status_names[static_cast<std::size_t>(status)]; }

std::string to_json(const RunInfo& info) {
  Json json = {{"schema", schema},
               {"number", info.number},
               {"name", info.name},
               {"status", name_of(info.status)},
               {"started", info.started}};
  json["ended"] = info.ended;
  set_number(json, "seconds", info.seconds);
  json["host"] = info.host;
  json["pid"] = info.pid;
  json["threads"] = info.threads;
  json["exit_code"] = info.exit_code;
  json["seed"] = info.seed;
  json["data_hash"] = info.data_hash;
  json["command"] = info.command;
  json["versions"] = json_of(info.versions);
  json["facts"] = json_of(info.facts);
  json["results"] = Json::array();
  for (const ResultMetric& metric : info.results) json["results"].push_back(json_of(metric));
  if (!info.problem.empty()) json["problem"] = info.problem.text;
  if (!info.problem.arguments.empty()) json["problem_message"] = json_of(info.problem);
  return write_json(json, 2) + "\n";
}

RunInfo run_info_from_json(std::string_view text, const std::string& source) {
  try {
    const Json json = read_json(text);
    if (const auto version = json.value("schema", ""); version != schema)
      throw Error(Code::data, message("{} has the schema \"{}\"; this program reads \"{}\"", source, version, schema),
                  source);
    return run_info_of(json, source);
  } catch (const Json::exception& error) {
    throw Error(Code::data, message("{} is damaged: {}", source, json_problem(error)), source);
  }
}

}  // namespace fathom
