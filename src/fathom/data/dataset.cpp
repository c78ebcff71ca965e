#include "fathom/data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <unordered_set>

#include "fathom/data/ngrams.hpp"

namespace fathom {

namespace {

// A level's value for each entry of a column's vocabulary, computed once for each.
template <class T, class F>
std::vector<T> by_level(const TableColumn& column, F&& f) {
  std::vector<T> values;
  values.reserve(column.vocabulary.size());
  for (const std::string& text : column.vocabulary) values.push_back(f(text));
  return values;
}

// A table's columns, given away where the table is no longer needed.
struct Columns {
  const Table& table;
  Table* own = nullptr;

  // The values of a column that is done with.
  std::vector<float> take_numbers(const TableColumn& column) const {
    if (own == nullptr) return column.numbers;
    std::vector<float> numbers = std::move(own->columns[place(column)].numbers);
    done(column);
    return numbers;
  }
  void done(const TableColumn& column) const {
    if (own == nullptr) return;
    own->columns[place(column)].numbers = {};
    own->columns[place(column)].exact = {};
    own->columns[place(column)].levels = {};
  }

 private:
  std::size_t place(const TableColumn& column) const {
    return static_cast<std::size_t>(&column - table.columns.data());
  }
};

std::vector<float> numbers_of(const TableColumn& column) {
  if (column.numeric) return column.numbers;
  const auto known = by_level<float>(
      column, [&](const std::string& text) { return static_cast<float>(column.parse(text).value_or(NAN)); });
  std::vector<float> values;
  values.reserve(column.levels.size());
  for (std::int32_t level : column.levels) values.push_back(level < 0 ? NAN : known[static_cast<std::size_t>(level)]);
  return values;
}

// The place of each text in a list: as it is written, else as the number it is ("1" and "1.0" and "01").
class Places {
 public:
  explicit Places(const std::vector<std::string>& texts) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      exact_.emplace(texts[i], static_cast<std::int32_t>(i));
      if (const auto number = parse_number(texts[i]))
        numbers_.emplace(kept_number(*number), static_cast<std::int32_t>(i));
    }
  }
  // -1: none.
  std::int32_t of(const std::string& text) const {
    if (const auto it = exact_.find(text); it != exact_.end()) return it->second;
    const auto number = numbers_.empty() ? std::nullopt : parse_number(text);
    return number ? of(kept_number(*number)) : -1;
  }
  std::int32_t of(double number) const {
    const auto it = numbers_.find(number);
    return it == numbers_.end() ? -1 : it->second;
  }

 private:
  std::unordered_map<std::string, std::int32_t> exact_;
  std::unordered_map<double, std::int32_t> numbers_;
};

std::vector<std::int32_t> levels_of(const TableColumn& column, const CategoryEncoder& encoder) {
  const Places places(encoder.vocabulary);
  const std::int32_t other = encoder.other_level(), missing = encoder.missing_level();
  const auto or_other = [&](std::int32_t place) { return place < 0 ? other : place; };
  std::vector<std::int32_t> levels;
  if (column.numeric) {
    levels.reserve(column.numbers.size());
    for (Index row = 0; row < static_cast<Index>(column.numbers.size()); ++row) {
      const double number = column.number(row);
      levels.push_back(std::isnan(number) ? missing : or_other(places.of(number)));
    }
    return levels;
  }
  const auto known = by_level<std::int32_t>(column, [&](const std::string& text) { return or_other(places.of(text)); });
  levels.reserve(column.levels.size());
  for (std::int32_t level : column.levels)
    levels.push_back(level < 0 ? missing : known[static_cast<std::size_t>(level)]);
  return levels;
}

Dataset::Bags bags_of(const TableColumn& column, const TextEncoder& encoder, Index rows) {
  Dataset::Bags bags;
  bags.starts.push_back(0);
  for (Index row = 0; row < rows; ++row) {
    const auto ids = hashed_ngrams(column.text(row), encoder.buckets, static_cast<std::size_t>(encoder.length));
    bags.ids.insert(bags.ids.end(), ids.begin(), ids.end());
    bags.starts.push_back(static_cast<std::int64_t>(bags.ids.size()));
  }
  bags.ids.shrink_to_fit();
  return bags;
}

