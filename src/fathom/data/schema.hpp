// Schema: what each column is, and why. Inferred from a table, overridden by the user, printed before training.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "fathom/data/table.hpp"

namespace fathom {

enum class ColumnKind : std::uint8_t { number, binary, category, date, text, image, ignored };
std::string_view name_of(ColumnKind kind);
// Throws Error(config) with the names when there is no such kind.
ColumnKind column_kind(const std::string& name);

// What the user says about one column; what is not said is inferred.
struct ColumnOptions {
  std::optional<ColumnKind> kind = {};
  std::string scale = "auto";   // number: auto zscore log1p none
  std::string fill = "median";  // number: median mean 0 error
  Index min_count = 0;          // category: rarer values share one level; 0: chosen, 1 or 2
  Index width = 0;              // category, text: of the embedding; 0: chosen from the number of levels
  Index max_length = 256;       // text: n-grams of a row that are read
  Index buckets = 0;            // text: rows of the hashed table; 0: chosen from the data

  bool operator==(const ColumnOptions&) const = default;
};

enum class Task : std::uint8_t { regression, binary, multiclass };
std::string_view name_of(Task task);

struct ColumnInfo {
  std::string name;
  ColumnKind kind = ColumnKind::ignored;
  Message reason;  // "37 values", "unique in every row"
  Index missing = 0;
  Index distinct = 0;
  ColumnOptions options;
};

struct Schema {
  std::vector<ColumnInfo> inputs;  // in the order of the file, the target left out
  ColumnInfo target;
  Task task = Task::regression;
};

struct SchemaOptions {
  std::string target;
  std::map<std::string, ColumnOptions> columns = {};
  std::string trim_labels = {};  // characters that are dropped from both ends of class labels
  std::optional<Task> task = {};
  bool images = false;  // each row has an image that no column names
};

// Throws Error(data) for a target that is absent, constant or missing everywhere, and for columns whose given kind
// does not fit their values, with examples and their lines.
Schema infer_schema(const Table& table, const SchemaOptions& options);

// Whether 1/2/2011 is January 2 or February 1.
enum class DateOrder : std::uint8_t { month_first, day_first };
// A date or a time: seconds since 1970. 2011-01-31[ T]12:30[:45[.5]][Z or +08:00], 1/31/2011, 2011/01/31. Nothing for
// days that no month has.
std::optional<double> parse_date(std::string_view text, DateOrder order = DateOrder::month_first);
// What most of a column's dates that can be read in one way only show; nothing where none does.
std::optional<DateOrder> shown_order(const TableColumn& column);
// A label without the given characters at its ends.
std::string trimmed(const std::string& label, const std::string& characters);

}  // namespace fathom
