// Reading settings from TOML, with every mistake found and shown where it is.
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "fathom/train/settings.hpp"
#include "fathom/train/settings_problem.hpp"

namespace fathom {

namespace {

// Names of other trainers, and ours.
const std::map<std::string, std::string>& foreign_names() {
  static const std::map<std::string, std::string> names{{"lr", "trainer.learning_rate"},
                                                        {"rate", "trainer.learning_rate"},
                                                        {"max_epochs", "trainer.epochs"},
                                                        {"num_epochs", "trainer.epochs"},
                                                        {"n_epochs", "trainer.epochs"},
                                                        {"train_steps", "trainer.max_steps"},
                                                        {"max_time", "trainer.time_limit"},
                                                        {"batchsize", "trainer.batch_size"},
                                                        {"batch", "trainer.batch_size"},
                                                        {"random_seed", "seed"},
                                                        {"random_state", "seed"},
                                                        {"regularization_lambda", "trainer.weight_decay"},
                                                        {"gradient_clip_val", "trainer.clip_norm"},
                                                        {"clipnorm", "trainer.clip_norm"},
                                                        {"gradient_clipping", "trainer.clip_norm"},
                                                        {"learning_rate_scheduler", "trainer.schedule"},
                                                        {"warmup_steps", "trainer.schedule.warmup"},
                                                        {"warmup_fraction", "trainer.schedule.warmup"},
                                                        {"early_stop", "trainer.early_stopping.patience"},
                                                        {"input_features", "[[input]]"},
                                                        {"output_features", "[output]"},
                                                        {"target", "output.name"},
                                                        {"label", "output.name"},
                                                        {"validation_split", "split.valid"},
                                                        {"layers", "model.hidden"},
                                                        {"hidden_layers", "model.hidden"},
                                                        {"hidden_units", "model.hidden"},
                                                        {"combiner", "[model]"},
                                                        {"preprocessing", "[data]"},
                                                        {"optimiser", "trainer.optimizer"}};
  return names;
}

std::string_view type_words(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "the string";
    case toml::node_type::integer:
      return "the whole number";
    case toml::node_type::floating_point:
      return "the number";
    case toml::node_type::boolean:
      return "the flag";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date";
  }
}

std::string value_words(const toml::node& node) {
  if (const auto text = node.value<std::string>(); node.is_string())
    return fmt::format("{} \"{}\"", type_words(node), *text);
  if (node.is_integer()) return fmt::format("{} {}", type_words(node), *node.value<std::int64_t>());
  if (node.is_floating_point()) return fmt::format("{} {}", type_words(node), *node.value<double>());
  if (node.is_boolean()) return fmt::format("{} {}", type_words(node), *node.value<bool>() ? "true" : "false");
  return std::string(type_words(node));
}

// "a whole number >= 1".
std::string wanted_words(const Key& key) {
  std::string limits;
  if (key.low > -1e299) limits = fmt::format(" {} {}", key.above_low ? ">" : ">=", key.low);
  if (key.high < 1e299) limits = fmt::format(" from {} to {}", key.low, key.high);
  std::string words;
  switch (key.type) {
    case KeyType::whole:
      words = "a whole number" + limits;
      break;
    case KeyType::number:
      words = "a number" + limits;
      break;
    case KeyType::flag:
      words = "true or false";
      break;
    case KeyType::wholes:
      words = "a list of whole numbers" + limits;
      break;
    case KeyType::texts:
      words = "a list of strings";
      break;
    case KeyType::duration:
      words = "a time such as \"10m\"";
      break;
    case KeyType::text:
      words = key.choices.empty() ? "a string" : fmt::format("one of {}", fmt::join(key.choices, ", "));
      break;
  }
  return key.automatic.empty() ? words : fmt::format("{} or \"{}\"", words, key.automatic);
}

bool in_range(const Key& key, double value) {
  return std::isfinite(value) && value <= key.high && (key.above_low ? value > key.low : value >= key.low);
}

// The value of a node for a key, or nothing when it does not fit.
std::optional<KeyValue> value_for(const Key& key, const toml::node& node) {
  if (!key.automatic.empty() && node.value<std::string>() == key.automatic && node.is_string())
    return KeyValue(key.automatic);
  switch (key.type) {
    case KeyType::text: {
      if (!node.is_string()) return {};
      const std::string text = *node.value<std::string>();
      if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), text) == key.choices.end())
        return {};
      return KeyValue(text);
    }
    case KeyType::whole:
      if (!node.is_integer() || !in_range(key, static_cast<double>(*node.value<std::int64_t>()))) return {};
      return KeyValue(*node.value<std::int64_t>());
    case KeyType::number: {
      if (!node.is_number() || !in_range(key, *node.value<double>())) return {};
      return KeyValue(*node.value<double>());
    }
    case KeyType::flag:
      if (!node.is_boolean()) return {};
      return KeyValue(*node.value<bool>());
    case KeyType::duration: {
      const auto seconds = node.is_string()   ? parse_duration(*node.value<std::string>())
                           : node.is_number() ? node.value<double>()
                                              : std::nullopt;
      if (!seconds || !in_range(key, *seconds)) return {};
      return KeyValue(*seconds);
    }
    case KeyType::wholes: {
      std::vector<std::int64_t> values;
      if (!node.is_array()) return {};
      for (const auto& item : *node.as_array()) {
        if (!item.is_integer() || !in_range(key, static_cast<double>(*item.value<std::int64_t>()))) return {};
        values.push_back(*item.value<std::int64_t>());
      }
      return KeyValue(values);
    }
    case KeyType::texts: {
      std::vector<std::string> values;
      if (!node.is_array()) return {};
      for (const auto& item : *node.as_array()) {
        if (!item.is_string()) return {};
        values.push_back(*item.value<std::string>());
      }
      return KeyValue(values);
    }
  }
  return {};
}

