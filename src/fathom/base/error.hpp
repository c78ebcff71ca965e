// Errors that a user can cause, and the one sentence that each of them is told.
//
// 1. A user's mistake throws Error: what is wrong, where, and how to fix it.
// 2. Our own mistake asserts (FATHOM_ASSERT); no input may reach an assert.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>

#include "fathom/base/message.hpp"

namespace fathom {

// The exit code that a program ends with when the error is not handled.
enum class Code {
  bug = 1,
  usage = 2,
  config = 3,
  data = 4,
  diverged = 5,
  problem_found = 6,
  resource = 7,
  missing_part = 8,
  try_again = 75,
  interrupted = 130,
  terminated = 143,
};

class Error : public std::exception {
 public:
  // what: one sentence without a full stop. where: "file:line:column" or an excerpt. hint: how to fix it.
  Error(Code code, Message what, Message where = {}, Message hint = {})
      : code_(code), what_(std::move(what)), where_(std::move(where)), hint_(std::move(hint)) {}

  Code code() const noexcept { return code_; }
  // In English.
  const char* what() const noexcept override { return what_.text.c_str(); }
  const std::string& where() const noexcept { return where_.text; }
  const std::string& hint() const noexcept { return hint_.text; }
  // As they were made, for other languages.
  const Message& what_message() const noexcept { return what_; }
  const Message& where_message() const noexcept { return where_; }
  const Message& hint_message() const noexcept { return hint_; }

 private:
  Code code_;
  Message what_, where_, hint_;
};

// Throws an Error with a formatted sentence: fail(Code::data, "{} is empty", path).
template <class... Args>
[[noreturn]] void fail(Code code, fmt::format_string<message_arguments::Plain<Args>...> sentence, Args&&... args) {
  throw Error(code, format_message(sentence, fmt::make_format_args(message_arguments::plain(args)...),
                                   {message_arguments::inner(args)...}));
}

}  // namespace fathom

#ifdef NDEBUG
#define FATHOM_ASSERT(condition) static_cast<void>(0)
#else
#define FATHOM_ASSERT(condition) \
  ((condition)                   \
       ? static_cast<void>(0)    \
       : (std::fprintf(stderr, "%s:%d: assertion failed: %s\n", __FILE__, __LINE__, #condition), std::abort()))
#endif
