// What stands in some rows of a run's data, to be shown beside what was predicted for them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "fathom/lab/run_record.hpp"

namespace fathom {

struct RowValues {
  std::vector<std::string> columns;            // the inputs that are read
  std::vector<std::vector<std::string>> rows;  // one for each row that was asked for
};

// The rows as the file that the test part came from has them now. Nothing when it is gone, is no table, is larger than
// 256 MB, or when a row's target is not the one that was judged: the file is another one then.
RowValues row_values(const RunRecord& record, std::span<const JudgedRow> rows);

}  // namespace fathom
