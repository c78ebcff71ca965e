#include "fathom/data/pipeline.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <mutex>
#include <numbers>
#include <set>
#include <unordered_set>

#include "fathom/data/ngrams.hpp"

namespace fathom {

namespace {

// Standardised numbers are clipped here: one absurd value must not drown the others.
constexpr double furthest = 8;
// A column whose values are this skewed (third standardised moment) is put on a log scale.
constexpr double heavy_tail = 3;

double signed_log(double x) { return std::copysign(std::log1p(std::abs(x)), x); }

struct Moments {
  double mean = 0, deviation = 1, skew = 0;
};
Moments moments_of(const std::vector<double>& values) {
  Moments m;
  const auto n = static_cast<double>(values.size());
  for (double x : values) m.mean += x / n;
  double second = 0, third = 0;
  for (double x : values) {
    const double d = x - m.mean;
    second += d * d / n;
    third += d * d * d / n;
  }
  const bool varies = std::sqrt(second) > 1e-9 * std::abs(m.mean);  // not by rounding alone
  m.deviation = varies ? std::sqrt(second) : 1;
  m.skew = varies ? third / (second * m.deviation) : 0;
  return m;
}

std::vector<double> present_values(const TableColumn& column, const std::vector<Index>& rows) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (Index row : rows)
    if (const double x = column.number(row); !std::isnan(x)) values.push_back(x);
  return values;
}

NumberEncoder fit_number(const TableColumn& column, const ColumnInfo& info, const std::vector<Index>& rows,
                         Index bins) {
  NumberEncoder encoder;
  encoder.name = info.name;
  std::vector<double> values = present_values(column, rows);
  if (values.empty()) values.push_back(0);
  std::sort(values.begin(), values.end());
  encoder.flag = values.size() < rows.size();
  if (encoder.flag && info.options.fill == "error")
    throw Error(Code::data, message("column \"{}\" has missing values, and fill = \"error\" forbids them", info.name));
  if (info.options.fill == "median")
    encoder.fill = values[values.size() / 2];
  else if (info.options.fill == "mean")
    encoder.fill = moments_of(values).mean;
  Moments plain = moments_of(values);
  encoder.log = info.options.scale == "log1p" || (info.options.scale == "auto" && std::abs(plain.skew) > heavy_tail);
  if (encoder.log) {
    std::vector<double> logs(values.size());
    std::transform(values.begin(), values.end(), logs.begin(), signed_log);
    plain = moments_of(logs);
  }
  if (info.options.scale != "none") {
    encoder.center = plain.mean;
    encoder.scale = plain.deviation;
    encoder.furthest = furthest;
  }
  // Bins hold equally many training values each; equal edges fall together.
  if (bins > 0 && values.front() < values.back()) {
    for (Index bin = 0; bin <= bins; ++bin) {
      const auto edge = static_cast<float>(
          values[static_cast<std::size_t>(bin) * (values.size() - 1) / static_cast<std::size_t>(bins)]);
      if (encoder.edges.empty() || edge > encoder.edges.back()) encoder.edges.push_back(edge);
    }
    if (encoder.edges.size() < 3) encoder.edges.clear();
  }
  return encoder;
}

// Widths of embeddings: grows slower than the number of levels.
Index embedding_width(Index levels) {
  return std::clamp<Index>(static_cast<Index>(std::lround(1.6 * std::pow(static_cast<double>(levels), 0.56))), 2, 32);
}

CategoryEncoder fit_category(const TableColumn& column, const ColumnInfo& info, const std::vector<Index>& rows) {
  CategoryEncoder encoder;
  encoder.name = info.name;
  std::map<std::string, Index> counts;
  if (column.numeric) {
    for (Index row : rows) ++counts[column.text(row)];
  } else {
    std::vector<Index> of_level(column.vocabulary.size(), 0);
    for (Index row : rows) {
      const std::int32_t level = column.levels[static_cast<std::size_t>(row)];
      ++(level < 0 ? counts[""] : of_level[static_cast<std::size_t>(level)]);
    }
    for (std::size_t level = 0; level < of_level.size(); ++level)
      if (of_level[level] > 0) counts[column.vocabulary[level]] += of_level[level];
  }
  encoder.missing = counts.erase("") > 0;
  // What came once teaches little but itself; where most levels did, they share the one that new values get.
  const auto once = std::count_if(counts.begin(), counts.end(), [](const auto& entry) { return entry.second == 1; });
  const bool mostly_once = counts.size() > 20 && static_cast<std::size_t>(once) * 2 > counts.size();
  const Index least = info.options.min_count > 0 ? info.options.min_count : mostly_once ? 2 : 1;
  for (const auto& [text, count] : counts)
    if (count >= least)
      encoder.vocabulary.push_back(text);
    else
      encoder.other = true;
  encoder.width = info.options.width > 0 ? info.options.width : embedding_width(encoder.levels());
  return encoder;
}

TextEncoder fit_text(const TableColumn& column, const ColumnInfo& info, const std::vector<Index>& rows) {
  TextEncoder encoder;
  encoder.name = info.name;
  encoder.width = info.options.width > 0 ? info.options.width : 32;
  // As many rows as there are different n-grams, up to a limit; as long as nearly all texts.
  constexpr Index all = Index{1} << 30;
  std::unordered_set<std::int32_t> different;
  std::vector<std::size_t> lengths;
  for (Index row : rows) {
    const auto ids = hashed_ngrams(column.text(row), all, static_cast<std::size_t>(info.options.max_length));
    different.insert(ids.begin(), ids.end());
    lengths.push_back(ids.size());
  }
  encoder.buckets = info.options.buckets > 0
                        ? info.options.buckets
                        : static_cast<Index>(std::clamp<std::uint64_t>(std::bit_ceil(different.size()), 1024, 1 << 18));
  std::sort(lengths.begin(), lengths.end());
  encoder.length =
      std::max<Index>(1, lengths.empty() ? 1 : static_cast<Index>(lengths[(lengths.size() - 1) * 99 / 100]));
  return encoder;
}

DateEncoder fit_date(const TableColumn& column, const ColumnInfo& info, const std::vector<Index>& rows) {
  DateEncoder encoder;
  encoder.name = info.name;
  encoder.order = shown_order(column).value_or(DateOrder::month_first);
  double low = INFINITY, high = -INFINITY;
  for (Index row : rows)
    if (const auto seconds = parse_date(column.text(row), encoder.order)) {
      low = std::min(low, *seconds);
      high = std::max(high, *seconds);
      encoder.times = encoder.times || std::fmod(*seconds, 86400) != 0;
    }
  if (low <= high) encoder.first = low;
  if (low < high) encoder.span = high - low;
  return encoder;
}

TargetEncoder fit_target(const TableColumn& column, const Schema& schema, const std::vector<Index>& rows,
                         const std::string& trim) {
  TargetEncoder encoder;
  encoder.name = schema.target.name;
  encoder.task = schema.task;
  encoder.trim = trim;
  if (schema.task == Task::regression) {
    const std::vector<double> values = present_values(column, rows);
    Moments m = moments_of(values);
    encoder.log = m.skew > heavy_tail && std::all_of(values.begin(), values.end(), [](double y) { return y >= 0; });
    if (encoder.log) {
      std::vector<double> logs(values.size());
      std::transform(values.begin(), values.end(), logs.begin(), [](double y) { return std::log1p(y); });
      m = moments_of(logs);
    }
    encoder.center = m.mean;
    encoder.scale = m.deviation;
    return encoder;
  }
  // Labels may be known before the split: a class that only other rows have is a class that training can name.
  std::set<double> numbers;
  std::set<std::string> labels;
  for (Index row = 0; row < static_cast<Index>(column.numeric ? column.numbers.size() : column.levels.size()); ++row) {
    const std::string text = column.text(row);
    if (text.empty()) continue;
    if (column.numeric)
      numbers.insert(column.number(row));
    else
      labels.insert(trimmed(text, trim));
  }
  for (double number : numbers)
    encoder.classes.push_back(column.exact.empty() ? number_text(static_cast<float>(number)) : exact_text(number));
  encoder.classes.insert(encoder.classes.end(), labels.begin(), labels.end());
  return encoder;
}

}  // namespace

