#include "fathom/data/image_table.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

namespace fathom {

namespace {

namespace files = std::filesystem;

// What file managers and archives leave beside the images.
bool is_passed_over(const files::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with(".") || name == "__MACOSX";
}

// The names of the folders in a folder, sorted.
std::vector<std::string> folders_in(const files::path& folder) {
  std::vector<std::string> names;
  std::error_code unreadable;  // such as a link to itself
  for (const auto& entry : files::directory_iterator(folder))
    if (entry.is_directory(unreadable) && !is_passed_over(entry.path()))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

// Calls visit(path) for every file in a folder and below it, but in no folder that is passed over.
template <class Visit>
void each_file(const files::path& folder, Visit&& visit) {
  std::error_code unreadable;
  for (auto it = files::recursive_directory_iterator(folder, files::directory_options::skip_permission_denied);
       it != files::recursive_directory_iterator(); ++it) {
    const files::path& path = it->path();
    if (is_passed_over(path)) {
      if (it->is_directory(unreadable)) it.disable_recursion_pending();
    } else if (it->is_regular_file(unreadable)) {
      visit(path);
    }
  }
}

// The image files in a folder and below it, relative to it, sorted; others are counted.
std::vector<std::string> images_in(const files::path& folder, Index& others) {
  std::vector<std::string> names;
  each_file(folder, [&](const files::path& path) {
    if (has_image_name(path.filename().string()))
      names.push_back(path.lexically_relative(folder).generic_string());
    else
      ++others;
  });
  std::sort(names.begin(), names.end());
  return names;
}

std::string first_folder(const std::string& folder, std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const files::path path = files::path(folder) / name; files::is_directory(path)) return name;
  return {};
}

// The folder of the official validation part, by one of its names; empty when there is none.
std::string official_valid(const std::string& folder) { return first_folder(folder, {"valid", "val", "validation"}); }

// Whether DIR/train is a folder of classes, so that DIR holds official parts. Parts without classes are refused: their
// names would be taken for classes, and images of the test part trained on.
bool has_official_parts(const std::string& folder) {
  const files::path train = files::path(folder) / "train";
  if (!files::is_directory(train)) return false;
  if (!folders_in(train).empty()) return true;
  if (!first_folder(folder, {"test"}).empty() || !official_valid(folder).empty())
    throw Error(Code::data, message("{} holds no folders of classes", train.generic_string()), {},
                "put the images of each class into a folder with its name, or name a table of the files and their "
                "classes");
  return false;
}

// A table that grows by images.
class Builder {
 public:
  explicit Builder(const std::string& path) { table_.path = path; }

  // The classes in a folder below the table's (empty: the table's own).
  void add_classes(const std::string& below, const char* part) {
    const files::path folder = below.empty() ? files::path(table_.path) : files::path(table_.path) / below;
    for (const std::string& name : folders_in(folder)) {
      const auto images = images_in(folder / name, others_);
      if (images.empty())
        throw Error(Code::data, message("the class folder {} holds no images", (folder / name).generic_string()), {},
                    "put images (.png, .jpg, .jpeg) into it, or remove it");
      for (const std::string& image : images)
        add((below.empty() ? name : below + "/" + name) + "/" + image, name, part);
    }
  }
  void add(const std::string& image, const std::string& label, const char* part) {
    image_.push_back(image);
    label_.push_back(label);
    part_.push_back(part);
  }
  // All images in the table's folder and below, of no class.
  void add_images() {
    for (const std::string& image : images_in(table_.path, others_)) add(image, "", "");
  }
  bool empty() const { return image_.empty(); }

  Table finish(bool labels, bool parts) {
    table_.rows = static_cast<Index>(image_.size());
    table_.columns.push_back(column_of(image_columns::image, image_));
    if (labels) table_.columns.push_back(column_of(image_columns::label, label_));
    if (parts) table_.columns.push_back(column_of(image_columns::part, part_));
    for (Index row = 0; row < table_.rows; ++row) table_.lines.push_back(static_cast<std::uint32_t>(row + 1));
    if (others_ > 0)
      table_.notes.push_back(
          message("{}: {} files that are not .png, .jpg or .jpeg are passed over", table_.path, others_));
    return std::move(table_);
  }

