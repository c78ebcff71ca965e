#include "fathom/lab/row_values.hpp"

#include <filesystem>

#include "fathom/train/prepare.hpp"
#include "fathom/train/rows.hpp"

namespace fathom {

namespace {

constexpr std::uintmax_t largest_file = std::uintmax_t{256} << 20;

std::string trimmed(const std::string& text, const std::string& spaces) {
  const std::size_t begin = text.find_first_not_of(spaces), end = text.find_last_not_of(spaces);
  return begin == std::string::npos ? std::string() : text.substr(begin, end - begin + 1);
}

bool is_target(const RunRecord& record, const TableColumn& target, const JudgedRow& row) {
  if (record.task == Task::regression) {
    const auto judged = parse_number(row.truth);
    return judged && static_cast<float>(target.number(row.row - 1)) == static_cast<float>(*judged);
  }
  const std::string left_out = " \t" + record.settings.data.trim_labels;
  return trimmed(target.text(row.row - 1), left_out) == trimmed(row.truth, left_out);
}

}  // namespace

RowValues row_values(const RunRecord& record, std::span<const JudgedRow> rows) {
  namespace files = std::filesystem;
  const std::string& path =
      record.settings.data.test_path.empty() ? record.settings.data.path : record.settings.data.test_path;
  std::error_code problem;
  if (record.data.inputs.empty() || !files::is_regular_file(path, problem) ||
      files::file_size(path, problem) > largest_file || is_libsvm(path) || is_idx(path))
    return {};
  RowValues values;
  try {
    const Rows file = read_rows(path, read_options(record.settings));
    const TableColumn* target = file.table.find(record.target);
    if (file.are_images || target == nullptr) return {};
    std::vector<const TableColumn*> columns;
    for (const ColumnRecord& input : record.data.inputs) {
      const TableColumn* column = input.kind == "ignored" ? nullptr : file.table.find(input.name);
      if (column == nullptr) continue;
      columns.push_back(column);
      values.columns.push_back(input.name);
    }
    for (const JudgedRow& row : rows) {
      if (row.row < 1 || row.row > file.table.rows || !is_target(record, *target, row)) return {};
      values.rows.emplace_back();
      for (const TableColumn* column : columns) values.rows.back().push_back(column->text(row.row - 1));
    }
  } catch (const Error&) {  // no longer a table that can be read
    return {};
  }
  return values;
}

}  // namespace fathom
