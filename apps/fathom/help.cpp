// Help: on the program and on each command, from the table of commands; for people and as JSON.

#include "command.hpp"
#include "fathom/data/json.hpp"

namespace fathom::app {

namespace {

std::string flag_lines(const Interface& interface, const std::vector<Flag>& flags) {
  std::string text;
  for (const Flag& flag : flags) {
    const std::string left = fmt::format("  {}{}{}", flag.letter.empty() ? "    " : flag.letter + ", ", flag.name,
                                         flag.value.empty() ? "" : " " + flag.value);
    text += fmt::format("{}{}\n", padded(left, 34), interface.say(flag.help, flag.help_zh));
  }
  return text;
}

std::string general_text(const Interface& interface) {
  std::string text =
      fmt::format("{}\n\n{}\n",
                  interface.say("fathom - train neural networks from one file, and see why they do or don't learn",
                                "fathom - 用一个文件训练神经网络，并看清它为什么学得会或学不会"),
                  interface.say("Start here", "从这里开始"));
  text += "  fathom demo\n  fathom train houses.csv --target price\n  fathom predict latest new.csv\n\n";
  text += fmt::format("{}\n", interface.say("Commands", "命令"));
  for (const Command& command : commands())
    text += fmt::format("  {}{}\n", padded(command.name, 10), interface.say(command.about, command.about_zh));
  text += fmt::format("\n{}\n{}", interface.say("Flags of every command", "通用选项"),
                      flag_lines(interface, global_flags()));
  return text + fmt::format("\n{}\n", interface.say("fathom help COMMAND tells more.", "详见 fathom help 命令。"));
}

std::string command_text(const Interface& interface, const Command& command) {
  std::string text;
  for (const std::string& example : command.examples) text += fmt::format("  {}\n", example);
  if (!text.empty()) text = fmt::format("{}\n{}\n", interface.say("Examples", "示例"), text);
  text += fmt::format("{}fathom {}\n\n{}\n", interface.say("Usage: ", "用法："), command.usage,
                      interface.say(command.about, command.about_zh));
  if (!command.flags.empty())
    text += fmt::format("\n{}\n{}", interface.say("Flags", "选项"), flag_lines(interface, command.flags));
  return text + fmt::format("\n{}\n{}", interface.say("Flags of every command", "通用选项"),
                            flag_lines(interface, global_flags()));
}

Json flags_json(const Interface& interface, const std::vector<Flag>& flags) {
  Json list = Json::array();
  for (const Flag& flag : flags)
    list.push_back({{"name", flag.name},
                    {"letter", flag.letter},
                    {"value", flag.value},
                    {"help", interface.say(flag.help, flag.help_zh)}});
  return list;
}

Json command_json(const Interface& interface, const Command& command) {
  return {{"name", command.name},
          {"usage", "fathom " + command.usage},
          {"about", interface.say(command.about, command.about_zh)},
          {"examples", command.examples},
          {"flags", flags_json(interface, command.flags)}};
}

}  // namespace

void print_help(const Interface& interface, const Command* command) {
  if (!interface.json) {
    fmt::print("{}", command == nullptr ? general_text(interface) : command_text(interface, *command));
    return;
  }
  Json json{{"schema", "fathom/1"}, {"event", "help"}, {"commands", Json::array()}};
  for (const Command& each : commands())
    if (command == nullptr || command == &each) json["commands"].push_back(command_json(interface, each));
  json["flags"] = flags_json(interface, global_flags());
  fmt::print("{}\n", write_json(json));
}

}  // namespace fathom::app
