// Images as a table: folders whose names are classes, single files, and columns that name files.
//
// 1. A folder is read as a table with the columns "image" (files, relative to the folder) and "label" (the class), in
//    the order of their names, byte by byte.
// 2. DIR/CLASS/... are the classes; files may lie deeper below a class. Where DIR has a folder train, the classes are
//    in DIR/train, and in DIR/valid (or val, validation) if that is there, and a column "part" says which.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "fathom/data/image_store.hpp"
#include "fathom/data/table.hpp"

namespace fathom {

// The names of the columns of a folder's table.
namespace image_columns {
inline constexpr const char* image = "image";
inline constexpr const char* label = "label";
inline constexpr const char* part = "part";
}  // namespace image_columns

// Whether a path is a folder that holds images: below folders of its own, or itself.
bool is_image_folder(const std::string& path);
// The folder of the official test part, DIR/test; empty when there is none, or no DIR/train beside it.
std::string official_test(const std::string& folder);

// Throws Error(data) for a folder without images, a class folder without images, one class alone, and official parts
// whose DIR/train holds no classes.
Table read_image_folder(const std::string& folder);
// For a model: a folder's images, in classes or not. Where labels are needed, a folder that is none of `classes` is an
// Error(data).
Table read_images_to_judge(const std::string& folder, bool need_labels, const std::vector<std::string>& classes);
// One file.
Table table_of_image(const std::string& path);

// Whether the value in a row is the name of an image file, there or not.
bool has_image_value(const TableColumn& column, Index row);
// Whether that is so of each value that a column has.
bool names_images(const TableColumn& column);
// Whether one of the files that a column of names names is there.
bool names_files(const Table& table, const TableColumn& column);
// The images of a table's rows, those that a column names, in files whose headers have been read: see look_at_images.
// Needs: a name in each row.
ImageStore images_of_rows(const Table& table, const TableColumn& column, const ImageForm& wanted);
// Where the file of each level of a column's vocabulary lies: relative to the table's folder.
std::vector<std::string> image_paths(const Table& table, const TableColumn& column);

}  // namespace fathom
