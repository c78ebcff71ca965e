#include "fathom/train/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "fathom/base/clock.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/data/idx.hpp"
#include "fathom/data/libsvm.hpp"

namespace fathom {

namespace {

template <class T>
std::uint64_t mix(std::uint64_t hash, const std::vector<T>& values) {
  const auto* bytes = reinterpret_cast<const char*>(values.data());
  return hash_text({bytes, values.size() * sizeof(T)}, hash);
}

std::uint64_t hash_of(const Dataset& data) {
  std::uint64_t hash = hash_text(fmt::format("{}", data.rows));
  for (const auto& column : data.numbers) hash = mix(hash, column);
  for (const auto& column : data.dates) hash = mix(hash, column);
  for (const auto& column : data.categories) hash = mix(hash, column);
  for (const auto& bags : data.texts) hash = mix(hash, bags.ids);
  hash = mix(hash, data.images);
  hash = mix(hash, data.target_numbers);
  return mix(hash, data.target_classes);
}

bool is_libsvm(const std::string& path) {
  const auto source = open_bytes(path);
  std::string beginning(1 << 16, '\0');
  beginning.resize(source->read(beginning.data(), beginning.size()));
  return looks_like_libsvm(beginning);
}

// idx images and labels as a dataset of one image input.
Dataset read_images(const std::string& images_path, const std::string& labels_path, Pipeline& pipeline, bool fit) {
  if (labels_path.empty())
    throw Error(Code::config, fmt::format("{} holds images; their labels are missing", images_path), {},
                "set data.labels to the idx file of labels (and data.test_labels for the test part)");
  const IdxImages images = read_idx_images(images_path);
  const std::vector<std::uint8_t> labels = read_idx_labels(labels_path);
  if (static_cast<Index>(labels.size()) != images.count)
    fail(Code::data, "{} holds {} images, but {} holds {} labels", images_path, images.count, labels_path,
         labels.size());
  if (fit) {
    pipeline.image_rows = images.rows;
    pipeline.image_columns = images.columns;
    pipeline.target.name = "label";
    pipeline.target.task = Task::multiclass;
    const int classes = *std::max_element(labels.begin(), labels.end()) + 1;
    if (classes < 2) fail(Code::data, "{} holds one class only: there is nothing to learn", labels_path);
    for (int c = 0; c < classes; ++c) pipeline.target.classes.push_back(fmt::format("{}", c));
  } else if (images.rows != pipeline.image_rows || images.columns != pipeline.image_columns) {
    fail(Code::data, "{} holds images of {} x {}, but the model was trained on {} x {}", images_path, images.rows,
         images.columns, pipeline.image_rows, pipeline.image_columns);
  }
  Dataset data;
  data.rows = images.count;
  data.images = images.pixels;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= pipeline.target.classes.size())
      fail(Code::data, "{}: label {} of image {} was not seen in training", labels_path, labels[i], i);
    data.target_classes.push_back(labels[i]);
  }
  return data;
}

// Brightness of the training images.
void fit_images(Pipeline& pipeline, const Dataset& data, const std::vector<Index>& rows) {
  double sum = 0, squares = 0;
  const auto pixels = static_cast<std::size_t>(pipeline.pixels());
  for (Index row : rows)
    for (std::size_t p = 0; p < pixels; ++p) {
      const double value = static_cast<double>(data.images[static_cast<std::size_t>(row) * pixels + p]) / 255;
      sum += value;
      squares += value * value;
    }
  const double n = static_cast<double>(rows.size() * pixels);
  pipeline.image_center = sum / n;
  pipeline.image_scale = std::max(1e-6, std::sqrt(squares / n - sum / n * (sum / n)));
}

SplitOptions split_options(const Settings& settings, Task task) {
  SplitOptions options;
  options.by = settings.split.by == "auto" ? (task == Task::regression ? SplitBy::random : SplitBy::stratified)
                                           : split_by(settings.split.by);
  options.key = settings.split.key;
  options.train = settings.split.train;
  options.valid = settings.split.valid;
  options.test = settings.split.test;
  options.seed = settings.seed;
  if (!settings.data.test_path.empty()) {  // the test part has a file of its own
    options.valid /= options.train + options.valid;
    options.train = 1 - options.valid;
    options.test = 0;
  }
  return options;
}

std::vector<std::int32_t> strata_of(const Table& table, const Schema& schema, const std::string& trim) {
  std::vector<std::int32_t> strata;
  if (schema.task == Task::regression) return strata;
  std::map<std::string, std::int32_t> classes;
  const TableColumn& column = *table.find(schema.target.name);
  for (Index row = 0; row < table.rows; ++row)
    strata.push_back(
        classes.emplace(trimmed(column.text(row), trim), static_cast<std::int32_t>(classes.size())).first->second);
  return strata;
}