void NumberEncoder::encode(float x, float* to) const {
  const bool is_missing = std::isnan(x);
  const double value = is_missing ? fill : static_cast<double>(x);
  const double scaled = ((log ? signed_log(value) : value) - center) / scale;
  *to++ = static_cast<float>(furthest > 0 ? std::clamp(scaled, -furthest, furthest) : scaled);
  if (flag) *to++ = is_missing ? 1.0f : 0.0f;
  const auto v = static_cast<float>(value);
  for (std::size_t bin = 0; bin + 1 < edges.size(); ++bin)
    *to++ = std::clamp((v - edges[bin]) / (edges[bin + 1] - edges[bin]), 0.0f, 1.0f);
}

void DateEncoder::encode(double seconds, float* to) const {
  if (std::isnan(seconds)) {
    std::fill_n(to, width(), 0.0f);
    to[width() - 1] = 1;
    return;
  }
  const double days = std::floor(seconds / 86400), year = std::fmod(days, 365.2425) / 365.2425,
               week = std::fmod(days + 4, 7) / 7, day = (seconds - days * 86400) / 86400;
  *to++ = static_cast<float>(std::clamp((seconds - first) / span * 2 - 1, -furthest, furthest));
  const double parts[] = {year, week, day};
  for (std::size_t part = 0; part < (times ? 3u : 2u); ++part) {
    *to++ = static_cast<float>(std::sin(2 * std::numbers::pi * parts[part]));
    *to++ = static_cast<float>(std::cos(2 * std::numbers::pi * parts[part]));
  }
  *to = 0;
}

