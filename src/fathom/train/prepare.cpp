#include "fathom/train/prepare.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <unordered_set>

#include "fathom/base/clock.hpp"
#include "fathom/base/rng.hpp"
#include "fathom/data/cifar.hpp"
#include "fathom/data/image_table.hpp"
#include "fathom/train/memory.hpp"
#include "fathom/train/rows.hpp"

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
  hash = data.images.hash(hash);
  hash = mix(hash, data.target_numbers);
  return mix(hash, data.target_classes);
}

SplitOptions split_options(const Settings& settings, Task task) {
  SplitOptions options;
  options.by = settings.split.by == "auto" ? (task == Task::regression ? SplitBy::random : SplitBy::stratified)
                                           : split_by(settings.split.by);
  options.key = settings.split.key;
  options.train = settings.split.train;
  options.valid = settings.split.valid;
  options.test = settings.split.test;
  options.use = settings.split.use;
  options.seed = settings.split.seed < 0 ? settings.seed : static_cast<std::uint64_t>(settings.split.seed);
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

void describe_split(Prepared& prepared, const SplitOptions& options) {
  const Message by(name_of(options.by));
  prepared.split_words = options.key.empty() ? message("{}, seed {}", by, options.seed)
                                             : message("{} on {}, seed {}", by, options.key, options.seed);
}

// A class that the training part lacks cannot be learned from it.
void note_absent_classes(Prepared& prepared, const std::vector<Index>& train) {
  const TargetEncoder& target = prepared.pipeline.target;
  if (target.task == Task::regression) return;
  std::vector<bool> seen(target.classes.size(), false);
  for (Index row : train) seen[prepared.data.class_of(row)] = true;
  std::vector<std::string> absent;
  for (std::size_t c = 0; c < seen.size(); ++c)
    if (!seen[c]) absent.push_back(target.classes[c]);
  if (absent.empty()) return;
  const std::size_t count = absent.size();
  absent.resize(std::min<std::size_t>(count, 6));
  prepared.notes.push_back(message("{} of {} classes are in no row of the training part: {}{}", count, seen.size(),
                                   fmt::join(absent, ", "), count > absent.size() ? ", ..." : ""));
}

// The columns of a libsvm file are the indices that it happens to have: those that a model knows and the file lacks are
// zeros, and those that the model does not know are passed over.
void fit_libsvm_columns(Table& table, const Pipeline& pipeline, std::vector<Message>& notes) {
  std::unordered_set<std::string> known{pipeline.target.name}, here;
  known.insert(pipeline.ignored.begin(), pipeline.ignored.end());
  for (const NumberEncoder& encoder : pipeline.numbers) known.insert(encoder.name);
  const auto unknown = [&](const TableColumn& column) {
    return !known.contains(column.name) && column.name != "label";
  };
  std::vector<std::string> passed;
  for (const TableColumn& column : table.columns)
    if (unknown(column)) passed.push_back(column.name.substr(1));
  std::erase_if(table.columns, unknown);
  for (const TableColumn& column : table.columns) here.insert(column.name);
  for (const NumberEncoder& encoder : pipeline.numbers)
    if (!here.contains(encoder.name)) {
      TableColumn& zeros = table.columns.emplace_back();
      zeros.name = encoder.name;
      zeros.numbers.assign(static_cast<std::size_t>(table.rows), 0.0f);
    }
  if (passed.empty()) return;
  const std::size_t count = passed.size();
  passed.resize(std::min<std::size_t>(count, 6));
  notes.push_back(message("{}: {} indices that training never saw are passed over ({}{})", table.path, count,
                          fmt::join(passed, ", "), count > passed.size() ? ", ..." : ""));
}

void prepare_idx(const Settings& settings, Prepared& prepared) {
  prepared.data = read_idx(settings.data.path, settings.data.labels, prepared.pipeline, true, Targets::required,
                           wanted_form(settings));
  prepared.file_rows = prepared.data.rows;
  prepared.file_columns = prepared.pipeline.pixels();
  prepared.file_bytes = prepared.data.images.bytes();
  prepared.schema.task = Task::multiclass;
  prepared.schema.target = {.name = "label",
                            .kind = ColumnKind::category,
                            .reason = message("target, {} classes", prepared.pipeline.target.classes.size()),
                            .missing = 0,
                            .distinct = static_cast<Index>(prepared.pipeline.target.classes.size()),
                            .options = {}};
  Table no_table;
  no_table.path = settings.data.path;
  no_table.rows = prepared.data.rows;
  const SplitOptions options = split_options(settings, Task::multiclass);
  if (options.by != SplitBy::stratified && options.by != SplitBy::random)
    throw Error(Code::config, message("images cannot be split by {}", name_of(options.by)), {},
                "use random or stratified, or data.test_path");
  const Split split = make_split(no_table, options, prepared.data.target_classes, {});
  describe_split(prepared, options);
  fit_images(prepared.pipeline, prepared.data.images, split.rows(0));
  note_absent_classes(prepared, split.rows(0));
  prepared.source =
      std::make_unique<DatasetSource>(prepared.data, prepared.pipeline, split.rows(0), split.rows(1), split.rows(2));
}

void prepare_table(const Settings& given, Prepared& prepared) {
  Settings settings = given;
  Rows rows = read_rows(settings.data.path, read_options(settings));
  Table& table = rows.table;
  prepared.are_images = rows.are_images;
  if (rows.are_images && table.find(image_columns::part) != nullptr && settings.split.by == "auto") {
    settings.split.by = "column";
    settings.split.key = image_columns::part;
  }
  prepared.file_rows = table.rows;
  prepared.file_columns = static_cast<Index>(table.columns.size());
  prepared.file_bytes = table.bytes;
  prepared.notes = table.notes;
  std::string target = settings.output.name;
  if (target.empty() && (rows.are_images || (table.columns.front().name == "label" && is_libsvm(settings.data.path))))
    target = "label";
  if (target.empty()) {
    std::vector<std::string> names;
    for (const TableColumn& column : table.columns)
      if (names.size() < 12) names.push_back(column.name);
    throw Error(Code::usage, "which column is to be predicted?", {},
                message("add --target COLUMN; the columns of {}: {}{}", settings.data.path, fmt::join(names, ", "),
                        table.columns.size() > 12 ? ", ..." : ""));
  }
  SchemaOptions options{.target = target,
                        .columns = settings.inputs,
                        .trim_labels = settings.data.trim_labels,
                        .task = {},
                        .images = rows.images.has_value()};
  if (settings.output.task == "regression") options.task = Task::regression;
  if (settings.output.task == "binary") options.task = Task::binary;
  if (settings.output.task == "multiclass") options.task = Task::multiclass;
  if (!settings.output.row_weight.empty()) {
    table.need(settings.output.row_weight, "row_weight =");
    options.columns[settings.output.row_weight].kind = ColumnKind::ignored;
  }
  if (rows.are_images && table.find(image_columns::part) != nullptr)
    options.columns[image_columns::part].kind = ColumnKind::ignored;
  if (!settings.split.key.empty() && (settings.split.by == "column" || settings.split.by == "group")) {
    table.need(settings.split.key, "key =");
    options.columns[settings.split.key].kind = ColumnKind::ignored;
  }
  prepared.schema = infer_schema(table, options);
  std::vector<std::uint8_t> keep(static_cast<std::size_t>(table.rows), 1);
  const TableColumn& column = *table.find(target);
  const bool number = prepared.schema.task == Task::regression;
  for (Index row = 0; row < table.rows; ++row)
    if (number ? std::isnan(column.number(row)) : column.text(row).empty()) keep[static_cast<std::size_t>(row)] = 0;
  prepared.dropped = static_cast<Index>(std::count(keep.begin(), keep.end(), 0));
  const SplitOptions by = split_options(settings, prepared.schema.task);
  const Split split = make_split(table, by, strata_of(table, prepared.schema, settings.data.trim_labels), keep);
  describe_split(prepared, by);
  const std::vector<Index> train = split.rows(0);
  prepared.pipeline =
      fit_pipeline(table, prepared.schema, train, settings.data.trim_labels, {.bins = settings.model.bins});
  prepared.pipeline.reading.row_weight = settings.output.row_weight;
  ImageStore images = take_images(rows, prepared.schema, wanted_form(settings), prepared.pipeline);
  place_images(images, settings.data.images, available_memory(), prepared.notes);
  prepared.file_bytes += images.files().file_bytes;
  if (prepared.pipeline.pixels() > 0) fit_images(prepared.pipeline, images, train);
  auto commas = std::move(prepared.pipeline.reading.options.commas);
  prepared.pipeline.reading.options = read_options(settings);
  prepared.pipeline.reading.options.commas = std::move(commas);
  Encoded encoded = encode(std::move(table), prepared.pipeline, Targets::required, settings.output.row_weight);
  prepared.data = std::move(encoded.data);
  prepared.data.images = std::move(images);
  note_absent_classes(prepared, train);
  prepared.source =
      std::make_unique<DatasetSource>(prepared.data, prepared.pipeline, train, split.rows(1), split.rows(2));
}

}  // namespace

