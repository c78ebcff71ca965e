#include "fathom/data/json.hpp"

template class nlohmann::basic_json<nlohmann::ordered_map>;

namespace fathom {

Json read_json(std::string_view text) { return Json::parse(text); }

std::string write_json(const Json& json, int indent) {
  return json.dump(indent, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace);
}

Message json_problem(const nlohmann::json::exception& error) {
  if (const auto* parse = dynamic_cast<const nlohmann::json::parse_error*>(&error))
    return message("it is not JSON (byte {})", parse->byte);
  return "a value is missing, or is not what it should be";
}

}  // namespace fathom
