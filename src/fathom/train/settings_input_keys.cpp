// The table of the keys of one [[input]].
#include "fathom/train/settings.hpp"

namespace fathom {

const std::vector<InputKey>& input_keys() {
  using enum KeyType;
  const auto text_value = [](const KeyValue& value) { return std::get<std::string>(value); };
  const auto whole_value = [](const KeyValue& value) { return static_cast<Index>(std::get<std::int64_t>(value)); };
  static const std::vector<InputKey> keys{
      {"name", text, "the column", "列名", {}, [](ColumnOptions&, const KeyValue&) {}},
      {"type",
       text,
       "what the column is",
       "列的类型",
       {"number", "binary", "category", "date", "text", "image", "ignored"},
       [=](ColumnOptions& o, const KeyValue& v) { o.kind = column_kind(text_value(v)); }},
      {"scale",
       text,
       "of a number",
       "数值缩放",
       {"auto", "zscore", "log1p", "none"},
       [=](ColumnOptions& o, const KeyValue& v) { o.scale = text_value(v); }},
      {"fill",
       text,
       "for missing numbers; adds a flag",
       "缺失数值的填充",
       {"median", "mean", "0", "error"},
       [=](ColumnOptions& o, const KeyValue& v) { o.fill = text_value(v); }},
      {"min_count",
       whole,
       "rarer values share one level; 0: chosen, 1 or 2",
       "出现次数更少的取值合为一类；0 为自动",
       {},
       [=](ColumnOptions& o, const KeyValue& v) { o.min_count = whole_value(v); },
       0},
      {"width",
       whole,
       "of the embedding",
       "嵌入宽度",
       {},
       [=](ColumnOptions& o, const KeyValue& v) { o.width = whole_value(v); },
       0,
       Index{1} << 16},
      {"max_length",
       whole,
       "n-grams of a text that are read",
       "文本最多读取的 n-gram 数",
       {},
       [=](ColumnOptions& o, const KeyValue& v) { o.max_length = whole_value(v); },
       1,
       Index{1} << 20},
      {"buckets",
       whole,
       "rows of the hashed table of a text",
       "文本哈希表的行数",
       {},
       [=](ColumnOptions& o, const KeyValue& v) { o.buckets = whole_value(v); },
       0,
       Index{1} << 30},
  };
  return keys;
}

}  // namespace fathom