DatasetSource::DatasetSource(const Dataset& data, const Pipeline& pipeline, std::vector<Index> train,
                             std::vector<Index> valid, std::vector<Index> test)
    : data_(data), pipeline_(pipeline), rows_{std::move(train), std::move(valid), std::move(test)} {}

void DatasetSource::fill(Part part, std::span<const Index> rows, BatchTensors& batch,
                         const WriteImage& write_image) const {
  const auto& all = rows_of(part);
  thread_local std::vector<Index> numbers;  // two threads may fill at the same time
  numbers.clear();
  for (Index row : rows) numbers.push_back(all[static_cast<std::size_t>(row)]);
  fill_batch(data_, pipeline_, numbers, batch, write_image);
}

ReadOptions read_options(const Settings& settings) {
  ReadOptions options{.encoding = encoding(settings.data.encoding),
                      .delimiter = settings.data.delimiter,
                      .header = settings.data.header,
                      .missing = settings.data.missing,
                      .as_text = {},
                      .commas = {}};
  for (const auto& [name, column] : settings.inputs)
    if (column.kind == ColumnKind::category || column.kind == ColumnKind::text || column.kind == ColumnKind::binary)
      options.as_text.push_back(name);
  return options;
}

void read_as_trained(const Pipeline& pipeline, Settings& settings) {
  const ReadOptions& options = pipeline.reading.options;
  settings.data.encoding = options.encoding == Encoding::automatic ? "auto"
                           : options.encoding == Encoding::utf8    ? "utf-8"
                           : options.encoding == Encoding::gb18030 ? "gb18030"
                                                                   : "latin-1";
  settings.data.delimiter = options.delimiter;
  settings.data.header = options.header;
  settings.data.missing = options.missing;
  settings.data.trim_labels = pipeline.target.trim;
  settings.output.row_weight = pipeline.reading.row_weight;
}

