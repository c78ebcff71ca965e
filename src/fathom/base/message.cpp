#include "fathom/base/message.hpp"

#include <fmt/format.h>

namespace fathom {

std::string listed(std::vector<std::string> names, std::size_t most) {
  const bool are_more = names.size() > most;
  if (are_more) names.resize(most);
  return fmt::format("{}{}", fmt::join(names, ", "), are_more ? ", ..." : "");
}

Message format_message(fmt::string_view pattern, fmt::format_args arguments,
                       std::initializer_list<const Message*> inner) {
  Message message;
  message.text = fmt::vformat(pattern, arguments);
  message.pattern.assign(pattern.data(), pattern.size());
  const std::string& shape = message.pattern;
  for (std::size_t at = 0; at < shape.size(); ++at) {
    if (shape[at] != '{' && shape[at] != '}') continue;
    if (at + 1 < shape.size() && shape[at + 1] == shape[at]) {  // {{ and }} stand for themselves
      ++at;
      continue;
    }
    const std::size_t end = shape.find('}', at), place = message.arguments.size();
    const Message* const whole = place < inner.size() ? inner.begin()[place] : nullptr;
    if (whole != nullptr) {
      message.arguments.push_back(*whole);
    } else {
      Message& argument = message.arguments.emplace_back();
      argument.text = fmt::vformat(fmt::format("{{{}{}}}", place, shape.substr(at + 1, end - at - 1)), arguments);
    }
    at = end;
  }
  return message;
}

}  // namespace fathom
