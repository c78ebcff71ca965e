// metrics.csv: one row per epoch, columns fixed by the first row.
//
// 1. A number is written so that reading it gives the same double; NaN and infinity too.
// 2. A last line without its newline was cut by a crash, and readers do not see it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fathom {

using Metric = std::pair<std::string, double>;

struct MetricsTable {
  std::vector<std::string> columns;
  std::vector<std::vector<double>> rows;

  // The place of a column, or -1.
  int column(std::string_view name) const;
};

// An absent file is an empty table. Throws Error(data) with the line number when a whole line is damaged.
MetricsTable read_metrics(const std::string& path);

// Appends a row, cutting off a torn last line first. Throws Error(data) when the columns differ from the header's.
void append_metrics_row(const std::string& path, std::span<const Metric> row);

// Cuts the file to its header and the first `rows` rows.
void keep_metrics_rows(const std::string& path, std::size_t rows);

}  // namespace fathom