void complete_paths(Settings& settings) {
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
    const auto complete = [&](const std::string& test) {
      if (data.test_path.empty()) data.test_path = test;
    };
    if (!images.empty()) {
      data.path = images;
      complete(one_of(folder + "t10k-images-idx3-ubyte"));
    } else if (looks_like_cifar(data.path)) {
      complete(cifar_test(data.path));
    } else if (is_image_folder(data.path)) {
      complete(official_test(data.path));
    } else {
      throw Error(Code::data,
                  message("{} is a folder without images: no folders of .png or .jpg files, no "
                          "train-images-idx3-ubyte(.gz), no data_batch_1.bin",
                          data.path),
                  {},
                  "name a file (CSV, TSV, libsvm or idx images), or a folder with one folder of images for each class");
    }
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
  if (is_idx(settings.data.path))
    prepare_idx(settings, *prepared);
  else
    prepare_table(settings, *prepared);
  prepared->seconds = watch.seconds();
  prepared->hash = hash_of(prepared->data);
  if (!settings.data.test_path.empty()) {
    auto more = prepare_more(settings.data.test_path, settings.data.test_labels, prepared->pipeline, Targets::required,
                             read_options(settings), settings.output.row_weight, settings.data.images);
    prepared->test_data = std::move(more->data);
    prepared->hash = mix(prepared->hash, std::vector{hash_of(prepared->test_data)});
    prepared->test_source =
        std::make_unique<DatasetSource>(prepared->test_data, prepared->pipeline, std::vector<Index>{},
                                        std::vector<Index>{}, more->source->rows_of(Part::test));
    prepared->notes.insert(prepared->notes.end(), more->notes.begin(), more->notes.end());
  }
  return prepared;
}