void describe_split(Prepared& prepared, const SplitOptions& options, const Settings& settings) {
  prepared.split_words = fmt::format("{}{}, seed {}", name_of(options.by),
                                     options.key.empty() ? "" : fmt::format(" on {}", options.key), settings.seed);
}

Table read_any(const std::string& path, const ReadOptions& options) {
  return is_libsvm(path) ? read_libsvm(path) : read_table(path, options);
}

void prepare_images(const Settings& settings, Prepared& prepared) {
  prepared.data = read_images(settings.data.path, settings.data.labels, prepared.pipeline, true);
  prepared.file_rows = prepared.data.rows;
  prepared.file_columns = prepared.pipeline.pixels();
  prepared.file_bytes = prepared.data.images.size();
  prepared.schema.task = Task::multiclass;
  prepared.schema.target = {.name = "label",
                            .kind = ColumnKind::category,
                            .reason = fmt::format("target, {} classes", prepared.pipeline.target.classes.size()),
                            .missing = 0,
                            .distinct = static_cast<Index>(prepared.pipeline.target.classes.size()),
                            .options = {}};
  Table no_table;
  no_table.path = settings.data.path;
  no_table.rows = prepared.data.rows;
  const SplitOptions options = split_options(settings, Task::multiclass);
  if (options.by != SplitBy::stratified && options.by != SplitBy::random)
    throw Error(Code::config, fmt::format("images cannot be split by {}", name_of(options.by)), {},
                "use random or stratified, or data.test_path");
  const Split split = make_split(no_table, options, prepared.data.target_classes, {});
  describe_split(prepared, options, settings);
  fit_images(prepared.pipeline, prepared.data, split.rows(0));
  prepared.source =
      std::make_unique<DatasetSource>(prepared.data, prepared.pipeline, split.rows(0), split.rows(1), split.rows(2));
}

void prepare_table(const Settings& settings, Prepared& prepared) {
  Table table = read_any(settings.data.path, read_options(settings));
  prepared.file_rows = table.rows;
  prepared.file_columns = static_cast<Index>(table.columns.size());
  prepared.file_bytes = table.bytes;
  prepared.notes = table.notes;
  std::string target = settings.output.name;
  if (target.empty() && table.columns.front().name == "label" && is_libsvm(settings.data.path)) target = "label";
  if (target.empty()) {
    std::vector<std::string> names;
    for (const TableColumn& column : table.columns)
      if (names.size() < 12) names.push_back(column.name);
    throw Error(Code::usage, "which column is to be predicted?", {},
                fmt::format("add --target COLUMN; the columns of {}: {}{}", settings.data.path, fmt::join(names, ", "),
                            table.columns.size() > 12 ? ", ..." : ""));
  }
  SchemaOptions options{
      .target = target, .columns = settings.inputs, .trim_labels = settings.data.trim_labels, .task = {}};
  if (settings.output.task == "regression") options.task = Task::regression;
  if (settings.output.task == "binary") options.task = Task::binary;
  if (settings.output.task == "multiclass") options.task = Task::multiclass;
  if (!settings.output.row_weight.empty()) {
    table.need(settings.output.row_weight, "row_weight =");
    options.columns[settings.output.row_weight].kind = ColumnKind::ignored;
  }
  if (!settings.split.key.empty() && (settings.split.by == "column" || settings.split.by == "group")) {
    table.need(settings.split.key, "key =");
    options.columns[settings.split.key].kind = ColumnKind::ignored;
  }
  prepared.schema = infer_schema(table, options);
  std::vector<std::uint8_t> keep(static_cast<std::size_t>(table.rows), 1);
  const TableColumn& column = *table.find(target);
  for (Index row = 0; row < table.rows; ++row) keep[static_cast<std::size_t>(row)] = column.text(row).empty() ? 0 : 1;
  prepared.dropped = static_cast<Index>(std::count(keep.begin(), keep.end(), 0));
  const SplitOptions by = split_options(settings, prepared.schema.task);
  const Split split = make_split(table, by, strata_of(table, prepared.schema, settings.data.trim_labels), keep);
  describe_split(prepared, by, settings);
  const std::vector<Index> train = split.rows(0);
  prepared.pipeline =
      fit_pipeline(table, prepared.schema, train, settings.data.trim_labels, {.bins = settings.model.bins});
  Encoded encoded = encode(std::move(table), prepared.pipeline, Targets::required, settings.output.row_weight);
  prepared.data = std::move(encoded.data);
  prepared.source =
      std::make_unique<DatasetSource>(prepared.data, prepared.pipeline, train, split.rows(1), split.rows(2));
}

}  // namespace

DatasetSource::DatasetSource(const Dataset& data, const Pipeline& pipeline, std::vector<Index> train,
                             std::vector<Index> valid, std::vector<Index> test)
    : data_(data), pipeline_(pipeline), rows_{std::move(train), std::move(valid), std::move(test)} {}