std::string hint_for(const Key& key, const toml::node& node) {
  if (node.is_string() && (key.type == KeyType::whole || key.type == KeyType::number || key.type == KeyType::flag)) {
    const std::string text = *node.value<std::string>();
    if (parse_number(text) || text == "true" || text == "false") return "remove the quotes";
  }
  if (node.is_string() && !key.choices.empty())
    if (const std::string closest = closest_name(*node.value<std::string>(), key.choices); !closest.empty())
      return fmt::format("did you mean \"{}\"?", closest);
  return {};
}

// A word for the last part of a path.
std::string last_part(const std::string& path) {
  return path.substr(path.rfind('.') == std::string::npos ? 0 : path.rfind('.') + 1);
}

class Reader {
 public:
  Reader(const std::string& text, std::string file, Settings& settings, Origins& origins)
      : text_(text), file_(std::move(file)), settings_(settings), origins_(origins) {
    for (const Key& key : settings_keys()) {
      keys_.emplace(key.path, &key);
      for (std::size_t dot = key.path.find('.'); dot != std::string::npos; dot = key.path.find('.', dot + 1))
        tables_.insert(key.path.substr(0, dot));
    }
  }

  void read(const toml::table& root) {
    walk(root, "");
    if (problems_.empty()) return;
    std::stable_sort(problems_.begin(), problems_.end(),
                     [](const Problem& a, const Problem& b) { return a.line < b.line; });
    throw Error(Code::config, render(problems_, text_, file_));
  }