[[noreturn]] void refuse_label(const Table& table, Index row, const std::string& label, const TargetEncoder& target,
                               const TableColumn& column) {
  const std::unordered_set<std::string> known(target.classes.begin(), target.classes.end());
  std::vector<std::string> shown;
  for (const std::string& name : target.classes)
    if (shown.size() < 6) shown.push_back(fmt::format("\"{}\"", name));
  Message hint =
      message("training knows {}{}", fmt::join(shown, ", "), target.classes.size() > shown.size() ? ", ..." : "");
  // Would dropping one character at the ends make every label fit?
  if (!column.numeric)
    for (const std::string& characters :
         {std::string("."), std::string(" "), std::string(","), std::string(";"), std::string("\"")})
      if (std::all_of(column.vocabulary.begin(), column.vocabulary.end(),
                      [&](const std::string& text) { return known.contains(trimmed(text, characters)); }))
        hint = message(
            "the labels end in \"{}\": add trim_labels = \"{}\" under [data], or pass --set data.trim_labels={}",
            characters, characters, characters);
  throw Error(Code::data, message("{}: the label \"{}\" was not seen in training", table.place(row), label),
              table.place(row), hint);
}

void encode_target(const Table& table, const TableColumn& column, const TargetEncoder& target, Encoded& result) {
  const auto rows = static_cast<std::size_t>(table.rows);
  if (target.task == Task::regression) {
    result.data.target_numbers = numbers_of(column);
    for (std::size_t row = 0; row < rows; ++row) result.keep[row] = std::isnan(result.data.target_numbers[row]) ? 0 : 1;
    return;
  }
  const Places places(target.classes);
  for (Index row = 0; row < table.rows; ++row) {
    const std::string label = trimmed(column.text(row), target.trim);
    const std::int32_t place = label.empty() ? -1 : places.of(label);
    if (place < 0 && !label.empty()) refuse_label(table, row, label, target, column);
    result.keep[static_cast<std::size_t>(row)] = place < 0 ? 0 : 1;
    if (target.task == Task::binary)
      result.data.target_numbers.push_back(static_cast<float>(std::max(place, 0)));
    else
      result.data.target_classes.push_back(std::max(place, 0));
  }
}

}  // namespace

std::size_t Dataset::bytes() const {
  std::size_t total = images.bytes() + (target_numbers.size() + target_classes.size() + weights.size()) * 4;
  for (const auto& column : numbers) total += column.size() * 4;
  for (const auto& column : dates) total += column.size() * 8;
  for (const auto& column : categories) total += column.size() * 4;
  for (const Bags& bags : texts) total += bags.ids.size() * 4 + bags.starts.size() * 8;
  return total;
}

