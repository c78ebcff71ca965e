// What is wrong with JSON that cannot be read, in a sentence of our own.
#pragma once

#include <nlohmann/json.hpp>

#include "fathom/base/message.hpp"

namespace fathom {

inline Message json_problem(const nlohmann::json::exception& error) {
  if (const auto* parse = dynamic_cast<const nlohmann::json::parse_error*>(&error))
    return message("it is not JSON (byte {})", parse->byte);
  return "a value is missing, or is not what it should be";
}

}  // namespace fathom
