// The column of a table that names image files.
#pragma once

#include "fathom/data/schema.hpp"

namespace fathom {

// Makes the first input whose values are names of image files, some of them there, the image of the row; or the one
// that the user says is. Throws Error(data) for values that name no image file, Error(config) for two such columns by
// the user's word.
void infer_images(const Table& table, const SchemaOptions& options, Schema& schema);

}  // namespace fathom
