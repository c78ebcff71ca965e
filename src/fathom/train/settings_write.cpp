// Settings as text: resolved TOML, JSON Schema, durations.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "fathom/data/json.hpp"
#include "fathom/train/settings.hpp"

namespace fathom {

namespace {

std::string table_of(const std::string& path) {
  return path.rfind('.') == std::string::npos ? "" : path.substr(0, path.rfind('.'));
}
std::string name_in_table(const std::string& path) {
  return path.rfind('.') == std::string::npos ? path : path.substr(path.rfind('.') + 1);
}

std::string end_text(const SearchKey& search, double end) {
  return search.whole ? fmt::format("{}", std::llround(end)) : toml_number(end);
}

Json schema_of(KeyType type, const std::vector<std::string>& choices, const std::string& automatic, double low,
               double high, bool above_low, const std::string& help, bool or_whole = false) {
  Json value;
  switch (type) {
    case KeyType::text:
      value["type"] = or_whole ? Json{"string", "integer"} : Json("string");
      break;
    case KeyType::whole:
      value["type"] = "integer";
      break;
    case KeyType::number:
      value["type"] = "number";
      break;
    case KeyType::flag:
      value["type"] = "boolean";
      break;
    case KeyType::wholes:
      value = {{"type", "array"}, {"items", {{"type", "integer"}, {"minimum", low}, {"maximum", high}}}};
      break;
    case KeyType::texts:
      value = {{"type", "array"}, {"items", {{"type", "string"}}}};
      break;
    case KeyType::duration:
      value["type"] = "string";
      break;
  }
  if (!choices.empty()) value["enum"] = choices;
  if (type == KeyType::whole || type == KeyType::number) {
    if (low > -1e299) value[above_low ? "exclusiveMinimum" : "minimum"] = low;
    if (high < 1e299) value["maximum"] = high;
  }
  if (!automatic.empty()) value = {{"anyOf", {value, {{"enum", {automatic}}}}}};
  value["description"] = help;
  return value;
}

}  // namespace

std::string toml_number(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == std::string::npos ? text + ".0" : text;
}

std::string toml_string(const std::string& text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += std::string("\\") + c;
    else if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (static_cast<unsigned char>(c) < 32 || c == 127)
      result += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    else
      result += c;
  }
  return result + "\"";
}

std::string resolved_settings(const Settings& settings, const Origins& origins) {
  std::string text, table;
  for (const Key& key : settings_keys()) {
    if (table_of(key.path) != table) {
      table = table_of(key.path);
      text += fmt::format("\n[{}]\n", table);
    }
    const auto origin = origins.find(key.path);
    const std::string line = fmt::format("{} = {}", name_in_table(key.path), key.show(settings));
    text += fmt::format("{:<44}# {}\n", line, origin == origins.end() ? "built in" : origin->second);
  }
  // The table of the last keys is [tune].
  for (const SearchKey& search : settings.tune.keys)
    text += search.kind == SearchKey::Kind::choice
                ? fmt::format("\"{}\" = {{ choice = [{}] }}\n", search.key, fmt::join(search.choices, ", "))
                : fmt::format("\"{}\" = {{ {} = [{}, {}] }}\n", search.key,
                              search.kind == SearchKey::Kind::log ? "log" : "range", end_text(search, search.low),
                              end_text(search, search.high));
  for (const auto& [name, options] : settings.inputs) {
    text += fmt::format("\n[[input]]\nname = {}\n", toml_string(name));
    if (options.kind) text += fmt::format("type = \"{}\"\n", name_of(*options.kind));
    text +=
        fmt::format("scale = \"{}\"\nfill = \"{}\"\nmin_count = {}\nwidth = {}\nmax_length = {}\nbuckets = {}\n",
                    options.scale, options.fill, options.min_count, options.width, options.max_length, options.buckets);
  }
  return text;
}

std::string settings_schema() {
  Json root{{"$schema", "http://json-schema.org/draft-07/schema#"},
            {"title", "Fathom configuration"},
            {"type", "object"},
            {"additionalProperties", false}};
  root["properties"] = Json::object();
  for (const Key& key : settings_keys()) {
    Json* at = &root;
    std::string rest = key.path;
    for (std::size_t dot = rest.find('.'); dot != std::string::npos; dot = rest.find('.')) {
      auto& child = (*at)["properties"][rest.substr(0, dot)];
      if (child.is_null())
        child = {{"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
      at = &child;
      rest = rest.substr(dot + 1);
    }
    (*at)["properties"][rest] =
        schema_of(key.type, key.choices, key.automatic, key.low, key.high, key.above_low, key.help, key.or_whole);
  }
  auto& input = root["properties"]["input"];
  input = {
      {"type", "array"},
      {"items",
       {{"type", "object"}, {"required", {"name"}}, {"additionalProperties", false}, {"properties", Json::object()}}}};
  Json& tune = root["properties"]["tune"];
  const Json ends{{"type", "array"}, {"items", {{"type", "number"}}}, {"minItems", 2}, {"maxItems", 2}};
  for (const Key& key : settings_keys())
    if (is_searchable(key.path))
      tune["properties"][key.path] = {
          {"type", "object"},
          {"minProperties", 1},
          {"maxProperties", 1},
          {"additionalProperties", false},
          {"properties", {{"log", ends}, {"range", ends}, {"choice", {{"type", "array"}}}}}};
  for (const InputKey& key : input_keys())
    input["items"]["properties"][key.name] = schema_of(key.type, key.choices, "", key.low, key.high, false, key.help);
  return write_json(root, 2) + "\n";
}

std::optional<double> parse_duration(const std::string& text) {
  double total = 0;
  double smallest = 1e300;  // units come from the largest to the smallest
  std::size_t at = 0;
  if (text.empty()) return {};
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
    const auto number = parse_number(text.substr(at, end - at));
    if (!number) return {};
    std::size_t unit_end = end;
    while (unit_end < text.size() && std::isalpha(static_cast<unsigned char>(text[unit_end])) != 0) ++unit_end;
    const std::string unit = text.substr(end, unit_end - end);
    const double seconds = unit.empty() || unit == "s"    ? 1
                           : unit == "m" || unit == "min" ? 60
                           : unit == "h"                  ? 3600
                           : unit == "d"                  ? 86400
                                                          : -1;
    if (seconds < 0 || seconds >= smallest) return {};
    smallest = seconds;
    total += *number * seconds;
    at = unit_end;
  }
  return total;
}

std::string show_duration(double seconds) {
  if (seconds < 60 || seconds != std::floor(seconds)) return fmt::format("{:g}s", seconds);
  const auto whole = static_cast<Index>(seconds);
  std::string text;
  if (whole >= 3600) text += fmt::format("{}h", whole / 3600);
  if (whole % 3600 >= 60) text += fmt::format("{}m", whole % 3600 / 60);
  if (whole % 60 != 0) text += fmt::format("{}s", whole % 60);
  return text;
}

}  // namespace fathom
