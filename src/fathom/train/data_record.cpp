#include "fathom/train/data_record.hpp"

#include "fathom/data/json.hpp"

namespace fathom {

namespace {

Json json_of(const ColumnInfo& info) {
  return {{"name", info.name},
          {"kind", name_of(info.kind)},
          {"reason", info.reason.text},
          {"missing", info.missing},
          {"distinct", info.distinct}};
}

}  // namespace

std::string data_json(const Prepared& prepared) {
  Json json{{"schema", "fathom/1"},
            {"path", prepared.path},
            {"rows", prepared.file_rows},
            {"columns", prepared.file_columns},
            {"bytes", prepared.file_bytes},
            {"hash", fmt::format("{:016x}", prepared.hash)},
            {"task", name_of(prepared.schema.task)},
            {"target", json_of(prepared.schema.target)}};
  json["inputs"] = Json::array();
  for (const ColumnInfo& info : prepared.schema.inputs) json["inputs"].push_back(json_of(info));
  json["encoders"] = read_json(to_json(prepared.pipeline));
  json["split"] = {{"by", prepared.split_words.text},
                   {"train", prepared.source->rows(Part::train)},
                   {"valid", prepared.source->rows(Part::valid)},
                   {"test", prepared.test().rows(Part::test)},
                   {"left_out", prepared.dropped}};
  json["warnings"] = Json::array();
  for (const Message& note : prepared.notes) json["warnings"].push_back(note.text);
  return write_json(json, 1) + "\n";
}

std::string split_bytes(const Prepared& prepared) {
  std::string bytes(static_cast<std::size_t>(prepared.data.rows), '\xFF');
  for (const Part part : {Part::train, Part::valid, Part::test})
    for (Index row : prepared.source->rows_of(part)) bytes[static_cast<std::size_t>(row)] = static_cast<char>(part);
  return bytes;
}

}  // namespace fathom
