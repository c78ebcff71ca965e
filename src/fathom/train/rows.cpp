#include "fathom/train/rows.hpp"

#include <algorithm>
#include <filesystem>

#include "fathom/data/cifar.hpp"
#include "fathom/data/idx.hpp"
#include "fathom/data/image_table.hpp"
#include "fathom/data/libsvm.hpp"

namespace fathom {

namespace {

namespace files = std::filesystem;

void set_image_form(Pipeline& pipeline, const ImageForm& form) {
  pipeline.image_rows = form.rows;
  pipeline.image_columns = form.columns;
  pipeline.image_channels = form.channels;
}

void need_image_form(const std::string& path, const ImageForm& form, const Pipeline& pipeline) {
  if (form.rows != pipeline.image_rows || form.columns != pipeline.image_columns ||
      form.channels != pipeline.image_channels)
    fail(Code::data, "{} holds images of {} x {} x {}, but the model was trained on {} x {} x {}", path, form.rows,
         form.columns, form.channels, pipeline.image_rows, pipeline.image_columns, pipeline.image_channels);
}

// The column that a model's images are named by: as in training, or else the only one that names files.
TableColumn* named_images(Table& table, const Pipeline& pipeline) {
  const std::string wanted = pipeline.image_column.empty() ? image_columns::image : pipeline.image_column;
  TableColumn* found = nullptr;
  for (TableColumn& column : table.columns) {
    if (column.name == wanted) return &column;
    if (column.name != pipeline.target.name && names_images(column)) found = &column;
  }
  return found;
}

}  // namespace

bool is_libsvm(const std::string& path) {
  const auto source = open_bytes(path);
  std::string beginning(1 << 16, '\0');
  beginning.resize(source->read(beginning.data(), beginning.size()));
  return looks_like_libsvm(beginning);
}

bool is_idx(const std::string& path) { return !files::is_directory(path) && looks_like_idx(path); }

ImageForm wanted_form(const Settings& settings) {
  const auto& size = settings.data.size;
  return size.empty() ? ImageForm{} : ImageForm{size.front(), size.back(), 0};
}

Rows read_rows(const std::string& path, const ReadOptions& options) {
  Rows rows;
  if (!is_stream(path) && looks_like_cifar(path)) {
    CifarImages images = read_cifar(path);
    rows.table = table_of(images, path);
    rows.images = std::move(images.block);
    rows.are_images = true;
  } else if (files::is_directory(path)) {
    rows.table = read_image_folder(path);
    rows.are_images = true;
  } else {
    rows.table = is_libsvm(path) ? read_libsvm(path) : read_table(path, options);
  }
  return rows;
}

Rows read_rows_for_images(const std::string& path, const ReadOptions& options, const Pipeline& pipeline,
                          Targets targets) {
  Rows rows;
  if (!is_stream(path) && looks_like_cifar(path)) return read_rows(path, options);
  if (files::is_directory(path)) {
    rows.table = read_images_to_judge(path, targets == Targets::required, pipeline.target.classes);
    rows.are_images = true;
  } else if (has_image_name(path) && files::exists(path)) {
    rows.table = table_of_image(path);
    rows.are_images = true;
  } else {
    rows.table = read_table(path, options);
  }
  return rows;
}

ImageStore take_images(Rows& rows, const Schema& schema, const ImageForm& wanted, Pipeline& pipeline) {
  ImageStore images;
  if (rows.images) {
    images = ImageStore(with_size(std::move(*rows.images), wanted.rows, wanted.columns));
  } else {
    const auto info = std::find_if(schema.inputs.begin(), schema.inputs.end(),
                                   [](const ColumnInfo& input) { return input.kind == ColumnKind::image; });
    if (info == schema.inputs.end()) return images;
    images = images_of_rows(rows.table, *rows.table.find(info->name), wanted);
  }
  pipeline.image_resized = wanted.rows > 0;
  set_image_form(pipeline, images.form());
  return images;
}

ImageStore take_images(Rows& rows, const Pipeline& pipeline, std::vector<Message>& notes) {
  const ImageForm form{pipeline.image_rows, pipeline.image_columns, pipeline.image_channels};
  if (rows.images) {
    ImageStore images(with_size(std::move(*rows.images), form.rows, form.columns));
    need_image_form(rows.table.path, images.form(), pipeline);
    return images;
  }
  TableColumn* column = named_images(rows.table, pipeline);
  if (column == nullptr) {
    std::vector<std::string> names;
    for (const TableColumn& other : rows.table.columns) names.push_back(other.name);
    throw Error(Code::data, message("{} has no column that names image files, which the model reads", rows.table.path),
                {}, message("its columns: {}", fmt::join(names, ", ")));
  }
  for (Index row = 0; row < rows.table.rows; ++row)
    if (!has_image_value(*column, row))
      throw Error(Code::data,
                  message("{}: \"{}\" in column \"{}\" is not the name of a .png, .jpg or .jpeg file",
                          rows.table.place(row), column->text(row), column->name),
                  rows.table.place(row), {});
  ImageStore images = images_of_rows(rows.table, *column, form);
  column->name = pipeline.image_column;
  if (const Index resized = images.files().resized; resized > 0 && !pipeline.image_resized)
    notes.push_back(
        message("{} images had another size and were brought to {} x {}", resized, form.rows, form.columns));
  return images;
}

void place_images(ImageStore& images, const std::string& where, std::size_t available, std::vector<Message>& notes) {
  const ImageFiles& files = images.files();
  if (files.paths.empty() || where == "stream") return;
  const std::size_t needed = files.decoded_bytes();
  if (where == "auto" && needed > available / 2) {
    notes.push_back(
        message("{} images need {:.1f} GB of memory, and {:.1f} GB are free: each is decoded again whenever "
                "it is needed",
                files.paths.size(), static_cast<double>(needed) / 1e9, static_cast<double>(available) / 1e9));
    return;
  }
  if (needed > available)
    throw too_many_pixels(files.paths.size(), files.form, "set data.images = \"stream\", or a smaller data.size");
  images.load();
}

Dataset read_idx(const std::string& images_path, const std::string& labels_path, Pipeline& pipeline, bool fit,
                 Targets targets, const ImageForm& form) {
  IdxImages images = read_idx_images(images_path);
  Dataset data;
  data.rows = images.count;
  ImageBlock block{{images.rows, images.columns, 1}, std::move(images.pixels)};
  if (fit) {
    block = with_size(std::move(block), form.rows, form.columns);
    pipeline.image_resized = form.rows > 0;
    set_image_form(pipeline, block.form);
  } else {
    if (pipeline.image_resized) block = with_size(std::move(block), pipeline.image_rows, pipeline.image_columns);
    need_image_form(images_path, block.form, pipeline);
  }
  data.images = ImageStore(std::move(block));
  if (targets == Targets::optional) return data;
  if (labels_path.empty())
    throw Error(Code::config, message("{} holds images; their labels are missing", images_path), {},
                fit ? "set data.labels to the idx file of labels (and data.test_labels for the test part)"
                    : "name the idx file of labels: --labels FILE");
  const std::vector<std::uint8_t> labels = read_idx_labels(labels_path);
  if (static_cast<Index>(labels.size()) != images.count)
    fail(Code::data, "{} holds {} images, but {} holds {} labels", images_path, images.count, labels_path,
         labels.size());
  if (fit) {
    pipeline.target.name = "label";
    pipeline.target.task = Task::multiclass;
    const int classes = *std::max_element(labels.begin(), labels.end()) + 1;
    if (classes < 2) fail(Code::data, "{} holds one class only: there is nothing to learn", labels_path);
    for (int c = 0; c < classes; ++c) pipeline.target.classes.push_back(fmt::format("{}", c));
  }
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (labels[i] >= pipeline.target.classes.size())
      fail(Code::data, "{}: label {} of image {} was not seen in training", labels_path, labels[i], i);
    data.target_classes.push_back(labels[i]);
  }
  return data;
}

}  // namespace fathom
