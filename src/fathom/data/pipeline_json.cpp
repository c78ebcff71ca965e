#include <nlohmann/json.hpp>

#include "fathom/data/pipeline.hpp"

namespace fathom {

// The fields of each encoder, once, for writing and for reading.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NumberEncoder, name, log, center, scale, fill, furthest, flag, edges)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CategoryEncoder, name, vocabulary, missing, width)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TextEncoder, name, buckets, length, width)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DateEncoder, name, first, span, times)
NLOHMANN_JSON_SERIALIZE_ENUM(Task, {{Task::regression, "regression"},
                                    {Task::binary, "binary"},
                                    {Task::multiclass, "multiclass"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TargetEncoder, name, task, classes, trim, log, center, scale)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Pipeline, numbers, dates, categories, texts, target, ignored, image_rows,
                                   image_columns, image_center, image_scale)

std::string to_json(const Pipeline& pipeline) {
  nlohmann::ordered_json json{{"format", "fathom/pipeline/1"}};
  json.update(nlohmann::ordered_json(nlohmann::json(pipeline)));
  return json.dump(1) + "\n";
}

Pipeline pipeline_from_json(std::string_view text, const std::string& source) {
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("format") != "fathom/pipeline/1")
      fail(Code::data, "{} is not a pipeline that this version reads", source);
    return json.get<Pipeline>();
  } catch (const nlohmann::json::exception& error) {
    fail(Code::data, "{} is damaged: {}", source, error.what());
  }
}

}  // namespace fathom
