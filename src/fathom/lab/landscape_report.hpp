// What was measured of the loss around a run, as a page with pictures, as JSON and as tables.
//
// 1. The page is a file of its own: it loads nothing and runs nothing.
// 2. A loss that is not finite is a gap in a picture, null in JSON, and nan or inf in a table.
#pragma once

#include <string>

#include "fathom/data/json.hpp"
#include "fathom/lab/landscape_record.hpp"
#include "fathom/lab/report.hpp"

namespace fathom {

// HTML.
std::string landscape_page(const LandscapeRecord& record, const ReportWords& words);
// Without "schema" and "event".
Json landscape_json(const LandscapeRecord& record);
// CSV. Of the line: t,train,valid. Of a plane: a,b,train,valid. Without rows for validation the column is empty.
std::string line_csv(const landscape::Line& line);
std::string surface_csv(const landscape::Surface& surface);
// CSV: checkpoint,a,b,off,loss,loss_on_plane.
std::string walk_csv(const LandscapeRecord::Walk& walk);

}  // namespace fathom
