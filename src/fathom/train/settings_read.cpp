// Reading settings from TOML, with every mistake found and shown where it is.
#include <algorithm>
#include <set>
#include <sstream>

#include "fathom/train/settings.hpp"
#include "fathom/train/settings_problem.hpp"
#include "fathom/train/settings_value.hpp"

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
                                                        {"filters", "model.encoder.channels"},
                                                        {"kernel_size", "model.encoder.kernel"},
                                                        {"pretrained", "model.init_from"},
                                                        {"preprocessing", "[data]"},
                                                        {"optimiser", "trainer.optimizer"}};
  return names;
}

// A word for the last part of a path.
std::string last_part(const std::string& path) {
  return path.substr(path.rfind('.') == std::string::npos ? 0 : path.rfind('.') + 1);
}

Message search_words(bool number) {
  return number ? message("{{ log = [low, high] }}, {{ range = [low, high] }} or {{ choice = [...] }}")
                : message("{{ choice = [...] }}");
}

std::string toml_text(const toml::node& node) {
  std::ostringstream text;
  node.visit([&](const auto& value) { text << value; });
  return text.str();
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
    // Flags may still change what fits together, so that alone is no reason to refuse the file here.
    for (const Conflict& conflict : conflicts(settings_))
      if (const std::string origin = origin_of(conflict, origins_); is_in(file_, origin))
        problems_.push_back(problem_of(conflict, origins_, text_));
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
      } else if (prefix == "tune" && keys_.contains(name) && !keys_.contains(path)) {
        read_search(*keys_.at(name), key, node);
      } else if (const auto known = keys_.find(path); known != keys_.end()) {
        read_value(*known->second, key, node);
      } else if (const auto type = keys_.find(path + ".type"); type != keys_.end() && node.is_string()) {
        read_value(*type->second, key, node);  // a table may be said by its type alone
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

  // "trainer.learning_rate" = { log = [1e-4, 1e-1] }
  void read_search(const Key& key, const toml::key& place, const toml::node& node) {
    const bool whole = key.type == KeyType::whole;
    const bool number = whole || key.type == KeyType::number;
    const auto refuse = [&] {
      add(place, message("what is searched of {} must be {}", key.path, search_words(number)), "",
          number ? message("for example \"{}\" = {{ log = [0.001, 0.1] }}", key.path)
                 : message("for example \"{}\" = {{ choice = [...] }}", key.path),
          &node);
    };
    if (!is_searchable(key.path)) {
      add(place, message("fathom tune cannot search {}: all trials have the same rows and the same length", key.path),
          "", message("it searches keys of [model], [trainer] and [augment]"));
      return;
    }
    const toml::table* table = node.as_table();
    if (table == nullptr || table->size() != 1) return refuse();
    const std::string kind(table->begin()->first.str());
    const toml::array* values = table->begin()->second.as_array();
    if (values == nullptr || values->empty()) return refuse();
    SearchKey search{.key = key.path, .whole = whole};
    for (const toml::node& value : *values)
      if (!value_for(key, value)) {
        add(place, message("{} must be {}, got {}", key.path, wanted_words(key), value_words(value)), "",
            hint_for(key, value), &value);
        return;
      }
    if (kind == "choice") {
      search.kind = SearchKey::Kind::choice;
      for (const toml::node& value : *values) search.choices.push_back(toml_text(value));
    } else if (number && (kind == "log" || kind == "range") && values->size() == 2 && (*values)[0].is_number() &&
               (*values)[1].is_number()) {
      search.kind = kind == "log" ? SearchKey::Kind::log : SearchKey::Kind::range;
      search.low = *(*values)[0].value<double>();
      search.high = *(*values)[1].value<double>();
      if (!(search.low < search.high) || (kind == "log" && !(search.low > 0))) return refuse();
    } else {
      return refuse();
    }
    settings_.tune.keys.push_back(std::move(search));
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
      if (!named_.insert(*name).second) {
        add_at(item, message("the input \"{}\" is written twice", *name), "", "write its keys below one [[input]]");
        continue;
      }
      ColumnOptions& options = settings_.inputs[*name];
      origins_["input." + *name] = fmt::format("{}:{}", file_, table["name"].node()->source().begin.line);
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
    key.low = known->low;
    key.high = known->high;
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
  std::set<std::string> tables_, named_;
  std::vector<Problem> problems_;
};

// What toml++ says of a text that is not TOML ("Error while parsing string: expected '"', saw '\n'"), in our own words:
// the place is shown in the line below them.
Message syntax_words(std::string_view description) {
  const auto says = [&](std::string_view words) { return description.find(words) != std::string_view::npos; };
  const auto quoted_behind = [&](std::string_view words) {
    const std::size_t start = description.find(words), end = description.rfind('\'');
    return start == std::string_view::npos || end < start + words.size()
               ? std::string_view()
               : description.substr(start + words.size(), end - start - words.size());
  };
  if (says("redefine")) return message("\"{}\" is written twice", quoted_behind(" '"));
  if (says("end-of-file") || says("saw EOF")) return "the file ends too early";
  if (says("escape sequence")) return "a backslash in a text is written twice, or the text in single quotes";
  if (says("leading zeroes")) return "a number does not begin with 0";
  if (says("string: ") && says("control characters")) return "a text in quotes ends in its line";
  if (const std::string_view seen = quoted_behind(", saw '"); !seen.empty())
    return seen == "\n" || seen == "\\n" || seen == "\\r" ? Message("the line ends too early")
                                                          : message("\"{}\" cannot stand here", seen);
  if (says("utf-8") || says("UTF-8")) return "it is not UTF-8";
  return "it cannot be read here";
}

// Throws the mistake that made a text no TOML.
[[noreturn]] void refuse_syntax(const toml::parse_error& error, const std::string& text, const std::string& file) {
  const auto source = error.source().begin;
  Problem problem{source.line, source.column, 1, message("this is not TOML: {}", syntax_words(error.description())), "",
                  ""};
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
  const auto find = [](const std::string& wanted) {
    return std::find_if(settings_keys().begin(), settings_keys().end(),
                        [&](const Key& key) { return key.path == wanted; });
  };
  auto known = find(path);
  if (known == settings_keys().end()) known = find(path + ".type");
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
    const Message hint = parsed && !known->choices.empty() ? hint_for(*known, *table.get("v")) : Message();
    throw Error(Code::config, message("{} must be {}, got \"{}\"", known->path, wanted_words(*known), value), origin,
                hint);
  }
  known->set(settings, *result);
  origins[known->path] = origin;
}

}  // namespace fathom
