#include "fathom/train/settings_value.hpp"

#include <algorithm>
#include <cmath>

namespace fathom {

namespace {

bool in_range(const Key& key, double value) {
  return std::isfinite(value) && value <= key.high && (key.above_low ? value > key.low : value >= key.low);
}

}  // namespace

Message value_words(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return message("the string \"{}\"", *node.value<std::string>());
    case toml::node_type::integer:
      return message("the whole number {}", *node.value<std::int64_t>());
    case toml::node_type::floating_point:
      return message("the number {}", *node.value<double>());
    case toml::node_type::boolean:
      return message("the flag {}", *node.value<bool>());
    case toml::node_type::array:
      return "a list";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date";
  }
}

Message wanted_words(const Key& key) {
  Message limits;
  if (key.low > -1e299) limits = key.above_low ? message(" > {}", key.low) : message(" >= {}", key.low);
  if (key.high < 1e299) limits = message(" from {} to {}", key.low, key.high);
  Message words;
  switch (key.type) {
    case KeyType::whole:
      words = message("a whole number{}", limits);
      break;
    case KeyType::number:
      words = message("a number{}", limits);
      break;
    case KeyType::flag:
      words = "true or false";
      break;
    case KeyType::wholes:
      words =
          key.or_whole ? message("one or two whole numbers{}", limits) : message("a list of whole numbers{}", limits);
      break;
    case KeyType::texts:
      words = "a list of strings";
      break;
    case KeyType::duration:
      words = "a time such as \"10m\"";
      break;
    case KeyType::text:
      words = key.or_whole          ? "a whole number or a string"
              : key.choices.empty() ? "a string"
                                    : message("one of {}", fmt::join(key.choices, ", "));
      break;
  }
  return key.automatic.empty() ? words : message("{} or \"{}\"", words, key.automatic);
}

std::optional<KeyValue> value_for(const Key& key, const toml::node& node) {
  if (!key.automatic.empty() && node.value<std::string>() == key.automatic && node.is_string())
    return KeyValue(key.automatic);
  switch (key.type) {
    case KeyType::text: {
      if (key.or_whole && node.is_integer()) return KeyValue(fmt::format("{}", *node.value<std::int64_t>()));
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
      if (key.or_whole && node.is_integer() && in_range(key, static_cast<double>(*node.value<std::int64_t>())))
        return KeyValue(std::vector<std::int64_t>{*node.value<std::int64_t>()});
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

Message hint_for(const Key& key, const toml::node& node) {
  if (node.is_string() && (key.type == KeyType::whole || key.type == KeyType::number || key.type == KeyType::flag)) {
    const std::string text = *node.value<std::string>();
    if (parse_number(text) || text == "true" || text == "false") return "remove the quotes";
  }
  if (node.is_string() && !key.choices.empty())
    if (const std::string closest = closest_name(*node.value<std::string>(), key.choices); !closest.empty())
      return message("did you mean \"{}\"?", closest);
  return {};
}

}  // namespace fathom