double TargetEncoder::encode(double y) const { return ((log ? std::log1p(y) : y) - center) / scale; }
double TargetEncoder::decode(double prediction) const {
  const double y = prediction * scale + center;
  return log ? std::expm1(y) : y;
}

Index Pipeline::dense_width() const {
  Index width = 0;
  for (const NumberEncoder& encoder : numbers) width += encoder.width();
  for (const DateEncoder& encoder : dates) width += encoder.width();
  return width;
}

Pipeline fit_pipeline(const Table& table, const Schema& schema, const std::vector<Index>& train_rows,
                      const std::string& trim_labels, const FitOptions& options) {
  Pipeline pipeline;
  for (const ColumnInfo& info : schema.inputs) {
    const TableColumn& column = *table.find(info.name);
    switch (info.kind) {
      case ColumnKind::number:
        pipeline.numbers.push_back(fit_number(column, info, train_rows, options.bins));
        break;
      case ColumnKind::binary:
        if (column.numeric)
          pipeline.numbers.push_back(fit_number(column, info, train_rows, 0));
        else
          pipeline.categories.push_back(fit_category(column, info, train_rows));
        break;
      case ColumnKind::category:
        pipeline.categories.push_back(fit_category(column, info, train_rows));
        break;
      case ColumnKind::date:
        pipeline.dates.push_back(fit_date(column, info, train_rows));
        break;
      case ColumnKind::text:
        pipeline.texts.push_back(fit_text(column, info, train_rows));
        break;
      case ColumnKind::image:
        pipeline.image_column = info.name;
        break;
      case ColumnKind::ignored:
        pipeline.ignored.push_back(info.name);
        break;
    }
  }
  for (const TableColumn& column : table.columns)
    if (column.comma) pipeline.reading.options.commas[column.name] = *column.comma;
  pipeline.target = fit_target(*table.find(schema.target.name), schema, train_rows, trim_labels);
  return pipeline;
}

void fit_images(Pipeline& pipeline, const ImageStore& images, const std::vector<Index>& rows) {
  const auto pixels = static_cast<std::size_t>(pipeline.pixels()),
             channels = static_cast<std::size_t>(pipeline.image_channels);
  // Whole numbers, so that their order changes nothing: a sum of squares below 2^16 each is exact for 2^48 values.
  std::vector<std::uint64_t> sum(channels, 0), squares(channels, 0);
  std::mutex mutex;
  images.each(rows, [&](std::size_t, const std::uint8_t* image) {
    std::vector<std::uint64_t> its_sum(channels, 0), its_squares(channels, 0);
    for (std::size_t p = 0; p < pixels; p += channels)
      for (std::size_t c = 0; c < channels; ++c) {
        const std::uint64_t value = image[p + c];
        its_sum[c] += value;
        its_squares[c] += value * value;
      }
    const std::lock_guard lock(mutex);
    for (std::size_t c = 0; c < channels; ++c) {
      sum[c] += its_sum[c];
      squares[c] += its_squares[c];
    }
  });
  const double n = static_cast<double>(rows.size() * (pixels / channels));
  pipeline.image_center.clear();
  pipeline.image_scale.clear();
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = static_cast<double>(sum[c]) / n / 255,
                 square = static_cast<double>(squares[c]) / n / (255 * 255);
    pipeline.image_center.push_back(mean);
    pipeline.image_scale.push_back(std::max(1e-6, std::sqrt(std::max(0.0, square - mean * mean))));
  }
}

}  // namespace fathom
