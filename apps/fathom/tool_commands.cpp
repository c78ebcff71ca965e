// fathom doctor, config, version, help.
#include <fmt/core.h>
#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "command.hpp"
#include "fathom/base/pool.hpp"
#include "fathom/cpu/tile.hpp"
#include "fathom/data/json.hpp"
#include "fathom/train/run_folder_find.hpp"
#include "train_command.hpp"

namespace fathom::app {

namespace {

std::string first_line_with(const Interface& interface, const char* path, const std::string& key) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (line.substr(0, key.size()) == key) return line.substr(line.find(':') + 2);
  return std::string(interface.say("unknown", "未知"));
}

}  // namespace

int run_doctor(const Arguments& arguments, Interface& interface) {
  utsname system{};
  uname(&system);
  Json json{{"schema", "fathom/1"}, {"event", "doctor"}};
  const auto row = [&](std::string_view english, std::string_view chinese, const std::string& value) {
    json[std::string(english)] = value;
    if (!interface.json) fmt::print("{}{}\n", padded(interface.say(english, chinese), 20), value);
  };
  row("fathom", "fathom", version);
  row("system", "系统", fmt::format("{} {} {}", system.sysname, system.release, system.machine));
  row("processor", "处理器", first_line_with(interface, "/proc/cpuinfo", "model name"));
  row("instructions", "指令集", std::string(simd_target()));
  row("processors to use", "可用核数", fmt::format("{}", usable_processors()));
  row("memory", "内存",
      fmt::format("{}, {} {}", first_line_with(interface, "/proc/meminfo", "MemTotal"),
                  first_line_with(interface, "/proc/meminfo", "MemAvailable"), interface.say("free", "空闲")));
  const std::string folder = runs_folder(arguments);
  std::error_code error;
  const auto space = std::filesystem::space(std::filesystem::exists(folder) ? folder : ".", error);
  row("runs", "运行",
      fmt::format("{}: {} ({} {})", folder, list_runs(folder).size(), megabytes(error ? 0 : space.available),
                  interface.say("free on the disk", "磁盘空闲")));
  row("terminal", "终端",
      fmt::format("{} x {}, {}", interface.err_is_terminal ? interface.say("yes", "是") : interface.say("no", "否"),
                  interface.width, interface.unicode ? "UTF-8" : "ASCII"));
  row("language", "语言", interface.language == Language::chinese ? "zh" : "en");
  if (interface.json) fmt::print("{}\n", write_json(json));
  return 0;
}

int run_config(const Arguments& arguments, Interface& interface) {
  const std::string& what = arguments.positional[0];
  if (what == "schema") {
    fmt::print("{}", settings_schema());
    return 0;
  }
  if (what == "keys" && interface.json) {
    auto keys = Json::array();
    for (const Key& key : settings_keys())
      keys.push_back({{"key", key.path},
                      {"default", read_json(key.show(Settings{}))},
                      {"help", interface.say(key.help, key.help_zh)}});
    auto inputs = Json::array();
    for (const InputKey& key : input_keys())
      inputs.push_back({{"key", key.name}, {"choices", key.choices}, {"help", interface.say(key.help, key.help_zh)}});
    fmt::print("{}\n", write_json({{"schema", "fathom/1"}, {"keys", keys}, {"input", inputs}}));
    return 0;
  }
  if (what == "keys") {
    for (const Key& key : settings_keys())
      fmt::print("{}{}  {}\n", padded(key.path, 36), padded(key.show(Settings{}), 14),
                 interface.say(key.help, key.help_zh));
    for (const InputKey& key : input_keys())
      fmt::print("{}{}  {}\n", padded("[[input]] " + key.name, 36),
                 padded(fmt::format("{}", fmt::join(key.choices, "|")), 14), interface.say(key.help, key.help_zh));
    return 0;
  }
  if (what != "show")
    throw Error(Code::usage, message("fathom config does not know \"{}\"", what), {},
                "fathom config show, keys or schema");
  Settings settings;
  Origins origins;
  std::string text;
  const std::string path = arguments.positional.size() > 1 ? arguments.positional[1] : "fathom.toml";
  if (arguments.positional.size() > 1 || std::filesystem::exists(path)) load_config(path, settings, origins, text);
  for (const std::string& assignment : arguments.all("--set")) set_setting(assignment, "--set", settings, origins);
  if (interface.json) {
    Json keys = Json::object();
    for (const Key& key : settings_keys()) {
      const auto origin = origins.find(key.path);
      keys[key.path] = {{"value", read_json(key.show(settings))},
                        {"origin", origin == origins.end() ? "default" : origin->second}};
    }
    fmt::print("{}\n", write_json({{"schema", "fathom/1"}, {"keys", keys}}, 2));
    return 0;
  }
  const std::string resolved = resolved_settings(settings, origins);
  std::size_t start = 0;
  for (std::size_t end = resolved.find('\n'); end != std::string::npos; end = resolved.find('\n', start)) {
    std::string line = resolved.substr(start, end - start);
    if (const std::size_t comment = line.rfind("# "); comment != std::string::npos) {
      const std::string origin = line.substr(comment + 2);
      line.erase(comment);
      if (arguments.has("--origin")) line += "# " + interface.say(Message(origin));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
    start = end + 1;
  }
  return 0;
}

int run_version(const Arguments&, Interface& interface) {
  if (interface.json)
    fmt::print("{{\"schema\": \"fathom/1\", \"version\": \"{}\"}}\n", version);
  else
    fmt::print("fathom {} ({}, {})\n", version, __VERSION__, simd_target());
  return 0;
}

int run_help(const Arguments& arguments, Interface& interface) {
  if (arguments.positional.empty()) {
    print_help(interface);
    return 0;
  }
  const auto it = std::find_if(commands().begin(), commands().end(),
                               [&](const Command& command) { return command.name == arguments.positional[0]; });
  if (it == commands().end())
    throw Error(Code::usage, message("there is no command \"{}\"", arguments.positional[0]), {}, "fathom help");
  print_help(interface, &*it);
  return 0;
}

}  // namespace fathom::app
