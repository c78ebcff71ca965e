// Message: a sentence for the user. Beside its English text it keeps what it was made from, so that a program can say
// it in another language without asking the library to know any.
#pragma once

#include <fmt/core.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fathom {

struct Message {
  std::string text;     // in English
  std::string pattern;  // that the text was formatted from; the text itself where nothing was put in; empty for a value
  std::vector<Message> arguments;  // one for each {} of the pattern, formatted as it asks

  Message() = default;
  Message(std::string plain) : text(std::move(plain)), pattern(text) {}
  Message(std::string_view plain) : Message(std::string(plain)) {}
  Message(const char* plain) : Message(std::string(plain)) {}

  bool empty() const { return text.empty(); }
};

// The first `most` of some names: "a, b, ...".
std::string listed(std::vector<std::string> names, std::size_t most);

// `inner`: for each argument the Message that it is, or nullptr. Patterns hold {} and {:spec}, in order.
Message format_message(fmt::string_view pattern, fmt::format_args arguments,
                       std::initializer_list<const Message*> inner);

namespace message_arguments {

template <class T>
inline constexpr bool is_message = std::is_same_v<std::remove_cvref_t<T>, Message>;
template <class T>
using Plain = std::conditional_t<is_message<T>, const std::string&, T>;

template <class T>
decltype(auto) plain(const T& value) {
  if constexpr (is_message<T>)
    return (value.text);
  else
    return (value);
}
template <class T>
const Message* inner(const T& value) {
  if constexpr (is_message<T>)
    return &value;
  else
    return nullptr;
}

}  // namespace message_arguments

// message("{} is empty", path). An argument may be a Message itself.
template <class... Args>
Message message(fmt::format_string<message_arguments::Plain<Args>...> pattern, Args&&... args) {
  return format_message(pattern, fmt::make_format_args(message_arguments::plain(args)...),
                        {message_arguments::inner(args)...});
}

}  // namespace fathom