 private:
  void walk(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str()), path = prefix.empty() ? name : prefix + "." + name;
      if (path == "input") {
        read_inputs(node);
      } else if (const auto known = keys_.find(path); known != keys_.end()) {
        read_value(*known->second, key, node);
      } else if (path == "trainer.schedule" && node.is_string()) {
        read_value(*keys_.at("trainer.schedule.type"), key, node);
      } else if (tables_.contains(path)) {
        if (node.is_table())
          walk(*node.as_table(), path);
        else
          add(key, message("{} is a table", path), "",
              message("write [{}] on a line of its own, and its keys below", path));
      } else {
        unknown(key, prefix, name);
      }
    }
  }

  void read_value(const Key& key, const toml::key& place, const toml::node& node) {
    const auto value = value_for(key, node);
    if (!value) {
      add(place, message("{} must be {}, got {}", key.path, wanted_words(key), value_words(node)), "",
          hint_for(key, node), &node);
      return;
    }
    key.set(settings_, *value);
    origins_[key.path] = fmt::format("{}:{}", file_, node.source().begin.line);
  }

  void read_inputs(const toml::node& node) {
    const toml::array* list = node.as_array();
    if (list == nullptr ||
        !std::all_of(list->begin(), list->end(), [](const toml::node& item) { return item.is_table(); })) {
      add_at(node, "inputs are written as [[input]] tables", "",
             "write [[input]] on a line of its own, then name = \"column\" below");
      return;
    }
    for (const toml::node& item : *list) {
      const toml::table& table = *item.as_table();
      const auto name = table["name"].value<std::string>();
      if (!name) {
        add_at(item, "an [[input]] needs the name of its column", "", "add name = \"column\"");
        continue;
      }
      ColumnOptions& options = settings_.inputs[*name];
      for (const auto& [key, value] : table) read_input_value(options, key, value);
    }
  }

  void read_input_value(ColumnOptions& options, const toml::key& place, const toml::node& node) {
    const std::string name(place.str());
    const auto known =
        std::find_if(input_keys().begin(), input_keys().end(), [&](const InputKey& key) { return key.name == name; });
    if (known == input_keys().end()) {
      std::vector<std::string> names;
      for (const InputKey& key : input_keys()) names.push_back(key.name);
      const std::string closest = closest_name(name, names);
      add(place, message("unknown key \"{}\" in [[input]]", name),
          closest.empty() ? Message() : message("did you mean \"{}\"?", closest),
          closest.empty() ? message("keys of an input: {}", fmt::join(names, ", ")) : Message());
      return;
    }
    Key key;
    key.path = "input." + name;
    key.type = known->type;
    key.choices = known->choices;
    if (known->type == KeyType::whole) key.low = name == "buckets" || name == "width" ? 0 : 1;
    const auto value = value_for(key, node);
    if (!value)
      add(place, message("{} must be {}, got {}", key.path, wanted_words(key), value_words(node)), "",
          hint_for(key, node), &node);
    else
      known->set(options, *value);
  }

  void unknown(const toml::key& place, const std::string& prefix, const std::string& name) {
    std::string dashless = name;
    std::replace(dashless.begin(), dashless.end(), '-', '_');
    std::vector<std::string> near;
    for (const auto& [known, key] : keys_) {
      const std::string parent =
          known.substr(0, known.size() - last_part(known).size() - (known == last_part(known) ? 0 : 1));
      if (parent == prefix) near.push_back(last_part(known));
    }
    for (const std::string& table : tables_)
      if (const std::string parent =
              table.substr(0, table.size() - last_part(table).size() - (table == last_part(table) ? 0 : 1));
          parent == prefix)
        near.push_back(last_part(table));
    Message note, help;
    if (const auto foreign = foreign_names().find(dashless); foreign != foreign_names().end())
      note = message("here it is called {}", foreign->second);
    else if (const std::string closest = closest_name(dashless, near); !closest.empty())
      note = message("did you mean \"{}\"?", closest);
    else if (const auto elsewhere = std::find_if(keys_.begin(), keys_.end(),
                                                 [&](const auto& entry) { return last_part(entry.first) == dashless; });
             elsewhere != keys_.end())
      note = message("it is {}", elsewhere->first);
    else
      help = prefix.empty() ? Message("keys and tables: fathom config schema")
                            : message("keys of [{}]: {}", prefix, fmt::join(near, ", "));
    add(place,
        prefix.empty() ? message("unknown key \"{}\"", name) : message("unknown key \"{}\" in [{}]", name, prefix),
        note, help);
  }

  void add(const toml::key& place, Message what, Message note, Message help, const toml::node* value = nullptr) {
    const auto source = value != nullptr ? value->source() : place.source();
    const bool one_line = source.end.line == source.begin.line && source.end.column > source.begin.column;
    problems_.push_back({source.begin.line, source.begin.column, one_line ? source.end.column - source.begin.column : 1,
                         std::move(what), std::move(note), std::move(help)});
  }
  void add_at(const toml::node& node, Message what, Message note, Message help) {
    problems_.push_back(
        {node.source().begin.line, node.source().begin.column, 1, std::move(what), std::move(note), std::move(help)});
  }

  const std::string& text_;
  std::string file_;
  Settings& settings_;
  Origins& origins_;
  std::map<std::string, const Key*> keys_;
  std::set<std::string> tables_;
  std::vector<Problem> problems_;
};