std::unique_ptr<Prepared> prepare_more(const std::string& given_path, const std::string& given_labels,
                                       const Pipeline& pipeline, Targets targets, const ReadOptions& options,
                                       const std::string& row_weight, const std::string& images_where) {
  const Stopwatch watch;
  auto prepared = std::make_unique<Prepared>();
  prepared->path = given_path;
  prepared->pipeline = pipeline;
  std::vector<std::uint8_t> keep;
  Settings paths;
  paths.data.path = given_path;
  if (pipeline.pixels() > 0) complete_paths(paths);
  const bool test = !paths.data.test_path.empty();
  prepared->path = test ? paths.data.test_path : paths.data.path;
  if (pipeline.pixels() > 0 && is_idx(prepared->path)) {
    const std::string labels = !given_labels.empty() ? given_labels : test ? paths.data.test_labels : paths.data.labels;
    prepared->data = read_idx(prepared->path, labels, prepared->pipeline, false, targets);
  } else {
    ReadOptions as_trained = options;
    as_trained.commas = pipeline.reading.options.commas;
    for (const CategoryEncoder& encoder : pipeline.categories) as_trained.as_text.push_back(encoder.name);
    for (const TextEncoder& encoder : pipeline.texts) as_trained.as_text.push_back(encoder.name);
    Rows rows = pipeline.pixels() > 0 ? read_rows_for_images(prepared->path, as_trained, pipeline, targets)
                                      : read_rows(given_path, as_trained);
    Table& table = rows.table;
    ImageStore images;
    if (pipeline.pixels() > 0) images = take_images(rows, pipeline, prepared->notes);
    place_images(images, images_where, available_memory(), prepared->notes);
    prepared->are_images = rows.are_images;
    if (const TableColumn* column = table.find(pipeline.image_column); rows.are_images && column != nullptr)
      for (Index row = 0; row < table.rows; ++row) prepared->images.push_back(column->text(row));
    prepared->file_bytes = table.bytes;
    prepared->file_columns = static_cast<Index>(table.columns.size());
    if (pipeline.pixels() == 0 && is_libsvm(given_path)) fit_libsvm_columns(table, pipeline, prepared->notes);
    Encoded encoded = encode(std::move(table), pipeline, targets, row_weight);
    prepared->data = std::move(encoded.data);
    prepared->data.images = std::move(images);
    prepared->notes.insert(prepared->notes.end(), encoded.warnings.begin(), encoded.warnings.end());
    keep = std::move(encoded.keep);
  }
  prepared->file_rows = prepared->data.rows;
  std::vector<Index> rows;
  for (Index row = 0; row < prepared->data.rows; ++row)
    if (keep.empty() || keep[static_cast<std::size_t>(row)] != 0) rows.push_back(row);
  prepared->source = std::make_unique<DatasetSource>(prepared->data, prepared->pipeline, std::vector<Index>{},
                                                     std::vector<Index>{}, std::move(rows));
  prepared->seconds = watch.seconds();
  return prepared;
}

}  // namespace fathom