 private:
  static TableColumn column_of(const char* name, const std::vector<std::string>& values) {
    TableColumn column;
    column.name = name;
    column.numeric = false;
    std::map<std::string, std::int32_t> places;
    for (const std::string& value : values) {
      const auto [at, is_new] = places.emplace(value, static_cast<std::int32_t>(column.vocabulary.size()));
      if (is_new) column.vocabulary.push_back(value);
      column.levels.push_back(at->second);
    }
    return column;
  }

  Table table_;
  std::vector<std::string> image_, label_, part_;
  Index others_ = 0;  // files that are no images
};

void need_two_classes(const std::string& folder, const Table& table) {
  const auto& classes = table.find(image_columns::label)->vocabulary;
  if (classes.size() == 1)
    throw Error(Code::data,
                message("{} holds one class only, \"{}\": there is nothing to learn", folder, classes.front()), {},
                "each class has a folder of its own, beside the others");
}

}  // namespace

bool is_image_folder(const std::string& path) {
  if (!files::is_directory(path)) return false;
  bool found = false;
  each_file(path, [&](const files::path& file) { found = found || has_image_name(file.filename().string()); });
  if (found) return true;
  // Classes may be links to folders that lie elsewhere.
  const std::vector<std::string> names = folders_in(path);
  Index others = 0;
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return !images_in(files::path(path) / name, others).empty(); });
}

std::string official_test(const std::string& folder) {
  if (!files::is_directory(folder) || !has_official_parts(folder)) return {};
  const std::string test = first_folder(folder, {"test"});
  return test.empty() ? "" : (files::path(folder) / test).string();
}

Table read_image_folder(const std::string& folder) {
  Builder builder(folder);
  const bool official = has_official_parts(folder);
  const std::string valid = official ? official_valid(folder) : "";
  builder.add_classes(official ? "train" : "", "train");
  if (!valid.empty()) builder.add_classes(valid, "valid");
  if (builder.empty())
    throw Error(Code::data, message("{} has no folders of images: their names would be the classes", folder), {},
                "put the images of each class into a folder with its name");
  Table table = builder.finish(true, !valid.empty());
  need_two_classes(folder, table);
  return table;
}

Table read_images_to_judge(const std::string& folder, bool need_labels, const std::vector<std::string>& classes) {
  Builder builder(folder);
  const std::vector<std::string> names = folders_in(folder);
  if (need_labels) {
    for (const std::string& name : names)
      if (std::find(classes.begin(), classes.end(), name) == classes.end())
        throw Error(Code::data, message("{}: the class \"{}\" was not seen in training", folder, name), {},
                    "the names of the folders are the classes");
    if (names.empty())
      throw Error(Code::data, message("{} has no folders of images: their names would be the classes", folder), {},
                  "put the images of each class into a folder with its name");
    builder.add_classes("", "test");
    return builder.finish(true, false);
  }
  builder.add_images();
  if (builder.empty()) fail(Code::data, "{} holds no images (.png, .jpg, .jpeg)", folder);
  return builder.finish(false, false);
}

Table table_of_image(const std::string& path) {
  Builder builder(files::path(path).parent_path().string());
  builder.add(files::path(path).filename().string(), "", "test");
  return builder.finish(false, false);
}

bool names_images(const TableColumn& column) {
  return !column.numeric && column.odd_count == 0 && !column.vocabulary.empty() &&
         std::all_of(column.vocabulary.begin(), column.vocabulary.end(), has_image_name);
}

bool has_image_value(const TableColumn& column, Index row) { return has_image_name(column.text(row)); }

bool names_files(const Table& table, const TableColumn& column) {
  const std::vector<std::string> paths = image_paths(table, column);
  return std::any_of(paths.begin(), paths.end(), [](const std::string& path) { return files::is_regular_file(path); });
}

ImageStore images_of_rows(const Table& table, const TableColumn& column, const ImageForm& wanted) {
  return ImageStore(look_at_images(image_paths(table, column), wanted), column.levels);
}

std::vector<std::string> image_paths(const Table& table, const TableColumn& column) {
  const files::path folder = files::is_directory(table.path) || table.path.empty()
                                 ? files::path(table.path)
                                 : files::path(table.path).parent_path();
  std::vector<std::string> paths;
  for (const std::string& name : column.vocabulary) paths.push_back((folder / files::path(name)).string());
  return paths;
}

}  // namespace fathom
