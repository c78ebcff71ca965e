// JSON that keeps the order of its keys. The library's templates are compiled once, in json.cpp, for everyone.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "fathom/base/message.hpp"

extern template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace fathom {

using Json = nlohmann::ordered_json;

// The value that `text` holds. Errors: Json::parse_error; json_problem() says it in a sentence of our own.
Json read_json(std::string_view text);

// As text, on one line or with `indent` spaces a level. Bytes that are not UTF-8 become U+FFFD.
std::string write_json(const Json& json, int indent = -1);

// What is wrong with JSON that cannot be read, or lacks what it should have.
Message json_problem(const nlohmann::json::exception& error);

}  // namespace fathom
