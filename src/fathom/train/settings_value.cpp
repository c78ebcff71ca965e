#include "fathom/train/settings_value.hpp"

#include <algorithm>
#include <cmath>

namespace fathom {

namespace {

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

bool in_range(const Key& key, double value) {
  return std::isfinite(value) && value <= key.high && (key.above_low ? value > key.low : value >= key.low);
}

}  // namespace

std::string value_words(const toml::node& node) {
  if (const auto text = node.value<std::string>(); node.is_string())
    return fmt::format("{} \"{}\"", type_words(node), *text);
  if (node.is_integer()) return fmt::format("{} {}", type_words(node), *node.value<std::int64_t>());
  if (node.is_floating_point()) return fmt::format("{} {}", type_words(node), *node.value<double>());
  if (node.is_boolean()) return fmt::format("{} {}", type_words(node), *node.value<bool>() ? "true" : "false");
  return std::string(type_words(node));
}

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
      words = key.or_whole          ? "a whole number or a string"
              : key.choices.empty() ? "a string"
                                    : fmt::format("one of {}", fmt::join(key.choices, ", "));
      break;
  }
  return key.automatic.empty() ? words : fmt::format("{} or \"{}\"", words, key.automatic);
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

}  // namespace fathom