// What toml++ says of a text that is not TOML, in words that help.
[[noreturn]] void refuse_syntax(const toml::parse_error& error, const std::string& text, const std::string& file) {
  const auto source = error.source().begin;
  Problem problem{source.line, source.column, 1, message("this is not TOML: {}", error.description()), "", ""};
  const std::string line = line_of(text, source.line);
  if (const std::size_t equals = line.find('='); equals != std::string::npos) {
    std::size_t start = line.find_first_not_of(' ', equals + 1);
    if (start != std::string::npos && std::isalpha(static_cast<unsigned char>(line[start])) != 0) {
      std::string value = line.substr(start, line.find('#', start) - start);
      value.erase(value.find_last_not_of(" \t") + 1);
      std::string key = line.substr(0, equals);
      key.erase(key.find_last_not_of(" \t") + 1);
      if (value != "true" && value != "false") {
        problem.what = message("text needs quotes: {} = \"{}\"", key, value);
        problem.column = start + 1;
        problem.length = value.size();
      }
    }
  }
  if (text.find('\0') != std::string::npos) problem.what = "the file contains a NUL byte: it is not text";
  throw Error(Code::config, render({problem}, text, file));
}

}  // namespace

void read_settings(const std::string& text, const std::string& file, Settings& settings, Origins& origins) {
  toml::table table;
  try {
    table = toml::parse(std::string_view(text), std::string_view(file));
  } catch (const toml::parse_error& error) {
    refuse_syntax(error, text, file);
  }
  Reader(text, file, settings, origins).read(table);
}

void set_setting(const std::string& assignment, const std::string& origin, Settings& settings, Origins& origins) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(Code::usage, message("--set takes KEY=VALUE, not \"{}\"", assignment), {},
                "for example --set trainer.epochs=5");
  std::string path = assignment.substr(0, equals);
  std::replace(path.begin(), path.end(), '-', '_');
  const std::string value = assignment.substr(equals + 1);
  const auto known =
      std::find_if(settings_keys().begin(), settings_keys().end(), [&](const Key& key) { return key.path == path; });
  if (known == settings_keys().end()) {
    std::vector<std::string> names;
    for (const Key& key : settings_keys()) names.push_back(key.path);
    const auto foreign = foreign_names().find(last_part(path));
    std::string closest = foreign != foreign_names().end() ? foreign->second : closest_name(path, names);
    if (closest.empty())
      for (const std::string& name : names)
        if (last_part(name) == last_part(path)) closest = name;
    throw Error(Code::config, message("there is no key \"{}\"", path), {},
                closest.empty() ? Message("all keys: fathom config schema") : message("did you mean {}?", closest));
  }
  // A value is TOML; text may come without its quotes.
  toml::table table;
  bool parsed = false;
  for (const std::string& attempt : {"v = " + value, "v = \"" + value + "\""}) {
    try {
      table = toml::parse(attempt);
      parsed = table.size() == 1;  // not two lines
      if (parsed && value_for(*known, *table.get("v"))) break;
    } catch (const toml::parse_error&) {
    }
  }
  const auto result = parsed ? value_for(*known, *table.get("v")) : std::nullopt;
  if (!result) {
    const std::string hint = parsed && !known->choices.empty() ? hint_for(*known, *table.get("v")) : "";
    throw Error(Code::config, message("{} must be {}, got \"{}\"", known->path, wanted_words(*known), value), origin,
                hint);
  }
  known->set(settings, *result);
  origins[known->path] = origin;
}

}  // namespace fathom
