#include <algorithm>

#include "fathom/data/json.hpp"
#include "fathom/data/pipeline.hpp"

namespace fathom {

// The fields of each encoder, once, for writing and for reading.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NumberEncoder, name, log, center, scale, fill, furthest, flag, edges)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CategoryEncoder, name, vocabulary, other, missing, width)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TextEncoder, name, buckets, length, width)
NLOHMANN_JSON_SERIALIZE_ENUM(DateOrder, {{DateOrder::month_first, "month_first"}, {DateOrder::day_first, "day_first"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(DateEncoder, name, first, span, times, order)
NLOHMANN_JSON_SERIALIZE_ENUM(Encoding, {{Encoding::automatic, "auto"},
                                        {Encoding::utf8, "utf-8"},
                                        {Encoding::gb18030, "gb18030"},
                                        {Encoding::latin1, "latin-1"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Comma, {{Comma::decimal, "decimal"}, {Comma::thousands, "thousands"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Task, {{Task::regression, "regression"},
                                    {Task::binary, "binary"},
                                    {Task::multiclass, "multiclass"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TargetEncoder, name, task, classes, trim, log, center, scale)

void to_json(nlohmann::json& json, const Reading& reading) {
  const ReadOptions& o = reading.options;
  json = {{"encoding", o.encoding}, {"delimiter", o.delimiter}, {"header", o.header},
          {"missing", o.missing},   {"commas", o.commas},       {"row_weight", reading.row_weight}};
}
void from_json(const nlohmann::json& json, Reading& reading) {
  ReadOptions& o = reading.options;
  json.at("encoding").get_to(o.encoding);
  json.at("delimiter").get_to(o.delimiter);
  json.at("header").get_to(o.header);
  json.at("missing").get_to(o.missing);
  json.at("commas").get_to(o.commas);
  json.at("row_weight").get_to(reading.row_weight);
}

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Pipeline, reading, numbers, dates, categories, texts, target, ignored, image_rows,
                                   image_columns, image_channels, image_center, image_scale, image_resized,
                                   image_column)

std::string to_json(const Pipeline& pipeline) {
  Json json{{"format", "fathom/pipeline/3"}};
  json.update(Json(nlohmann::json(pipeline)));
  return write_json(json, 1) + "\n";
}

Pipeline pipeline_from_json(std::string_view text, const std::string& source) {
  try {
    nlohmann::json json = read_json(text);
    if (json.at("format") == "fathom/pipeline/2") {  // images had one channel, and no table named them
      const bool images = json.at("image_rows") != 0;
      json["image_channels"] = images ? 1 : 0;
      for (const char* key : {"image_center", "image_scale"})
        json[key] = images ? nlohmann::json::array({json.at(key)}) : nlohmann::json::array();
      json["image_column"] = "";
      json["image_resized"] = false;
    } else if (json.at("format") != "fathom/pipeline/3") {
      fail(Code::data, "{} is not a pipeline that this version reads", source);
    }
    Pipeline pipeline = json.get<Pipeline>();
    const auto channels = static_cast<std::size_t>(pipeline.image_channels);
    constexpr Index longest_side = 65535;
    if (std::min({pipeline.image_rows, pipeline.image_columns, pipeline.image_channels}) < 0 ||
        std::max(pipeline.image_rows, pipeline.image_columns) > longest_side || pipeline.image_channels > 4 ||
        pipeline.image_center.size() != channels || pipeline.image_scale.size() != channels)
      fail(Code::data, "{} is damaged: its images are {} x {} x {}", source, pipeline.image_rows,
           pipeline.image_columns, pipeline.image_channels);
    if (pipeline.reading.options.delimiter.empty()) fail(Code::data, "{} is damaged: the delimiter is empty", source);
    return pipeline;
  } catch (const nlohmann::json::exception& error) {
    fail(Code::data, "{} is damaged: {}", source, json_problem(error));
  }
}

}  // namespace fathom
