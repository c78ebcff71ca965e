#include "fathom/data/schema_images.hpp"

#include <algorithm>

#include "fathom/data/image_table.hpp"

namespace fathom {

namespace {

void need_names(const Table& table, const TableColumn& column) {
  const auto bad = [&](Index row) { return !has_image_value(column, row); };
  Index count = 0, first = 0;
  for (Index row = table.rows; row-- > 0;)
    if (bad(row)) {
      ++count;
      first = row;
    }
  if (count == 0) return;
  throw Error(
      Code::data,
      message("column \"{}\" names images, but {} of {} values are no names of .png, .jpg or .jpeg files (\"{}\")",
              column.name, count, table.rows, column.text(first)),
      table.place(first), "mend or remove those rows, or set type = \"ignored\" for the column");
}

}  // namespace

void infer_images(const Table& table, const SchemaOptions& options, Schema& schema) {
  const auto given = [&](const ColumnInfo& info) {
    const auto it = options.columns.find(info.name);
    return it == options.columns.end() ? std::nullopt : it->second.kind;
  };
  ColumnInfo* image = nullptr;
  for (ColumnInfo& info : schema.inputs) {
    if (given(info) != ColumnKind::image) continue;
    if (image != nullptr)
      throw Error(Code::config,
                  message("\"{}\" and \"{}\" are both set to image, but a row has one image", image->name, info.name),
                  {}, "set type = \"ignored\" for one of them");
    image = &info;
  }
  for (ColumnInfo& info : schema.inputs) {
    const TableColumn& column = *table.find(info.name);
    if (given(info) || !names_images(column)) continue;
    const bool there = names_files(table, column);
    if (there && image == nullptr) {
      image = &info;
      continue;
    }
    info.kind = ColumnKind::ignored;
    info.reason = there ? Message("a row has one image, and another column names it")
                        : Message("names of image files, none of which is there");
  }
  if (image == nullptr) return;
  const TableColumn& column = *table.find(image->name);
  need_names(table, column);
  image->kind = ColumnKind::image;
  image->distinct = static_cast<Index>(column.vocabulary.size());
  image->reason = message("{} files", image->distinct);
}

}  // namespace fathom