namespace {

// Values that are there but cannot be read as what the model expects count as missing, and that is said.
void warn_unread(const Table& table, const TableColumn& column, std::string_view what, Index unread, Index first,
                 std::vector<Message>& warnings) {
  if (unread == 0) return;
  warnings.push_back(message("{} values of \"{}\" are not {} and count as missing ({}: \"{}\")", unread, column.name,
                             Message(what), table.place(first), column.text(first)));
}

Encoded encode_columns(const Columns& columns, const Pipeline& pipeline, Targets targets, const std::string& weight) {
  const Table& table = columns.table;
  Encoded result;
  Dataset& data = result.data;
  data.rows = table.rows;
  result.keep.assign(static_cast<std::size_t>(table.rows), 1);
  std::unordered_set<std::string> used(pipeline.ignored.begin(), pipeline.ignored.end());
  used.insert({pipeline.target.name, weight, pipeline.image_column});
  const auto need = [&](const std::string& name) -> const TableColumn& {
    used.insert(name);
    if (const TableColumn* column = table.find(name)) return *column;
    std::vector<std::string> names;
    for (const TableColumn& column : table.columns) names.push_back(column.name);
    const std::string closest = closest_name(name, names);
    throw Error(Code::data, message("{} has no column \"{}\", which the model was trained on", table.path, name), {},
                !table.dialect.header ? message("the first line was taken for a row; if it holds the names of the "
                                                "columns, set data.header = \"yes\"")
                : closest.empty()     ? message("its columns: {}", fmt::join(names, ", "))
                                      : message("is it the column \"{}\"? rename it", closest));
  };
  // What may be refused comes first, and what needs a column that the rest gives away.
  if (targets == Targets::required)
    encode_target(table, table.need(pipeline.target.name, "--target"), pipeline.target, result);
  if (!weight.empty()) {
    data.weights = numbers_of(table.need(weight, "weight ="));
    for (Index row = 0; row < table.rows; ++row)
      if (const float value = data.weights[static_cast<std::size_t>(row)]; !(value >= 0) || !std::isfinite(value))
        throw Error(Code::data, message("{}: the row weight is {}", table.place(row), value), table.place(row),
                    "weights are numbers of 0 or more");
  }
  for (const NumberEncoder& encoder : pipeline.numbers) {
    const TableColumn& column = need(encoder.name);
    if (column.numeric) {
      if (column.odd_count > 0)
        result.warnings.push_back(message(
            "{} values of \"{}\" are not {} and count as missing ({}: \"{}\")", column.odd_count, column.name,
            Message("numbers"), fmt::format("{}:{}", table.path, column.odd.front().second), column.odd.front().first));
      data.numbers.push_back(columns.take_numbers(column));
      continue;
    }
    const auto& values = data.numbers.emplace_back(numbers_of(column));
    Index unread = 0, first = 0;
    for (Index row = table.rows; row-- > 0;)
      if (const auto i = static_cast<std::size_t>(row); column.levels[i] >= 0 && std::isnan(values[i])) {
        ++unread;
        first = row;
      }
    warn_unread(table, column, "numbers", unread, first, result.warnings);
    columns.done(column);
  }
  for (const DateEncoder& encoder : pipeline.dates) {
    const TableColumn& column = need(encoder.name);
    auto& seconds = data.dates.emplace_back();
    seconds.reserve(static_cast<std::size_t>(table.rows));
    Index unread = 0, first = 0;
    for (Index row = 0; row < table.rows; ++row) {
      const std::string text = column.text(row);
      seconds.push_back(parse_date(text, encoder.order).value_or(NAN));
      if (!text.empty() && std::isnan(seconds.back()) && unread++ == 0) first = row;
    }
    warn_unread(table, column, "dates", unread, first, result.warnings);
    columns.done(column);
  }
  for (const CategoryEncoder& encoder : pipeline.categories) {
    const TableColumn& column = need(encoder.name);
    data.categories.push_back(levels_of(column, encoder));
    columns.done(column);
  }
  for (const TextEncoder& encoder : pipeline.texts) {
    const TableColumn& column = need(encoder.name);
    data.texts.push_back(bags_of(column, encoder, table.rows));
    columns.done(column);
  }
  for (const TableColumn& column : table.columns)
    if (!used.contains(column.name))
      result.warnings.push_back(
          message("{} has a column \"{}\" that training never saw: it is passed over", table.path, column.name));
  return result;
}

}  // namespace

Encoded encode(const Table& table, const Pipeline& pipeline, Targets targets, const std::string& weight_column) {
  return encode_columns({.table = table, .own = nullptr}, pipeline, targets, weight_column);
}
Encoded encode(Table&& table, const Pipeline& pipeline, Targets targets, const std::string& weight_column) {
  return encode_columns({.table = table, .own = &table}, pipeline, targets, weight_column);
}

std::map<std::string, Type> batch_types(const Pipeline& pipeline, Index batch) {
  std::map<std::string, Type> types;
  if (pipeline.dense_width() > 0) types[inputs::dense] = {Dtype::f32, {batch, pipeline.dense_width()}};
  for (const CategoryEncoder& encoder : pipeline.categories)
    types[inputs::category(encoder.name)] = {Dtype::i32, {batch}};
  for (const TextEncoder& encoder : pipeline.texts)
    types[inputs::text(encoder.name)] = {Dtype::i32, {batch, encoder.length}};
  if (pipeline.pixels() > 0) types[inputs::image] = {Dtype::f32, {batch, pipeline.pixels()}};
  types[inputs::target] = {pipeline.target.task == Task::multiclass ? Dtype::i32 : Dtype::f32, {batch}};
  types[inputs::row_weight] = {Dtype::f32, {batch}};
  return types;
}

Normaliser::Normaliser(const Pipeline& pipeline) {
  for (std::size_t c = 0; c < pipeline.image_center.size(); ++c) {
    factors_.push_back(static_cast<float>(1 / (255 * pipeline.image_scale[c])));
    shifts_.push_back(static_cast<float>(pipeline.image_center[c] / pipeline.image_scale[c]));
  }
}