void DatasetSource::fill(Part part, std::span<const Index> rows, BatchTensors& batch) const {
  const auto& all = rows_of(part);
  numbers_.clear();
  for (Index row : rows) numbers_.push_back(all[static_cast<std::size_t>(row)]);
  fill_batch(data_, pipeline_, numbers_, batch);
}

ReadOptions read_options(const Settings& settings) {
  ReadOptions options{.encoding = encoding(settings.data.encoding),
                      .delimiter = settings.data.delimiter,
                      .header = settings.data.header,
                      .missing = settings.data.missing,
                      .as_text = {}};
  for (const auto& [name, column] : settings.inputs)
    if (column.kind == ColumnKind::category || column.kind == ColumnKind::text || column.kind == ColumnKind::binary)
      options.as_text.push_back(name);
  return options;
}

void complete_idx_paths(Settings& settings) {
  namespace files = std::filesystem;
  auto& data = settings.data;
  const auto one_of = [](const std::string& path) {
    for (const std::string& name : {path, path + ".gz"})
      if (files::is_regular_file(name)) return name;
    return std::string();
  };
  if (files::is_directory(data.path)) {
    const std::string folder = data.path + "/";
    const std::string images = one_of(folder + "train-images-idx3-ubyte");
    if (images.empty())
      throw Error(Code::data, fmt::format("{} is a folder without train-images-idx3-ubyte(.gz)", data.path), {},
                  "name a file: CSV, TSV, libsvm or idx images");
    data.path = images;
    if (data.test_path.empty()) data.test_path = one_of(folder + "t10k-images-idx3-ubyte");
  }
  const auto labels_of = [&](std::string path) {
    const std::size_t at = path.rfind("images-idx3");
    return at == std::string::npos
               ? ""
               : one_of(path.replace(at, 11, "labels-idx1").substr(0, path.size() - (path.ends_with(".gz") ? 3 : 0)));
  };
  if (data.labels.empty()) data.labels = labels_of(data.path);
  if (data.test_labels.empty()) data.test_labels = labels_of(data.test_path);
}

std::unique_ptr<Prepared> prepare(const Settings& settings) {
  if (settings.data.path.empty())
    throw Error(Code::usage, "there is no data to train on", {},
                "fathom train DATA.csv --target COLUMN, or data.path in a configuration file");
  const Stopwatch watch;
  auto prepared = std::make_unique<Prepared>();
  prepared->path = settings.data.path;
  if (looks_like_idx(settings.data.path))
    prepare_images(settings, *prepared);
  else
    prepare_table(settings, *prepared);
  prepared->seconds = watch.seconds();
  prepared->hash = hash_of(prepared->data);
  if (!settings.data.test_path.empty()) {
    auto more = prepare_more(settings.data.test_path, settings.data.test_labels, prepared->pipeline, Targets::required,
                             read_options(settings), settings.output.row_weight);
    prepared->test_data = std::move(more->data);
    prepared->test_source =
        std::make_unique<DatasetSource>(prepared->test_data, prepared->pipeline, std::vector<Index>{},
                                        std::vector<Index>{}, more->source->rows_of(Part::test));
    prepared->notes.insert(prepared->notes.end(), more->notes.begin(), more->notes.end());
  }
  return prepared;
}

std::unique_ptr<Prepared> prepare_more(const std::string& path, const std::string& labels, const Pipeline& pipeline,
                                       Targets targets, const ReadOptions& options, const std::string& row_weight) {
  const Stopwatch watch;
  auto prepared = std::make_unique<Prepared>();
  prepared->path = path;
  prepared->pipeline = pipeline;
  std::vector<std::uint8_t> keep;
  if (pipeline.pixels() > 0) {
    prepared->data = read_images(path, labels, prepared->pipeline, false);
  } else {
    ReadOptions as_trained = options;
    for (const CategoryEncoder& encoder : pipeline.categories) as_trained.as_text.push_back(encoder.name);
    for (const TextEncoder& encoder : pipeline.texts) as_trained.as_text.push_back(encoder.name);
    Table table = read_any(path, as_trained);
    prepared->file_bytes = table.bytes;
    prepared->file_columns = static_cast<Index>(table.columns.size());
    Encoded encoded = encode(std::move(table), pipeline, targets, row_weight);
    prepared->data = std::move(encoded.data);
    prepared->notes = std::move(encoded.warnings);
    keep = std::move(encoded.keep);
  }
  prepared->file_rows = prepared->data.rows;
  std::vector<Index> rows;
  for (Index row = 0; row < prepared->data.rows; ++row)
    if (keep.empty() || keep[static_cast<std::size_t>(row)] != 0 || targets == Targets::optional) rows.push_back(row);
  prepared->source = std::make_unique<DatasetSource>(prepared->data, prepared->pipeline, std::vector<Index>{},
                                                     std::vector<Index>{}, std::move(rows));
  prepared->seconds = watch.seconds();
  return prepared;
}

}  // namespace fathom