void fill_batch(const Dataset& data, const Pipeline& pipeline, std::span<const Index> rows,
                std::map<std::string, Tensor>& batch, const WriteImage& write_image) {
  const std::size_t count = rows.size();
  const auto row_at = [&](std::size_t i) { return static_cast<std::size_t>(rows[i]); };
  // The rest of a batch repeats its rows, so that statistics over the batch (BatchNorm's) are of data alone.
  const auto repeat_rows = [&](Tensor& tensor) {
    const auto all = static_cast<std::size_t>(tensor.shape()[0]);
    const std::size_t row_bytes = tensor.bytes() / all;
    auto* bytes = static_cast<std::byte*>(tensor.view().data);
    for (std::size_t i = count; i < all && count > 0; ++i)
      std::memcpy(bytes + i * row_bytes, bytes + (i - count) * row_bytes, row_bytes);
  };
  if (const Index width = pipeline.dense_width(); width > 0) {
    Tensor& dense = batch.at(inputs::dense);
    Index column = 0;
    for (std::size_t k = 0; k < pipeline.numbers.size(); ++k) {
      for (std::size_t i = 0; i < count; ++i)
        pipeline.numbers[k].encode(data.numbers[k][row_at(i)],
                                   dense.as<float>() + static_cast<Index>(i) * width + column);
      column += pipeline.numbers[k].width();
    }
    for (std::size_t k = 0; k < pipeline.dates.size(); ++k) {
      for (std::size_t i = 0; i < count; ++i)
        pipeline.dates[k].encode(data.dates[k][row_at(i)], dense.as<float>() + static_cast<Index>(i) * width + column);
      column += pipeline.dates[k].width();
    }
    repeat_rows(dense);
  }
  for (std::size_t k = 0; k < pipeline.categories.size(); ++k) {
    Tensor& levels = batch.at(inputs::category(pipeline.categories[k].name));
    for (std::size_t i = 0; i < count; ++i) levels.as<std::int32_t>()[i] = data.categories[k][row_at(i)];
    repeat_rows(levels);
  }
  for (std::size_t k = 0; k < pipeline.texts.size(); ++k) {
    Tensor& ids = batch.at(inputs::text(pipeline.texts[k].name));
    const Index length = pipeline.texts[k].length;
    std::fill_n(ids.as<std::int32_t>(), ids.count(), -1);
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t row = row_at(i);
      std::copy(data.texts[k].ids.begin() + data.texts[k].starts[row],
                data.texts[k].ids.begin() + data.texts[k].starts[row + 1],
                ids.as<std::int32_t>() + static_cast<Index>(i) * length);
    }
    repeat_rows(ids);
  }
  if (const Index pixels = pipeline.pixels(); pixels > 0) {
    Tensor& image = batch.at(inputs::image);
    const Normaliser normaliser(pipeline);
    data.images.each(rows, [&](std::size_t i, const std::uint8_t* from) {
      float* to = image.as<float>() + static_cast<Index>(i) * pixels;
      write_image ? write_image(i, from, to) : normaliser.apply(from, pixels, to);
    });
    repeat_rows(image);
  }
  Tensor& target = batch.at(inputs::target);
  const bool regression = pipeline.target.task == Task::regression;
  if (data.target_classes.empty() && data.target_numbers.empty()) std::memset(target.view().data, 0, target.bytes());
  for (std::size_t i = 0; i < count; ++i) {
    if (!data.target_classes.empty()) {
      target.as<std::int32_t>()[i] = data.target_classes[row_at(i)];
    } else if (!data.target_numbers.empty()) {
      const float value = data.target_numbers[row_at(i)];
      target.as<float>()[i] = !regression ? value
                              : std::isnan(value)
                                  ? 0.0f  // a row without a target is never asked for it
                                  : static_cast<float>(pipeline.target.encode(static_cast<double>(value)));
    }
  }
  repeat_rows(target);
  if (const auto mixed = batch.find(inputs::mixed_target); mixed != batch.end()) {  // not mixed: all is the row's own
    std::memcpy(mixed->second.view().data, target.view().data, target.bytes());
    for (float& share : batch.at(inputs::own_share).span<float>()) share = 1;
  }
  Tensor& weight = batch.at(inputs::row_weight);
  for (std::size_t i = 0; i < count; ++i) weight.as<float>()[i] = data.weights.empty() ? 1.0f : data.weights[row_at(i)];
  std::fill(weight.as<float>() + count, weight.as<float>() + weight.count(), 0.0f);
}

}  // namespace fathom
